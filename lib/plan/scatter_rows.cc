#include "plan/faults.h"
#include "plan/scatter_shapes.h"
#include "plan/scatter_tree.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <limits>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;

constexpr std::uint64_t kCountMax = std::numeric_limits<std::uint64_t>::max();

/// [DISTINCT] items [ORDER BY] [LIMIT] over rows that pass as they are.
class RowsPlanner {
public:
    RowsPlanner(const Draft& draft, Piece::Rows rows)
        : draft_(draft),
          rows_(rows),
          piece_(draft.query, draft.scope, draft.names, draft.constructs, draft.context) {}

    absl::StatusOr<Scatter> plan() {
        for (std::size_t i = 0; i < piece_.visible_count(); ++i)
            scatter_.merge.output.push_back({.column = i, .scalar = std::nullopt});
        MOSAIC_RETURN_IF_ERROR(add_order());
        if (draft_.select().is_distinct)
            MOSAIC_RETURN_IF_ERROR(add_distinct());
        sql::Select select = draft_.select();
        select.where = draft_.where;
        sql::Query query = draft_.query;
        MOSAIC_ASSIGN_OR_RETURN(query.limit, pushed_limit());
        piece_.describe_columns(scatter_);
        MOSAIC_ASSIGN_OR_RETURN(scatter_.piece, piece_.print(select, query));
        return std::move(scatter_);
    }

private:
    absl::Status add_order() {
        for (const sql::OrderItem& item : draft_.query.order_by) {
            const std::string what = place("ORDER BY", item.expr->begin);
            if (item.expr->kind == ExprKind::kParameter) {
                return refuse(
                    errors::kNeedsGather,
                    what,
                    "a bound number would be read as the position of a column",
                    "write the column"
                );
            }
            MOSAIC_ASSIGN_OR_RETURN(const Meaning meaning, draft_.names.order_item(*item.expr));
            if (is_constant(*meaning.expr))
                continue;
            MOSAIC_RETURN_IF_ERROR(check_distinct_order(meaning, what));
            if (is_extreme_of_enum(*meaning.expr)) {
                return refuse(
                    errors::kNeedsGather,
                    what,
                    "servers sort MIN and MAX of an ENUM or SET by its number or by its text",
                    "sort by MIN(.. + 0)"
                );
            }
            if (rows_ == Piece::Rows::kGrouped)
                MOSAIC_RETURN_IF_ERROR(check_dependent(draft_, *meaning.expr));
            MOSAIC_ASSIGN_OR_RETURN(
                const KeyColumn key, piece_.add_key(meaning, Piece::Use::kSort, rows_, what)
            );
            scatter_.merge.sorted_by.push_back(
                {.column = key.column,
                 .is_descending = item.is_descending,
                 .comparison = key.comparison}
            );
        }
        return absl::OkStatus();
    }

    [[nodiscard]] bool is_extreme_of_enum(const Expr& expr) const {
        const Expr& call = expr.kind == ExprKind::kWindow ? *expr.args[0] : expr;
        return call.kind == ExprKind::kAggregate && (call.text == "MIN" || call.text == "MAX") &&
               call.args.size() == 1 && draft_.type(*call.args[0]).value == ValueClass::kEnum;
    }

    /// A sort key that is no item becomes a hidden column, and must not tell apart what DISTINCT
    /// takes for one: it is made of items whose equal values are the same value.
    absl::Status check_distinct_order(const Meaning& meaning, std::string_view what) const {
        if (!draft_.select().is_distinct || meaning.item)
            return absl::OkStatus();
        const bool is_made_of_items = !holds(*meaning.expr, [&](const Expr& node) {
            if (node.query != nullptr)
                return true;
            if (node.kind != ExprKind::kColumn)
                return false;
            const ValueClass value = draft_.type(node).value;
            const bool is_one_value = is_numeric(value) || value == ValueClass::kTemporal;
            return !is_one_value || !draft_.names.find(node);
        });
        if (is_made_of_items)
            return absl::OkStatus();
        return refuse(
            errors::kNeedsGather,
            what,
            "it is not made of the columns that DISTINCT compares, so the order is open",
            "select what the rows are sorted by",
            as_server(3065, "HY000")
        );
    }

    absl::Status add_distinct() {
        std::vector<merge::GroupKey> keys;
        bool is_whole = false;
        for (std::size_t i = 0; i < piece_.visible_count(); ++i) {
            const NamedItem& item = draft_.names.items()[i];
            const BoundTable* owner = shard_key_of(*item.expr, draft_.scope);
            is_whole = is_whole || (owner != nullptr && !owner->is_null_extended);
            const ValueClass value = draft_.type(*item.expr).value;
            if (is_constant(*item.expr) &&
                (value == ValueClass::kUnknown || value == ValueClass::kNull))
                continue;  // The same in every row, whatever its type.
            MOSAIC_ASSIGN_OR_RETURN(
                const KeyColumn key,
                piece_.add_key(
                    {.expr = item.expr, .item = i},
                    Piece::Use::kIdentity,
                    rows_,
                    place(absl::StrFormat("DISTINCT, item %d", i + 1), item.written->expr->begin)
                )
            );
            splits_equals_ = splits_equals_ || key.splits_equals;
            keys.push_back({.column = key.column, .comparison = key.comparison});
        }
        if (keys.empty()) {
            return refuse(
                errors::kNeedsGather, "DISTINCT", "all its items are constants", "use LIMIT 1"
            );
        }
        if (!is_whole || splits_equals_)
            scatter_.merge.distinct = std::move(keys);
        return absl::OkStatus();
    }

    /// Each shard need not send more rows than the answer can take from it.
    absl::StatusOr<const sql::Limit*> pushed_limit() {
        const sql::Limit* limit = draft_.query.limit;
        if (limit == nullptr)
            return nullptr;
        MOSAIC_ASSIGN_OR_RETURN(scatter_.merge.limit, count_of(limit->count));
        MOSAIC_ASSIGN_OR_RETURN(const std::optional<merge::Count> offset, count_of(limit->offset));
        scatter_.merge.offset = offset.value_or(merge::Count{});
        const merge::Count& count = *scatter_.merge.limit;
        // A shard that keeps 'a' and 'a ' apart would fill its share with rows that are one.
        if (splits_equals_)
            return nullptr;
        const bool is_literal = !count.parameter && !scatter_.merge.offset.parameter;
        if (!is_literal && offset && offset != merge::Count{})
            return nullptr;  // The sum of bound numbers is no literal: the merge stops early
                             // instead.
        sql::Limit pushed;
        pushed.count = limit->count;
        if (is_literal) {
            const std::uint64_t skipped = scatter_.merge.offset.value;
            const std::uint64_t sum =
                count.value > kCountMax - skipped ? kCountMax : count.value + skipped;
            pushed.count = piece_.make_integer(sum);
        }
        return draft_.context.arena.make(pushed);
    }

    const Draft& draft_;
    Piece::Rows rows_;
    Piece piece_;
    Scatter scatter_;
    bool splits_equals_ = false;
};

}  // namespace

absl::StatusOr<std::optional<merge::Count>> count_of(const Expr* expr) {
    if (expr == nullptr)
        return std::nullopt;
    merge::Count count;
    if (expr->kind == ExprKind::kParameter) {
        count.parameter = expr->index;
        return count;
    }
    const absl::string_view digits(expr->text.data(), expr->text.size());
    if (expr->kind == ExprKind::kInteger && absl::SimpleAtoi(digits, &count.value))
        return count;
    return refuse(
        errors::kLimitInvalid,
        place("LIMIT", expr->begin),
        "its numbers must be whole, below 2^64, and written or bound",
        "correct it"
    );
}

bool is_constant(const Expr& canonical) {
    return !holds(canonical, [](const Expr& node) {
        return node.kind == ExprKind::kColumn || node.kind == ExprKind::kAggregate ||
               node.kind == ExprKind::kWindow || node.query != nullptr;
    });
}

absl::StatusOr<Scatter> plan_rows(const Draft& draft, Piece::Rows rows) {
    return RowsPlanner(draft, rows).plan();
}

}  // namespace mosaic::plan
