#pragma once

#include "plan/bind.h"
#include "plan/routing.h"

#include <absl/status/statusor.h>

#include <vector>

namespace mosaic::plan {

/// Those of the conditions on a sharded table that hold subqueries and that each shard can judge
/// for its own rows of the table alone: nothing else of the statement is named in them, and what
/// level 2 asks of a subquery (check_constructs) is proved of `SELECT .. FROM table WHERE
/// condition`.
[[nodiscard]] std::vector<const sql::Expr*> conditions_for_shards(
    const BoundTable& table,
    const Scope& scope,
    const std::vector<const sql::Expr*>& conditions,
    const Router& router,
    const PlanContext& context
);

/// The SELECT of these items that meet these conditions, for any shard: with the ownership filters
/// of all its tables. \pre `where` is of conditions_for_shards() and filter_of()
[[nodiscard]] absl::StatusOr<const sql::Query*> select_on_shards(
    const BoundTable& table,
    const std::vector<sql::SelectItem>& items,
    const sql::Expr* where,
    PlanContext& context
);

}  // namespace mosaic::plan
