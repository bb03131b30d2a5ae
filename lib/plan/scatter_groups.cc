#include "plan/scatter_groups.h"

#include "plan/faults.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::plan {

using merge::Aggregate;
using sql::Expr;
using sql::ExprKind;

absl::StatusOr<Scatter> GroupsPlanner::plan() {
    MOSAIC_RETURN_IF_ERROR(collect_distinct());
    MOSAIC_RETURN_IF_ERROR(add_keys());
    MOSAIC_RETURN_IF_ERROR(add_items());
    MOSAIC_RETURN_IF_ERROR(add_having());
    MOSAIC_RETURN_IF_ERROR(add_order());
    if (draft_.select().is_distinct)
        MOSAIC_RETURN_IF_ERROR(add_distinct());
    if (const sql::Limit* limit = draft_.query.limit) {
        MOSAIC_ASSIGN_OR_RETURN(merge().limit, count_of(limit->count));
        MOSAIC_ASSIGN_OR_RETURN(const auto offset, count_of(limit->offset));
        merge().offset = offset.value_or(merge::Count{});
    }
    return print();
}

absl::StatusOr<Scatter> GroupsPlanner::print() {
    sql::Select select = draft_.select();
    select.is_distinct = false;
    select.where = draft_.where;
    select.having = pushed_having_;
    std::vector<sql::OrderItem> groups(select.group_by.begin(), select.group_by.end());
    for (const Expr* arg : distinct_args_) groups.push_back({arg, false});
    select.group_by = draft_.context.arena.copy(groups);
    sql::Query query = draft_.query;
    query.limit = nullptr;
    std::vector<sql::OrderItem> order;
    for (const merge::SortKey& key : merge().sorted_by)
        order.push_back({piece_.make_integer(key.column + 1), key.is_descending});
    query.order_by = draft_.context.arena.copy(order);
    merge().aggregate = std::move(spec_);
    piece_.describe_columns(scatter_);
    MOSAIC_ASSIGN_OR_RETURN(scatter_.piece, piece_.print(select, query));
    return std::move(scatter_);
}

absl::Status GroupsPlanner::refuse_here(
    const Expr& expr, std::string_view why, std::string_view remedy
) {
    const std::string_view what =
        expr.kind == ExprKind::kAggregate ? expr.text : std::string_view("an item");
    return refuse(errors::kNeedsGather, place(what, expr.begin), why, remedy);
}

absl::Status GroupsPlanner::collect_distinct() {
    std::vector<const Expr*> clauses;
    for (const NamedItem& item : draft_.names.items()) clauses.push_back(item.expr);
    if (draft_.select().having != nullptr) {
        MOSAIC_ASSIGN_OR_RETURN(having_, draft_.names.having(*draft_.select().having, draft_.keys));
        clauses.push_back(having_);
    }
    for (const sql::OrderItem& item : draft_.query.order_by) {
        MOSAIC_ASSIGN_OR_RETURN(const Meaning meaning, draft_.names.order_item(*item.expr));
        MOSAIC_RETURN_IF_ERROR(check_order_alias(*item.expr, meaning));
        order_.push_back(meaning);
        clauses.push_back(meaning.expr);
    }
    absl::Status status;
    for (const Expr* clause : clauses) {
        walk(*clause, [&](const Expr& node) {
            if (status.ok() && is_distinct_aggregate(node))
                status = add_distinct_args(node);
            return status.ok();
        });
    }
    return status;
}

bool GroupsPlanner::is_distinct_aggregate(const Expr& expr) {
    return expr.kind == ExprKind::kAggregate && expr.is_distinct && expr.text != "MIN" &&
           expr.text != "MAX";
}

absl::Status GroupsPlanner::add_distinct_args(const Expr& expr) {
    if (expr.text != "COUNT" && expr.text != "SUM" && expr.text != "AVG") {
        return refuse_here(
            expr, "its parts cannot be put together", "compare the shard key with a value"
        );
    }
    for (const Expr* arg : expr.args) {
        // MariaDB does not know it again as the key of the group, and answers 1055.
        const bool is_lost = holds(*arg, [](const Expr& node) {
            return node.kind == ExprKind::kFunction && is_same_name(node.text, "NULLIF");
        });
        if (is_lost)
            return refuse_here(expr, "NULLIF is no key of a group", "write it as a CASE");
        if (is_constant(*arg)) {
            return refuse_here(
                expr, "its argument is a constant", "leave DISTINCT out, or use a column"
            );
        }
    }
    if (distinct_args_.empty()) {
        distinct_args_.assign(expr.args.begin(), expr.args.end());
        return add_distinct_keys(expr);
    }
    const bool is_same = std::equal(
        distinct_args_.begin(),
        distinct_args_.end(),
        expr.args.begin(),
        expr.args.end(),
        [](const Expr* a, const Expr* b) { return sql::equal(*a, *b); }
    );
    if (is_same)
        return absl::OkStatus();
    return refuse_here(
        expr,
        "a statement may have DISTINCT aggregates of one list of arguments only",
        "ask for them in statements of their own"
    );
}

absl::Status GroupsPlanner::add_distinct_keys(const Expr& expr) {
    for (const Expr* arg : distinct_args_) {
        MOSAIC_ASSIGN_OR_RETURN(
            const KeyColumn key,
            piece_.add_key(
                {.expr = arg, .item = draft_.names.find(*arg)},
                Piece::Use::kIdentity,
                Piece::Rows::kGrouped,
                place(absl::StrFormat("%s(DISTINCT ..)", expr.text), expr.begin)
            )
        );
        distinct_keys_.push_back({.column = key.column, .comparison = key.comparison});
    }
    return absl::OkStatus();
}

absl::Status GroupsPlanner::add_keys() {
    bool is_sortable = true;
    for (const Meaning& meaning : draft_.keys) {
        if (is_constant(*meaning.expr)) {
            return refuse(errors::kNeedsGather, "GROUP BY", "a key is a constant", "leave it out");
        }
        MOSAIC_ASSIGN_OR_RETURN(
            const KeyColumn key,
            piece_.add_key(
                meaning,
                Piece::Use::kIdentity,
                Piece::Rows::kGrouped,
                place("GROUP BY", meaning.expr->begin)
            )
        );
        is_sortable = is_sortable && !key.is_cut;
        key_columns_.push_back(key);
        spec_.keys.push_back({.column = key.column, .comparison = key.comparison});
    }
    if (is_sortable) {
        for (const KeyColumn& key : key_columns_)
            merge().sorted_by.push_back({.column = key.column, .comparison = key.comparison});
    }
    return absl::OkStatus();
}

absl::Status GroupsPlanner::add_items() {
    const std::vector<NamedItem>& items = draft_.names.items();
    for (std::size_t i = 0; i < items.size(); ++i) {
        const Expr& expr = *items[i].expr;
        if (expr.kind == ExprKind::kAggregate) {
            MOSAIC_RETURN_IF_ERROR(add_item_aggregate(expr, i));
            continue;
        }
        if (!holds_aggregate(expr)) {
            MOSAIC_RETURN_IF_ERROR(check_dependent(draft_, expr));
            if (draft_.keys.empty() && !distinct_args_.empty()) {
                return refuse_here(
                    *items[i].written->expr,
                    "a constant beside a DISTINCT aggregate has no row when there are none",
                    "leave it out"
                );
            }
        }
        spec_.aggregates.push_back(aggregate_of(Aggregate::Kind::kFirst, i));
    }
    for (std::size_t i = 0; i < items.size(); ++i) {
        merge::OutputColumn output;
        output.column = i;
        const Expr& expr = *items[i].expr;
        if (expr.kind != ExprKind::kAggregate && holds_aggregate(expr)) {
            MOSAIC_ASSIGN_OR_RETURN(output.scalar, scalar(expr, ScalarUse::kItem));
        }
        merge().output.push_back(std::move(output));
    }
    return absl::OkStatus();
}

absl::StatusOr<Scatter> plan_groups(const Draft& draft) {
    return GroupsPlanner(draft).plan();
}

}  // namespace mosaic::plan
