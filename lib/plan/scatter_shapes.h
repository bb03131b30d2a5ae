#pragma once

#include "plan/bind.h"
#include "plan/scatter_constructs.h"
#include "plan/scatter_names.h"
#include "plan/scatter_piece.h"

#include <absl/status/statusor.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// The two shapes of a scatter (scatter.cc says when each is right).
namespace mosaic::plan {

/// A statement whose constructs are proved, with its names.
struct Draft {
    const sql::Query& query;
    const Scope& scope;
    const Names& names;
    const Constructs& constructs;
    PlanContext& context;
    const sql::Expr* where = nullptr;  ///< With key lists as holes.
    std::vector<Meaning> keys;         ///< Of GROUP BY.

    [[nodiscard]] const sql::Select& select() const { return *query.select; }

    [[nodiscard]] ExprType type(const sql::Expr& canonical) const {
        return type_of(canonical, scope, context.schema);
    }
};

/// Rows, or groups that are whole on their shards, pass as they are.
[[nodiscard]] absl::StatusOr<Scatter> plan_rows(const Draft& draft, Piece::Rows rows);

/// Groups come in parts and are put together.
[[nodiscard]] absl::StatusOr<Scatter> plan_groups(const Draft& draft);

/// Refuses a select item (canonical, without aggregates on top) whose value the group's keys do not
/// determine: errno 1055, as servers do under ONLY_FULL_GROUP_BY.
[[nodiscard]] absl::Status check_dependent(const Draft& draft, const sql::Expr& canonical);

/// Whether a condition of HAVING holds for a group's key on one shard exactly if it does on all.
[[nodiscard]] bool can_filter_on_shards(const Draft& draft, const sql::Expr& canonical);

/// LIMIT or OFFSET. Null: none.
[[nodiscard]] absl::StatusOr<std::optional<merge::Count>> count_of(const sql::Expr* expr);

/// Whether ORDER BY may leave the item out: NULL, or another constant that is no position.
[[nodiscard]] bool is_constant(const sql::Expr& canonical);

/// A value in a grouped row.
struct GroupedValue {
    std::size_t column = 0;
    ValueClass value = ValueClass::kUnknown;

    /// AVG: what it is made of, as columns of the grouped row.
    struct Average {
        std::size_t sum = 0;
        std::size_t count = 0;
    };

    std::optional<Average> average = {};
};

/// Finds the grouped column of an aggregate or a group's key; empty: `expr` is neither.
using FindGrouped =
    std::function<absl::StatusOr<std::optional<GroupedValue>>(const sql::Expr& canonical)>;

enum class ScalarUse : std::uint8_t { kItem, kCondition, kOrder };

/// The expression over merged values; an error where it cannot be computed exactly as a server
/// would.
[[nodiscard]] absl::StatusOr<merge::Scalar> make_scalar(
    const sql::Expr& canonical, ScalarUse use, const FindGrouped& find, bool is_mariadb
);

}  // namespace mosaic::plan
