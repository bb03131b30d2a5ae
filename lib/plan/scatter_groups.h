#pragma once

#include "plan/scatter_shapes.h"
#include "plan/scatter_tree.h"

#include <string_view>
#include <utility>
#include <vector>

namespace mosaic::plan {

/// An aggregate that reads one column, and is of its type.
[[nodiscard]] merge::Aggregate aggregate_of(merge::Aggregate::Kind kind, std::size_t column);

/// GROUP BY and aggregates whose groups lie on several shards: each shard sends its part of each
/// group, and the parts become one row. Used by plan_groups() only; its methods are in three files:
/// keys and items (scatter_groups.cc), aggregates (scatter_aggregates.cc), and what is done with
/// merged groups (scatter_merged.cc).
class GroupsPlanner {
public:
    explicit GroupsPlanner(const Draft& draft)
        : draft_(draft),
          piece_(draft.query, draft.scope, draft.names, draft.constructs, draft.context),
          find_([this](const sql::Expr& expr) { return find_operand(expr); }) {}

    GroupsPlanner(const GroupsPlanner&) = delete;
    GroupsPlanner& operator=(const GroupsPlanner&) = delete;

    absl::StatusOr<Scatter> plan();

private:
    merge::MergeSpec& merge() { return scatter_.merge; }

    absl::StatusOr<Scatter> print();
    static absl::Status refuse_here(
        const sql::Expr& expr, std::string_view why, std::string_view remedy
    );
    // COUNT(DISTINCT x), SUM(DISTINCT x), AVG(DISTINCT x): shards group by x as well, so that each
    // sends each value once per group; the other aggregates are partial for the finer groups too.
    absl::Status collect_distinct();
    static bool is_distinct_aggregate(const sql::Expr& expr);
    absl::Status add_distinct_args(const sql::Expr& expr);
    absl::Status add_distinct_keys(const sql::Expr& expr);
    // Sorted by their keys the shards' groups are put together one at a time; where servers may
    // sort by a part of a key only, in a hash table.
    absl::Status add_keys();
    /// Column i of the grouped row is item i, or stands for its name and type.
    absl::Status add_items();

    // scatter_aggregates.cc
    std::size_t add_aggregate(merge::Aggregate aggregate);
    absl::Status add_item_aggregate(const sql::Expr& expr, std::size_t item);
    /// Whether the values of SUM or AVG are exact numbers that a division gives, with digits that are
    /// not shown.
    [[nodiscard]] bool adds_quotients(const sql::Expr& arg) const;
    absl::StatusOr<merge::Aggregate> make_aggregate(const sql::Expr& expr, std::size_t column);
    absl::StatusOr<merge::Aggregate> make_distinct(const sql::Expr& expr, merge::Aggregate result);
    absl::StatusOr<merge::Aggregate> make_extreme(const sql::Expr& expr, merge::Aggregate result);
    /// The grouped column that holds a column of the shards' rows, any of a group's.
    std::size_t first_of(std::size_t column);
    absl::StatusOr<std::optional<GroupedValue>> find_grouped(const sql::Expr& expr);
    /// As find_grouped(), and of an average what it is made of.
    absl::StatusOr<std::optional<GroupedValue>> find_operand(const sql::Expr& expr);
    absl::Status add_average(const sql::Expr& expr, GroupedValue& value);

    // scatter_merged.cc
    /// MariaDB refuses the alias of an aggregate inside an expression (1247), MySQL does not.
    absl::Status check_order_alias(const sql::Expr& written, const Meaning& meaning) const;
    [[nodiscard]] bool is_alias(const sql::Expr& column) const;
    absl::StatusOr<merge::Scalar> scalar(const sql::Expr& expr, ScalarUse use);
    // What names only keys is asked on the shards, in their own words; the rest after the merge.
    absl::Status add_having();
    [[nodiscard]] const sql::Expr* joined(const sql::Expr* left, const sql::Expr& right) const;
    [[nodiscard]] std::optional<std::size_t> key_of(const sql::Expr& expr) const;
    absl::Status add_order();
    [[nodiscard]] bool sorts_as_it_is(const sql::Expr& expr) const;
    /// ORDER BY of keys alone: the shards sort so, and the merge keeps the order.
    bool sort_by_keys();
    /// The same comparison, of columns of the grouped row.
    merge::Comparison grouped(merge::Comparison comparison);
    /// SELECT DISTINCT over groups: of what the merge has, columns that compare as they are.
    absl::Status add_distinct();
    absl::Status check_distinct_order() const;

    const Draft& draft_;
    Piece piece_;
    Scatter scatter_;
    merge::AggregateSpec spec_;
    FindGrouped find_;
    std::vector<KeyColumn> key_columns_;
    std::vector<const sql::Expr*> distinct_args_;
    std::vector<merge::GroupKey> distinct_keys_;
    std::vector<std::pair<const sql::Expr*, GroupedValue>> known_;
    std::vector<Meaning> order_;
    const sql::Expr* having_ = nullptr;
    const sql::Expr* pushed_having_ = nullptr;
};

}  // namespace mosaic::plan
