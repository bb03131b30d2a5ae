#include "sql/printer.h"

#include "sql/operators.h"
#include "sql/print_buffer.h"

namespace mosaic::sql {
namespace {

bool begins_with_values(const Query& query) {
    const Query* first = &query;
    while (first->set != nullptr) first = first->set->left;
    return first->select == nullptr;
}

// Whether the last words are a join's that has no condition.
bool ends_with_open_join(const Query& query) {
    const Query* last = &query;
    while (last->set != nullptr) last = last->set->right;
    const Select* select = last->select;
    return select != nullptr && select->from != nullptr && select->where == nullptr &&
           select->from->kind == TableRef::Kind::kJoin && select->from->on == nullptr &&
           select->from->using_columns.empty();
}

bool binds_tighter(SetOperator op) {
    return op == SetOperator::kIntersect;
}

}  // namespace

void PrintBuffer::names(std::span<const std::string_view> list) {
    put('(');
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0)
            put(", ");
        name(list[i]);
    }
    put(')');
}

void PrintBuffer::items(std::span<const SelectItem> items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0)
            put(", ");
        expr(*items[i].expr);
        if (items[i].has_alias())
            put(" AS "), name(items[i].alias);
    }
}

void PrintBuffer::where(const Expr* condition, std::span<const Hole> owned) {
    if (condition != nullptr) {
        put(" WHERE ");
        expr(*condition, owned.empty() ? kAssignLevel : kAndLevel);
    }
    for (const Hole& one : owned) hole(one);
}

void PrintBuffer::tail(std::span<const OrderItem> order, const Limit* limit) {
    if (!order.empty())
        put(" ORDER BY "), order_by(order);
    if (limit == nullptr)
        return;
    // `?` are numbered as they stand: which comes first must stay.
    const bool is_offset_first =
        limit->offset != nullptr && limit->offset->kind == ExprKind::kParameter &&
        limit->count->kind == ExprKind::kParameter && limit->offset->index < limit->count->index;
    put(" LIMIT ");
    if (is_offset_first)
        expr(*limit->offset), put(", ");
    expr(*limit->count);
    if (limit->offset != nullptr && !is_offset_first)
        put(" OFFSET "), expr(*limit->offset);
}

void PrintBuffer::table(const TableRef& t) {
    switch (t.kind) {
        case TableRef::Kind::kTable:
            if (t.has_schema_hole)
                hole({}), put('.');
            else if (!t.schema.empty())
                name(t.schema), put('.');
            name(t.name);
            break;
        case TableRef::Kind::kDerived:
            if (t.is_lateral)
                put("LATERAL ");
            put('('), query(*t.query), put(')');
            break;
        case TableRef::Kind::kJoin:
            join(t);
            return;
    }
    if (!t.alias.empty())
        put(" AS "), name(t.alias);
    if (!t.column_names.empty())
        put(' '), names(t.column_names);
    if (!t.index_hints.empty())
        put(' '), put(t.index_hints);
}

void PrintBuffer::join(const TableRef& t) {
    table(*t.left);
    put(t.is_natural ? " NATURAL" : "");
    switch (t.join) {
        case JoinKind::kInner:
            put(" JOIN ");
            break;
        case JoinKind::kCross:
            put(" CROSS JOIN ");
            break;
        case JoinKind::kStraight:
            put(" STRAIGHT_JOIN ");
            break;
        case JoinKind::kLeft:
            put(" LEFT JOIN ");
            break;
        case JoinKind::kRight:
            put(" RIGHT JOIN ");
            break;
    }
    const bool is_nested = t.right->kind == TableRef::Kind::kJoin;
    if (is_nested)
        put('(');
    table(*t.right);
    if (is_nested)
        put(')');
    if (t.on != nullptr)
        put(" ON "), expr(*t.on, t.owned.empty() ? kAssignLevel : kAndLevel);
    for (const Hole& one : t.owned) hole(one);
    if (!t.using_columns.empty())
        put(" USING "), names(t.using_columns);
}

void PrintBuffer::select(const Select& s) {
    put("SELECT ");
    if (s.is_distinct)
        put("DISTINCT ");
    if (!s.options.empty())
        put(s.options), put(' ');
    items(s.items);
    if (s.from != nullptr)
        put(" FROM "), table(*s.from);
    else if (s.where != nullptr || !s.group_by.empty() || s.having != nullptr)
        put(" FROM DUAL");
    where(s.where, s.owned);
    if (!s.group_by.empty())
        put(" GROUP BY "), order_by(s.group_by);
    if (s.has_rollup)
        put(" WITH ROLLUP");
    if (s.having != nullptr)
        put(" HAVING "), expr(*s.having);
    for (std::size_t i = 0; i < s.windows.size(); ++i) {
        put(i == 0 ? " WINDOW " : ", ");
        name(s.windows[i].name), put(" AS "), window(*s.windows[i].window);
    }
}

// A side of a set operation: parentheses where it has its own ORDER BY, or operators that bind
// otherwise.
void PrintBuffer::set_side(const Query& side, SetOperator op, bool is_right) {
    const bool has_own = !side.order_by.empty() || side.limit != nullptr || !side.with.empty() ||
                         !side.locking.empty();
    const bool is_set = side.set != nullptr;
    const bool binds_otherwise =
        is_set && (is_right || (binds_tighter(op) && !binds_tighter(side.set->op)));
    const bool has_parentheses = has_own || binds_otherwise || side.has_parentheses;
    if (has_parentheses)
        put('(');
    query(side);
    if (has_parentheses)
        put(')');
}

void PrintBuffer::query(const Query& q) {
    for (std::size_t i = 0; i < q.with.size(); ++i) {
        put(i > 0 ? ", " : q.is_recursive ? "WITH RECURSIVE " : "WITH ");
        name(q.with[i].name);
        if (!q.with[i].column_names.empty())
            put(' '), names(q.with[i].column_names);
        put(" AS ("), query(*q.with[i].query), put(')');
    }
    if (!q.with.empty())
        put(' ');
    if (q.select != nullptr) {
        select(*q.select);
    } else if (q.set != nullptr) {
        set_side(*q.set->left, q.set->op, false);
        put(q.set->op == SetOperator::kUnion    ? " UNION "
            : q.set->op == SetOperator::kExcept ? " EXCEPT "
                                                : " INTERSECT ");
        if (q.set->is_all)
            put("ALL ");
        set_side(*q.set->right, q.set->op, true);
    } else {
        put("VALUES ");
        for (std::size_t i = 0; i < q.values.size(); ++i) {
            if (i > 0)
                put(", ");
            put('('), list(q.values[i]->args), put(')');
        }
    }
    tail(q.order_by, q.limit);
    if (!q.locking.empty())
        put(' '), put(q.locking);
}

void PrintBuffer::assignments(std::span<const Assignment> list) {
    for (std::size_t i = 0; i < list.size(); ++i) {
        if (i > 0)
            put(", ");
        expr(*list[i].column), put(" = "), expr(*list[i].value);
    }
}

void PrintBuffer::insert(const Insert& i) {
    put(i.is_replace ? "REPLACE " : "INSERT ");
    if (!i.priority.empty())
        put(i.priority), put(' ');
    if (i.is_ignore)
        put("IGNORE ");
    put("INTO "), table(*i.table);
    if (i.has_columns || !i.columns.empty())
        put(" ("), list(i.columns), put(')');
    if (i.query != nullptr) {
        // Without parentheses VALUES would be the rows of the INSERT, and ON the join's.
        const bool has_parentheses = begins_with_values(*i.query) ||
                                     (!i.on_duplicate.empty() && ends_with_open_join(*i.query));
        put(has_parentheses ? " (" : " "), query(*i.query), put(has_parentheses ? ")" : "");
    } else {
        put(" VALUES ");
        if (i.has_rows_hole)
            hole({Hole::Kind::kRows, Hole::Lead::kNone, 0});
        for (std::size_t row = 0; row < i.rows.size(); ++row) {
            if (row > 0)
                put(", ");
            put('('), list(i.rows[row]), put(')');
        }
    }
    if (!i.on_duplicate.empty())
        put(" ON DUPLICATE KEY UPDATE "), assignments(i.on_duplicate);
    if (!i.returning.empty())
        put(" RETURNING "), items(i.returning);
}

void PrintBuffer::update(const Update& u) {
    put("UPDATE ");
    if (!u.priority.empty())
        put(u.priority), put(' ');
    if (u.is_ignore)
        put("IGNORE ");
    table(*u.table), put(" SET "), assignments(u.assignments);
    where(u.where, u.owned);
    tail(u.order_by, u.limit);
}

void PrintBuffer::del(const Delete& d) {
    put("DELETE ");
    if (!d.options.empty())
        put(d.options), put(' ');
    if (d.is_ignore)
        put("IGNORE ");
    for (std::size_t i = 0; i < d.targets.size(); ++i) {
        if (i > 0)
            put(", ");
        table(*d.targets[i]);
    }
    put(d.targets.empty() ? "FROM " : " FROM "), table(*d.table);
    where(d.where, d.owned);
    tail(d.order_by, d.limit);
    if (!d.returning.empty())
        put(" RETURNING "), items(d.returning);
}

void PrintBuffer::set(const Set& s) {
    put("SET ");
    if (!s.other.empty())
        put(s.other);
    if (!s.names.empty())
        put("NAMES "), text(s.names);
    if (!s.collation.empty())
        put(" COLLATE "), text(s.collation);
    assignments(s.assignments);
}

void PrintBuffer::statement(const Statement& s) {
    switch (s.kind) {
        case StatementKind::kQuery:
            query(*s.query);
            return;
        case StatementKind::kInsert:
            insert(*s.insert);
            return;
        case StatementKind::kUpdate:
            update(*s.update);
            return;
        case StatementKind::kDelete:
            del(*s.del);
            return;
        case StatementKind::kSet:
            set(*s.set);
            return;
        case StatementKind::kUse:
            put("USE "), name(s.text);
            return;
        case StatementKind::kBegin:
        case StatementKind::kCommit:
        case StatementKind::kRollback:
        case StatementKind::kSavepoint:
        case StatementKind::kShow:
        case StatementKind::kExplain:
        case StatementKind::kDdl:
        case StatementKind::kOther:
            put(s.source);
            return;
    }
}

Template print(const Statement& statement, const PrintOptions& options) {
    PrintBuffer buffer(options);
    buffer.statement(statement);
    return buffer.take();
}

Template print(const Query& query, const PrintOptions& options) {
    PrintBuffer buffer(options);
    buffer.query(query);
    return buffer.take();
}

Template print(const Expr& expr, const PrintOptions& options) {
    PrintBuffer buffer(options);
    buffer.expr(expr);
    return buffer.take();
}

}  // namespace mosaic::sql
