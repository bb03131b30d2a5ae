#include "plan/faults.h"
#include "plan/scatter_groups.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::plan {

using sql::Expr;
using sql::ExprKind;

absl::Status GroupsPlanner::check_order_alias(const Expr& written, const Meaning& meaning) const {
    const bool is_bare = written.kind == ExprKind::kColumn || written.kind == ExprKind::kInteger;
    if (is_bare || !draft_.context.schema.is_mariadb || !holds_aggregate(*meaning.expr) ||
        !holds(written, [&](const Expr& node) {
            return node.kind == ExprKind::kColumn && node.qualifier.empty() && is_alias(node);
        }))
        return absl::OkStatus();
    return refuse(
        errors::kUnknownColumn,
        place("ORDER BY", written.begin),
        "the alias of an aggregate stands in an expression, which MariaDB refuses",
        "write the aggregate itself",
        as_server(1247, "42S22")
    );
}

bool GroupsPlanner::is_alias(const Expr& column) const {
    return std::any_of(
        draft_.names.items().begin(),
        draft_.names.items().end(),
        [&](const NamedItem& item) {
            return is_same_name(item.name, column.text) && holds_aggregate(*item.expr);
        }
    );
}

absl::StatusOr<merge::Scalar> GroupsPlanner::scalar(const Expr& expr, ScalarUse use) {
    return make_scalar(expr, use, find_, draft_.context.schema.is_mariadb);
}

absl::Status GroupsPlanner::add_having() {
    if (having_ == nullptr)
        return absl::OkStatus();
    const std::vector<const Expr*> written = conjuncts(draft_.select().having);
    const std::vector<const Expr*> canonical = conjuncts(having_);
    for (std::size_t i = 0; i < canonical.size(); ++i) {
        if (can_filter_on_shards(draft_, *canonical[i])) {
            pushed_having_ = joined(pushed_having_, *written[i]);
            continue;
        }
        MOSAIC_ASSIGN_OR_RETURN(
            merge::Scalar condition, scalar(*canonical[i], ScalarUse::kCondition)
        );
        if (!merge().having) {
            merge().having = std::move(condition);
            continue;
        }
        merge::Scalar both;
        both.op = merge::Scalar::Op::kAnd;
        both.args = {std::move(*merge().having), std::move(condition)};
        merge().having = std::move(both);
    }
    return absl::OkStatus();
}

const Expr* GroupsPlanner::joined(const Expr* left, const Expr& right) const {
    if (left == nullptr)
        return &right;
    Expr both;
    both.kind = ExprKind::kBinary;
    both.op = sql::Operator::kAnd;
    both.args = draft_.context.arena.copy(std::vector<const Expr*>{left, &right});
    return draft_.context.arena.make(both);
}

std::optional<std::size_t> GroupsPlanner::key_of(const Expr& expr) const {
    for (std::size_t i = 0; i < draft_.keys.size(); ++i)
        if (sql::equal(*draft_.keys[i].expr, expr))
            return i;
    return std::nullopt;
}

absl::Status GroupsPlanner::add_order() {
    if (sort_by_keys())
        return absl::OkStatus();
    const std::span<const sql::OrderItem> items = draft_.query.order_by;
    std::vector<std::pair<std::size_t, std::size_t>> computed;  // in sort, in merge().computed
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Expr& expr = *order_[i].expr;
        if (items[i].expr->kind == ExprKind::kParameter) {
            return refuse(
                errors::kNeedsGather,
                place("ORDER BY", items[i].expr->begin),
                "a bound number would be read as the position of a column",
                "write the column"
            );
        }
        if (is_constant(expr))
            continue;
        merge::SortKey key;
        key.is_descending = items[i].is_descending;
        if (const std::optional<std::size_t> at = key_of(expr)) {
            key.column = first_of(key_columns_[*at].column);
            key.comparison = grouped(key_columns_[*at].comparison);
        } else if (expr.kind == ExprKind::kAggregate && sorts_as_it_is(expr)) {
            MOSAIC_ASSIGN_OR_RETURN(const auto value, find_grouped(expr));
            key.column = value->column;
        } else {
            MOSAIC_ASSIGN_OR_RETURN(merge::Scalar value, scalar(expr, ScalarUse::kOrder));
            computed.emplace_back(merge().sort.size(), merge().computed.size());
            merge().computed.push_back(std::move(value));
        }
        merge().sort.push_back(std::move(key));
    }
    for (const auto& [sort, at] : computed)
        merge().sort[sort].column = spec_.aggregates.size() + at;
    return absl::OkStatus();
}

bool GroupsPlanner::sorts_as_it_is(const Expr& expr) const {
    const ValueClass value = draft_.type(expr).value;
    return is_numeric(value) || value == ValueClass::kTemporal || value == ValueClass::kTime;
}

bool GroupsPlanner::sort_by_keys() {
    if (draft_.query.order_by.empty())
        return true;
    if (merge().sorted_by.empty())
        return false;
    std::vector<merge::SortKey> sorted;
    std::vector<char> is_used(draft_.keys.size(), 0);
    for (std::size_t i = 0; i < order_.size(); ++i) {
        const std::optional<std::size_t> at = key_of(*order_[i].expr);
        if (!at)
            return false;
        if (std::exchange(is_used[*at], 1) != 0)
            continue;
        sorted.push_back(merge().sorted_by[*at]);
        sorted.back().is_descending = draft_.query.order_by[i].is_descending;
    }
    for (std::size_t i = 0; i < is_used.size(); ++i)
        if (is_used[i] == 0)
            sorted.push_back(merge().sorted_by[i]);
    merge().sorted_by = std::move(sorted);
    return true;
}

merge::Comparison GroupsPlanner::grouped(merge::Comparison comparison) {
    using Text = merge::Comparison::Text;
    if (comparison.text == Text::kWeight || comparison.text == Text::kWeightPadded)
        comparison.weight = first_of(comparison.weight);
    return comparison;
}

absl::Status GroupsPlanner::add_distinct() {
    const std::vector<NamedItem>& items = draft_.names.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Expr& expr = *items[i].expr;
        if (is_constant(expr))
            continue;
        if (const std::optional<std::size_t> at = key_of(expr)) {
            merge().distinct.push_back(
                {.column = first_of(key_columns_[*at].column),
                 .comparison = grouped(key_columns_[*at].comparison)}
            );
            continue;
        }
        if (expr.kind != ExprKind::kAggregate || !sorts_as_it_is(expr)) {
            return refuse(
                errors::kNeedsGather,
                place(absl::StrFormat("DISTINCT, item %d", i + 1), items[i].written->expr->begin),
                "it is computed from merged values",
                "select its parts"
            );
        }
        merge().distinct.push_back({.column = i, .comparison = {}});
    }
    return check_distinct_order();
}

absl::Status GroupsPlanner::check_distinct_order() const {
    for (const Meaning& meaning : order_) {
        if (!meaning.item && !is_constant(*meaning.expr)) {
            return refuse(
                errors::kNeedsGather,
                place("ORDER BY", meaning.expr->begin),
                "it is not among the columns that DISTINCT compares, so the order is open",
                "select what the rows are sorted by",
                as_server(3065, "HY000")
            );
        }
    }
    return absl::OkStatus();
}

}  // namespace mosaic::plan
