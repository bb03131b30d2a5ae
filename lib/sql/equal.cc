#include "sql/printer.h"

#include <algorithm>

namespace mosaic::sql {

namespace {

template <typename T, typename Same>
bool all_equal(std::span<const T> a, std::span<const T> b, Same same) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(), same);
}

bool equal(const TableRef& a, const TableRef& b);
bool equal(const Window& a, const Window& b);
bool equal(const Limit& a, const Limit& b);
bool equal(const Select& a, const Select& b);
bool equal(const SetOperation& a, const SetOperation& b);
bool equal(const Insert& a, const Insert& b);
bool equal(const Update& a, const Update& b);
bool equal(const Delete& a, const Delete& b);
bool equal(const Set& a, const Set& b);

template <typename T>
bool both(const T* a, const T* b) {
    return a == nullptr || b == nullptr ? a == b : equal(*a, *b);
}

bool equal_exprs(std::span<const Expr* const> a, std::span<const Expr* const> b) {
    return all_equal(a, b, [](const Expr* x, const Expr* y) { return both(x, y); });
}

bool equal_order(std::span<const OrderItem> a, std::span<const OrderItem> b) {
    return all_equal(a, b, [](const OrderItem& x, const OrderItem& y) {
        return x.is_descending == y.is_descending && both(x.expr, y.expr);
    });
}

bool equal_names(std::span<const std::string_view> a, std::span<const std::string_view> b) {
    return all_equal(a, b, std::equal_to<>());
}

bool equal_holes(std::span<const Hole> a, std::span<const Hole> b) {
    return all_equal(a, b, std::equal_to<>());
}

bool equal_items(std::span<const SelectItem> a, std::span<const SelectItem> b) {
    return all_equal(a, b, [](const SelectItem& x, const SelectItem& y) {
        return x.alias == y.alias && both(x.expr, y.expr);
    });
}

bool equal_assignments(std::span<const Assignment> a, std::span<const Assignment> b) {
    return all_equal(a, b, [](const Assignment& x, const Assignment& y) {
        return both(x.column, y.column) && both(x.value, y.value);
    });
}

bool equal(const Window& a, const Window& b) {
    return a.name == b.name && a.is_reference == b.is_reference && a.frame == b.frame &&
           equal_exprs(a.partition_by, b.partition_by) && equal_order(a.order_by, b.order_by);
}

bool equal(const Limit& a, const Limit& b) {
    return both(a.count, b.count) && both(a.offset, b.offset);
}

bool equal(const TableRef& a, const TableRef& b) {
    return a.kind == b.kind && a.schema == b.schema && a.name == b.name &&
           a.has_schema_hole == b.has_schema_hole && a.index_hints == b.index_hints &&
           a.alias == b.alias && both(a.query, b.query) && a.is_lateral == b.is_lateral &&
           equal_names(a.column_names, b.column_names) && a.join == b.join &&
           a.is_natural == b.is_natural && both(a.left, b.left) && both(a.right, b.right) &&
           both(a.on, b.on) && equal_names(a.using_columns, b.using_columns) &&
           equal_holes(a.owned, b.owned);
}

bool equal(const Select& a, const Select& b) {
    const auto same_window = [](const Select::NamedWindow& x, const Select::NamedWindow& y) {
        return x.name == y.name && both(x.window, y.window);
    };
    return a.is_distinct == b.is_distinct && a.options == b.options &&
           equal_items(a.items, b.items) && both(a.from, b.from) && both(a.where, b.where) &&
           equal_holes(a.owned, b.owned) && equal_order(a.group_by, b.group_by) &&
           a.has_rollup == b.has_rollup && both(a.having, b.having) &&
           all_equal(a.windows, b.windows, same_window);
}

bool equal(const SetOperation& a, const SetOperation& b) {
    return a.op == b.op && a.is_all == b.is_all && both(a.left, b.left) && both(a.right, b.right);
}

bool equal(const Insert& a, const Insert& b) {
    return a.is_replace == b.is_replace && a.is_ignore == b.is_ignore && a.priority == b.priority &&
           both(a.table, b.table) && equal_exprs(a.columns, b.columns) &&
           a.has_columns == b.has_columns && all_equal(a.rows, b.rows, equal_exprs) &&
           a.has_rows_hole == b.has_rows_hole && both(a.query, b.query) &&
           equal_assignments(a.on_duplicate, b.on_duplicate) &&
           equal_items(a.returning, b.returning);
}

bool equal(const Update& a, const Update& b) {
    return a.is_ignore == b.is_ignore && a.priority == b.priority && both(a.table, b.table) &&
           equal_assignments(a.assignments, b.assignments) && both(a.where, b.where) &&
           equal_holes(a.owned, b.owned) && equal_order(a.order_by, b.order_by) &&
           both(a.limit, b.limit);
}

bool equal(const Delete& a, const Delete& b) {
    return a.is_ignore == b.is_ignore && a.options == b.options && both(a.table, b.table) &&
           all_equal(
               a.targets, b.targets, [](const TableRef* x, const TableRef* y) { return both(x, y); }
           ) &&
           both(a.where, b.where) && equal_holes(a.owned, b.owned) &&
           equal_order(a.order_by, b.order_by) && both(a.limit, b.limit) &&
           equal_items(a.returning, b.returning);
}

bool equal(const Set& a, const Set& b) {
    return a.names == b.names && a.collation == b.collation && a.other == b.other &&
           equal_assignments(a.assignments, b.assignments);
}

}  // namespace

bool equal(const Expr& a, const Expr& b) {
    return a.kind == b.kind && a.op == b.op && a.is_negated == b.is_negated &&
           a.is_distinct == b.is_distinct && a.has_operand == b.has_operand &&
           a.has_else == b.has_else && a.is_prefixed == b.is_prefixed && a.index == b.index && a.text == b.text &&
           a.qualifier == b.qualifier && a.schema == b.schema && equal_exprs(a.args, b.args) &&
           both(a.query, b.query) && equal_order(a.order_by, b.order_by) &&
           both(a.separator, b.separator) && both(a.window, b.window) && a.hole == b.hole;
}

bool equal(const Query& a, const Query& b) {
    const auto same_cte = [](const Cte& x, const Cte& y) {
        return x.name == y.name && equal_names(x.column_names, y.column_names) &&
               both(x.query, y.query);
    };
    return a.is_recursive == b.is_recursive && all_equal(a.with, b.with, same_cte) &&
           both(a.select, b.select) && both(a.set, b.set) && equal_exprs(a.values, b.values) &&
           equal_order(a.order_by, b.order_by) && both(a.limit, b.limit) && a.locking == b.locking;
}

bool equal(const Statement& a, const Statement& b) {
    return a.kind == b.kind && a.text == b.text && both(a.query, b.query) &&
           both(a.insert, b.insert) && both(a.update, b.update) && both(a.del, b.del) &&
           both(a.set, b.set) && a.parameter_count == b.parameter_count;
}

}  // namespace mosaic::sql
