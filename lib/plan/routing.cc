#include "plan/routing.h"

#include "plan/faults.h"
#include "plan/rules.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::plan {
namespace {

/// The table whose bare shard key `expr` is; null: none.
const BoundTable* table_of_key(const sql::Expr& expr, const Scope& scope) {
    if (expr.kind != sql::ExprKind::kColumn)
        return nullptr;
    const auto bound = resolve(expr, scope);
    if (!bound.ok() || bound->table == nullptr || !bound->table->has_use)
        return nullptr;
    const topology::Table& table = *bound->table->table;
    const bool is_key = table.kind == topology::TableKind::kSharded &&
                        is_same_column(table.shard_key, bound->column->name);
    return is_key ? bound->table : nullptr;
}

/// A query whose rows are those of its FROM clause that meet its WHERE, each by itself.
bool is_plain(const sql::Query& query) {
    const sql::Select* select = query.select;
    return select != nullptr && query.limit == nullptr && select->having == nullptr &&
           select->group_by.empty() && select->windows.empty() && select->items.size() == 1;
}

}  // namespace

bool is_colocated(const TableUse& a, const TableUse& b) {
    if (a.kind != topology::TableKind::kSharded || b.kind != topology::TableKind::kSharded ||
        a.group != b.group || a.key_type.key_class != b.key_type.key_class)
        return false;
    if (a.key_type.key_class != keys::KeyClass::kText)
        return true;
    return a.key_type.charset == b.key_type.charset && a.key_type.collation == b.key_type.collation;
}

absl::StatusOr<const Scope*> Router::bind(const sql::TableRef* from, const Scope* outer) {
    MOSAIC_ASSIGN_OR_RETURN(Scope bound, bind_from(from, outer, topology_, schema_));
    scopes_.push_back(std::move(bound));
    for (BoundTable& table : scopes_.back().tables) MOSAIC_RETURN_IF_ERROR(add_use(table));
    return &scopes_.back();
}

absl::Status Router::check_class(const TableUse& use) const {
    for (const auto& [name, definition] : schema_.tables) {
        const topology::Table* other = topology_.find_table(name);
        if (other == nullptr || other->kind != topology::TableKind::kSharded ||
            other->group != use.group)
            continue;
        const auto type = shard_key_type(*other, *definition);
        if (!type.ok() || type->class_name() == use.key_type.class_name())
            continue;
        return make_error(
            errors::kKeyClassDiffers,
            absl::StrFormat(
                "bind table %s: its shard key %s is of class %s, and that of table %s in the same "
                "group %s is of class %s, so equal keys would lie on different shards; give them "
                "one "
                "class, or a group each",
                use.table,
                use.key_column,
                use.key_type.class_name(),
                name,
                topology_.groups[use.group].name,
                type->class_name()
            )
        );
    }
    return absl::OkStatus();
}

absl::Status Router::add_use(BoundTable& bound) {
    if (bound.table == nullptr || bound.table->kind == topology::TableKind::kReference)
        return absl::OkStatus();
    TableUse use;
    use.table = bound.table->name;
    use.alias = bound.name;
    use.kind = bound.table->kind;
    if (use.kind == topology::TableKind::kLocal) {
        use.shard = bound.table->shard;
    } else {
        use.group = bound.table->group;
        use.key_column = bound.table->shard_key;
        MOSAIC_ASSIGN_OR_RETURN(use.key_type, shard_key_type(*bound.table, *bound.definition));
        MOSAIC_RETURN_IF_ERROR(check_class(use));
    }
    bound.use = plan_.uses.size();
    bound.has_use = true;
    plan_.uses.push_back(std::move(use));
    return absl::OkStatus();
}

absl::Status Router::add_query(const sql::Query& query, const Scope* outer) {
    MOSAIC_ASSIGN_OR_RETURN(const Scope* inside, add_with(query, outer));
    if (query.select != nullptr)
        return add_select(query, inside);
    scopes_.push_back(Scope{});
    scopes_.back().outer = inside;
    const Scope& nothing = scopes_.back();
    if (query.set != nullptr) {
        MOSAIC_RETURN_IF_ERROR(add_query(*query.set->left, inside));
        MOSAIC_RETURN_IF_ERROR(add_query(*query.set->right, inside));
    }
    for (const sql::Expr* row : query.values) MOSAIC_RETURN_IF_ERROR(add_expr(row, nothing));
    for (const sql::OrderItem& item : query.order_by)
        MOSAIC_RETURN_IF_ERROR(add_expr(item.expr, nothing));
    return absl::OkStatus();
}

absl::StatusOr<const Scope*> Router::add_with(const sql::Query& query, const Scope* outer) {
    const auto hide = [&](std::span<const sql::Cte> ctes) {
        Scope scope;
        scope.outer = outer;
        for (const sql::Cte& cte : ctes) scope.cte_names.push_back(cte.name);
        scopes_.push_back(std::move(scope));
        outer = &scopes_.back();
    };
    if (query.is_recursive && !query.with.empty())
        hide(query.with);
    for (const sql::Cte& cte : query.with) {
        MOSAIC_RETURN_IF_ERROR(add_query(*cte.query, outer));
        if (!query.is_recursive)
            hide({&cte, 1});
    }
    return outer;
}

absl::Status Router::add_select(const sql::Query& query, const Scope* outer) {
    const sql::Select& select = *query.select;
    MOSAIC_ASSIGN_OR_RETURN(const Scope* bound, bind(select.from, outer));
    const Scope& scope = *bound;
    blocks_.push_back({&query, &scope});
    MOSAIC_RETURN_IF_ERROR(add_derived(select.from, scope));
    for (const sql::SelectItem& item : select.items)
        MOSAIC_RETURN_IF_ERROR(add_expr(item.expr, scope));
    MOSAIC_RETURN_IF_ERROR(add_expr(select.where, scope));
    for (const sql::OrderItem& item : select.group_by)
        MOSAIC_RETURN_IF_ERROR(add_expr(item.expr, scope));
    MOSAIC_RETURN_IF_ERROR(add_expr(select.having, scope));
    for (const sql::OrderItem& item : query.order_by)
        MOSAIC_RETURN_IF_ERROR(add_expr(item.expr, scope));
    if (select.from != nullptr)
        MOSAIC_RETURN_IF_ERROR(add_joins(select.from, scope, 0).status());
    if (select.where != nullptr)
        add_condition(*select.where, scope, {0, scope.tables.size()});
    return absl::OkStatus();
}

absl::StatusOr<const Scope*> Router::add_tables(const sql::TableRef& from, const sql::Expr* where) {
    MOSAIC_ASSIGN_OR_RETURN(const Scope* scope, bind(&from, nullptr));
    MOSAIC_RETURN_IF_ERROR(add_derived(&from, *scope));
    MOSAIC_RETURN_IF_ERROR(add_expr(where, *scope));
    MOSAIC_RETURN_IF_ERROR(add_joins(&from, *scope, 0).status());
    if (where != nullptr)
        add_condition(*where, *scope, {0, scope->tables.size()});
    return scope;
}

absl::Status Router::add_derived(const sql::TableRef* ref, const Scope& scope) {
    if (ref == nullptr)
        return absl::OkStatus();
    if (ref->kind == sql::TableRef::Kind::kDerived)
        return add_query(*ref->query, ref->is_lateral ? &scope : scope.outer);
    if (ref->kind == sql::TableRef::Kind::kJoin) {
        MOSAIC_RETURN_IF_ERROR(add_derived(ref->left, scope));
        MOSAIC_RETURN_IF_ERROR(add_derived(ref->right, scope));
        return add_expr(ref->on, scope);
    }
    return absl::OkStatus();
}

absl::Status Router::add_expr(const sql::Expr* expr, const Scope& scope) {
    if (expr == nullptr)
        return absl::OkStatus();
    for (const sql::Expr* argument : expr->args) MOSAIC_RETURN_IF_ERROR(add_expr(argument, scope));
    for (const sql::OrderItem& item : expr->order_by)
        MOSAIC_RETURN_IF_ERROR(add_expr(item.expr, scope));
    if (expr->window != nullptr) {
        for (const sql::Expr* part : expr->window->partition_by)
            MOSAIC_RETURN_IF_ERROR(add_expr(part, scope));
        for (const sql::OrderItem& item : expr->window->order_by)
            MOSAIC_RETURN_IF_ERROR(add_expr(item.expr, scope));
    }
    if (expr->query != nullptr)
        return add_query(*expr->query, &scope);
    return absl::OkStatus();
}

absl::StatusOr<Router::Range> Router::add_joins(
    const sql::TableRef* ref, const Scope& scope, std::size_t begin
) {
    if (ref->kind != sql::TableRef::Kind::kJoin)
        return Range{begin, begin + 1};
    MOSAIC_ASSIGN_OR_RETURN(const Range left, add_joins(ref->left, scope, begin));
    MOSAIC_ASSIGN_OR_RETURN(const Range right, add_joins(ref->right, scope, left.end));
    // The condition of an outer join never takes away a row of the side that it keeps.
    Range filtered{left.begin, right.end};
    if (ref->join == sql::JoinKind::kLeft)
        filtered = right;
    if (ref->join == sql::JoinKind::kRight)
        filtered = left;
    if (ref->on != nullptr)
        add_condition(*ref->on, scope, filtered);
    add_merged(*ref, scope, {left, right, filtered});
    return Range{left.begin, right.end};
}

void Router::add_merged(const sql::TableRef& join, const Scope& scope, const Sides& sides) {
    for (const std::string_view column : join.using_columns)
        add_merged_column(column, scope, sides);
    if (!join.is_natural)
        return;
    for (std::size_t i = sides.left.begin; i < sides.left.end; ++i) {
        const topology::Table* table = scope.tables[i].table;
        if (table != nullptr && table->kind == topology::TableKind::kSharded)
            add_merged_column(table->shard_key, scope, sides);
    }
}

void Router::add_merged_column(std::string_view column, const Scope& scope, const Sides& sides) {
    // Of several tables on one side the column is that of one that no outer join extends.
    const auto find = [&](Range side) -> const BoundTable* {
        const BoundTable* found = nullptr;
        for (std::size_t i = side.begin; i < side.end; ++i) {
            const BoundTable& table = scope.tables[i];
            if (table.definition == nullptr)
                return nullptr;
            if (table.definition->find_column(column) == nullptr)
                continue;
            if (found == nullptr || (found->is_null_extended && !table.is_null_extended))
                found = &table;
        }
        const bool is_sure = found != nullptr && found->has_use &&
                             (!found->is_null_extended || side.end - side.begin == 1);
        if (!is_sure || found->table->kind != topology::TableKind::kSharded ||
            !is_same_column(found->table->shard_key, column))
            return nullptr;
        return found;
    };
    const BoundTable* left = find(sides.left);
    const BoundTable* right = find(sides.right);
    if (left == nullptr || right == nullptr)
        return;
    add_edge(*left, *right, scope, sides.filtered);
    add_edge(*right, *left, scope, sides.filtered);
}

void Router::add_condition(const sql::Expr& condition, const Scope& scope, Range filtered) {
    for (std::size_t i = filtered.begin; i < filtered.end; ++i) {
        const BoundTable& table = scope.tables[i];
        if (!table.has_use || table.table->kind != topology::TableKind::kSharded)
            continue;
        std::vector<RouteRule> parts;
        parts.push_back(std::move(plan_.uses[table.use].rule));
        parts.push_back(rule_of(condition, table, scope));
        plan_.uses[table.use].rule = all_of(std::move(parts));
    }
    add_conjunct(condition, scope, filtered);
}

void Router::add_conjunct(const sql::Expr& condition, const Scope& scope, Range filtered) {
    if (condition.kind == sql::ExprKind::kIn && condition.query != nullptr)
        return add_semi_join(condition, scope, filtered);
    if (condition.kind != sql::ExprKind::kBinary)
        return;
    if (condition.op == sql::Operator::kAnd) {
        add_conjunct(*condition.args[0], scope, filtered);
        add_conjunct(*condition.args[1], scope, filtered);
    }
    if (condition.op == sql::Operator::kEqual || condition.op == sql::Operator::kNullSafeEqual)
        add_equality(condition, scope, filtered);
}

void Router::add_equality(const sql::Expr& condition, const Scope& scope, Range filtered) {
    const bool is_row = condition.args[0]->kind == sql::ExprKind::kRow &&
                        condition.args[1]->kind == sql::ExprKind::kRow;
    const std::size_t count = is_row ? condition.args[0]->args.size() : 1;
    if (is_row && condition.args[1]->args.size() != count)
        return;
    for (std::size_t i = 0; i < count; ++i) {
        const sql::Expr& left = is_row ? *condition.args[0]->args[i] : *condition.args[0];
        const sql::Expr& right = is_row ? *condition.args[1]->args[i] : *condition.args[1];
        const BoundTable* a = table_of_key(left, scope);
        const BoundTable* b = table_of_key(right, scope);
        if (a == nullptr || b == nullptr)
            continue;
        // NULL <=> NULL is true of two extended rows, whose keys are any.
        if (condition.op == sql::Operator::kNullSafeEqual &&
            (a->is_null_extended || b->is_null_extended))
            continue;
        add_edge(*a, *b, scope, filtered);
        add_edge(*b, *a, scope, filtered);
    }
}

void Router::add_semi_join(const sql::Expr& in, const Scope& scope, Range filtered) {
    if (in.is_negated || in.args.empty() || !is_plain(*in.query))
        return;
    const Scope* inner = scope_of(*in.query);
    const BoundTable* a = table_of_key(*in.args[0], scope);
    if (inner == nullptr || a == nullptr)
        return;
    const BoundTable* b = table_of_key(*in.query->select->items[0].expr, *inner);
    if (b == nullptr)
        return;
    add_edge(*b, *a, scope, filtered);
    add_edge(*a, *b, *inner, {0, inner->tables.size()});
}

void Router::add_edge(
    const BoundTable& from, const BoundTable& to, const Scope& scope, Range filtered
) {
    const auto begin = scope.tables.begin() + static_cast<std::ptrdiff_t>(filtered.begin);
    const auto end = scope.tables.begin() + static_cast<std::ptrdiff_t>(filtered.end);
    for (auto table = begin; table != end; ++table) {
        if (&*table == &to && is_colocated(plan_.uses[from.use], plan_.uses[to.use]))
            edges_.push_back({from.use, to.use});
    }
}

std::vector<bool> Router::reached(std::size_t start, bool is_forward) const {
    std::vector<bool> reached(plan_.uses.size());
    std::vector<std::size_t> open = {start};
    reached[start] = true;
    while (!open.empty()) {
        const std::size_t at = open.back();
        open.pop_back();
        for (const Edge& edge : edges_) {
            const std::size_t near = is_forward ? edge.from : edge.to;
            const std::size_t far = is_forward ? edge.to : edge.from;
            if (near != at || reached[far])
                continue;
            reached[far] = true;
            open.push_back(far);
        }
    }
    return reached;
}

void Router::finish() {
    if (edges_.empty())
        return;
    std::vector<RouteRule> rules;
    for (std::size_t i = 0; i < plan_.uses.size(); ++i) {
        const std::vector<bool> limits = reached(i, false);
        std::vector<RouteRule> parts;
        for (std::size_t j = 0; j < plan_.uses.size(); ++j) {
            if (limits[j])
                parts.push_back(plan_.uses[j].rule);
        }
        rules.push_back(all_of(std::move(parts)));
    }
    for (std::size_t i = 0; i < rules.size(); ++i) plan_.uses[i].rule = std::move(rules[i]);
}

bool Router::is_one_piece() const {
    for (const TableUse& use : plan_.uses) {
        if (use.kind != topology::TableKind::kSharded)
            return false;
    }
    for (std::size_t i = 0; i < plan_.uses.size(); ++i) {
        const std::vector<bool> all = reached(i, true);
        if (std::find(all.begin(), all.end(), false) == all.end())
            return true;
    }
    return plan_.uses.empty();
}

const sql::Query* Router::query_of(const Scope& scope) const {
    for (const Block& block : blocks_) {
        if (block.scope == &scope)
            return block.query;
    }
    return nullptr;
}

const Scope* Router::scope_of(const sql::Query& query) const {
    for (const Block& block : blocks_) {
        if (block.query == &query)
            return block.scope;
    }
    return nullptr;
}

}  // namespace mosaic::plan
