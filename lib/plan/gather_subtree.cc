#include "plan/gather_subtree.h"

#include "plan/scatter_constructs.h"
#include "plan/scatter_shards.h"
#include "plan/scatter_tree.h"

#include <algorithm>

namespace mosaic::plan {
namespace {

using sql::Expr;

/// A query of one table of the statement, with its scope.
class OfOneTable {
public:
    OfOneTable(
        const BoundTable& table,
        const std::vector<sql::SelectItem>& items,
        const Expr* where,
        sql::Arena& arena
    ) {
        sql::TableRef ref;
        ref.name = table.table->name;
        ref.alias = table.name;
        select_.items = arena.copy(items);
        select_.from = arena.make(ref);
        select_.where = where;
        query_.select = &select_;
        BoundTable alone = table;
        alone.ref = select_.from;
        alone.is_null_extended = false;
        scope_.tables.push_back(alone);
    }

    OfOneTable(const OfOneTable&) = delete;
    OfOneTable& operator=(const OfOneTable&) = delete;

    [[nodiscard]] const sql::Query& query() const { return query_; }

    [[nodiscard]] const Scope& scope() const { return scope_; }

private:
    sql::Select select_;
    sql::Query query_;
    Scope scope_;
};

bool holds_query(const Expr& condition) {
    return holds(condition, [](const Expr& node) { return node.query != nullptr; });
}

// In a scope of its own a name could mean another table than in the statement: one that a WITH
// hides there, or a column that a join merged.
bool may_mean_another(const Router& router) {
    return std::any_of(router.scopes().begin(), router.scopes().end(), [](const Scope& scope) {
        return !scope.cte_names.empty() || !scope.merged_columns.empty();
    });
}

/// A subquery that stands for a value fails where it gives two rows: asked of rows that the
/// statement drops by another condition first, it might fail where that would not.
bool may_fail(const Expr& node) {
    if (node.kind != sql::ExprKind::kSubquery)
        return false;
    const sql::Select* select = node.query->select;
    return select == nullptr || !select->group_by.empty() || select->items.size() != 1 ||
           !holds_aggregate(*select->items[0].expr);
}

/// Whether a condition names columns of one table only, and its subqueries also those of their own.
class NameChecker {
public:
    NameChecker(const BoundTable& table, const Router& router) : router_(router) {
        known_.push_back(&table);
    }

    bool check(const Expr* expr, const Scope& scope) {
        if (expr == nullptr)
            return true;
        return !holds(*expr, [&](const Expr& node) {
            if (node.query != nullptr && (may_fail(node) || !check_query(*node.query)))
                return true;
            return node.kind == sql::ExprKind::kColumn && !is_known(node, scope);
        });
    }

private:
    [[nodiscard]] bool is_known(const Expr& column, const Scope& scope) const {
        const absl::StatusOr<BoundColumn> bound = resolve(column, scope);
        return bound.ok() && bound->table != nullptr &&
               std::find(known_.begin(), known_.end(), bound->table) != known_.end();
    }

    bool check_query(const sql::Query& query) {
        const Scope* scope = router_.scope_of(query);
        if (scope == nullptr || query.select == nullptr || !query.with.empty())
            return false;
        for (const BoundTable& table : scope->tables) known_.push_back(&table);
        const sql::Select& select = *query.select;
        const auto check_item = [&](const auto& item) { return check(item.expr, *scope); };
        return select.windows.empty() && check_from(select.from, *scope) &&
               std::all_of(select.items.begin(), select.items.end(), check_item) &&
               std::all_of(select.group_by.begin(), select.group_by.end(), check_item) &&
               std::all_of(query.order_by.begin(), query.order_by.end(), check_item) &&
               check(select.where, *scope) && check(select.having, *scope);
    }

    bool check_from(const sql::TableRef* ref, const Scope& scope) {
        if (ref == nullptr || ref->kind == sql::TableRef::Kind::kTable)
            return true;
        return ref->kind == sql::TableRef::Kind::kJoin && check_from(ref->left, scope) &&
               check_from(ref->right, scope) && check(ref->on, scope);
    }

    const Router& router_;
    std::vector<const BoundTable*> known_;
};

}  // namespace

std::vector<const Expr*> conditions_for_shards(
    const BoundTable& table,
    const Scope& scope,
    const std::vector<const Expr*>& conditions,
    const Router& router,
    const PlanContext& context
) {
    std::vector<const Expr*> proved;
    if (table.table->kind != topology::TableKind::kSharded || may_mean_another(router))
        return proved;
    Expr one;
    one.kind = sql::ExprKind::kInteger;
    one.text = "1";
    const std::vector<sql::SelectItem> items = {{.expr = &one, .alias = {}, .source = {}}};
    for (const Expr* condition : conditions) {
        if (!holds_query(*condition))
            continue;
        const OfOneTable alone(table, items, condition, context.arena);
        if (NameChecker(table, router).check(condition, scope) &&
            check_constructs(alone.query(), alone.scope(), context).ok())
            proved.push_back(condition);
    }
    return proved;
}

absl::StatusOr<const sql::Query*> select_on_shards(
    const BoundTable& table,
    const std::vector<sql::SelectItem>& items,
    const Expr* where,
    PlanContext& context
) {
    const OfOneTable alone(table, items, where, context.arena);
    MOSAIC_ASSIGN_OR_RETURN(
        const Constructs constructs, check_constructs(alone.query(), alone.scope(), context)
    );
    return ShardRewriter(constructs.places, context)
        .rewrite_query(alone.query(), alone.query().select);
}

}  // namespace mosaic::plan
