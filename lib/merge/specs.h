#pragma once

#include "mosaic/value.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

/// What a merge does, as data: made by the planner, run by the operators, printed by explain.
/// Columns are positions in the rows that the shards send.
namespace mosaic::merge {

/// How the values of one column compare and group. The reply's column types decide between integer,
/// decimal, double, temporal and bytes; text needs to be told how.
struct Comparison {
    enum class Text : std::uint8_t {
        kNone,        ///< Not text; finding text is an internal error, never a guess.
        kBytes,       ///< As UTF-8 bytes.
        kBytesPadded, ///< As UTF-8 bytes, the shorter one going on with blanks.
        kWeight,      ///< By the WEIGHT_STRING in column `weight`.
        kWeightPadded,///< The same, the shorter one going on with `space_weight`.
    };
    Text text = Text::kNone;
    std::size_t weight = 0;
    std::string space_weight;
    /// Servers sort by this many bytes of a longer value; 0: values are never longer.
    std::size_t prefix_max = 0;
    friend bool operator==(const Comparison&, const Comparison&) = default;
};

struct SortKey {
    std::size_t column = 0;
    bool is_descending = false;
    Comparison comparison;
    friend bool operator==(const SortKey&, const SortKey&) = default;
};

/// NULL sorts first ascending, last descending. Ties keep the order of the shards.
using SortSpec = std::vector<SortKey>;

struct GroupKey {
    std::size_t column = 0;
    Comparison comparison;
    friend bool operator==(const GroupKey&, const GroupKey&) = default;
};

/// One aggregate: what it reads of the shards' rows.
struct Aggregate {
    enum class Kind : std::uint8_t {
        kFirst,          ///< Any value of the group: group columns, constants.
        kCount,          ///< Sum of the shards' counts.
        kSum,            ///< Exact for integers and decimals; NULL when all are.
        kMin,
        kMax,
        kAverage,        ///< Of `column` (a sum) by `count` (a count); scale as the reply's column `type_of` says.
        kCountDistinct,  ///< Of the distinct tuples in `distinct`, without those that hold a NULL.
        kSumDistinct,
        kAverageDistinct,
        kBitAnd,
        kBitOr,
        kBitXor,
    };
    Kind kind = Kind::kFirst;
    std::size_t column = 0;
    std::size_t count = 0;
    Comparison comparison;           ///< kMin, kMax of text.
    std::vector<GroupKey> distinct;  ///< The columns of DISTINCT aggregates.
    /// The column whose reply metadata (type, scale) is the result's.
    std::size_t type_of = 0;
    friend bool operator==(const Aggregate&, const Aggregate&) = default;
};

struct AggregateSpec {
    std::vector<GroupKey> keys;  ///< Empty: one group, also of no rows.
    std::vector<Aggregate> aggregates;
    friend bool operator==(const AggregateSpec&, const AggregateSpec&) = default;
};

/// An exact expression over one row: integers, decimals, doubles, NULL, and text only to pass on.
/// Boolean results are 0, 1 or NULL. Follows MySQL: `/` has the scale of its left side plus
/// div_precision_increment (4), division by zero is NULL.
struct Scalar {
    enum class Op : std::uint8_t {
        kColumn,   ///< Column `column`.
        kLiteral,  ///< `value`
        kParameter,///< Bound value number `column`.
        kAdd, kSubtract, kMultiply, kDivide, kIntegerDivide, kModulo, kNegate,
        kEqual, kNullSafeEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual,
        kAnd, kOr, kXor, kNot, kIsNull, kIsNotNull,
        kBetween,  ///< args: value, low, high
        kIn,       ///< args: value, list..
        kCoalesce, ///< COALESCE and IFNULL
        kNullIf,
        kIf,       ///< args: condition, then, else
    };
    Op op = Op::kLiteral;
    std::size_t column = 0;
    Value value;
    std::vector<Scalar> args;
    friend bool operator==(const Scalar&, const Scalar&) = default;
};

/// One column of the answer.
struct OutputColumn {
    std::size_t column = 0;          ///< Whose reply metadata names and types it; and its value unless `scalar`.
    std::optional<Scalar> scalar;    ///< Computed, then given the column's scale and type.
    friend bool operator==(const OutputColumn&, const OutputColumn&) = default;
};

/// A number in LIMIT: written or bound.
struct Count {
    std::uint64_t value = 0;
    std::optional<std::uint16_t> parameter;
    friend bool operator==(const Count&, const Count&) = default;
};

/// Everything between the shards' streams and the answer, in this order; absent parts do nothing.
struct MergeSpec {
    /// The shards' streams come sorted by this and are merged so. Empty: one after the other.
    SortSpec sorted_by;
    /// Then grouped: each group becomes one row, aggregate i in column i. Positions below this point
    /// (having, sort, distinct, output) are those of the grouped row.
    std::optional<AggregateSpec> aggregate;
    std::optional<Scalar> having;
    /// Duplicate rows by these columns are left out, the first is kept.
    std::vector<GroupKey> distinct;
    /// Columns computed per row for `sort`, appended after the row's own.
    std::vector<Scalar> computed;
    /// Sorted in memory (after an aggregate); bounded by Limits::bytes_max.
    SortSpec sort;
    Count offset;
    std::optional<Count> limit;
    std::vector<OutputColumn> output;
    friend bool operator==(const MergeSpec&, const MergeSpec&) = default;
};

}  // namespace mosaic::merge
