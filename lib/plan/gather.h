#pragma once

#include "plan/planner.h"
#include "plan/routing.h"

#include <absl/status/statusor.h>

/// Level 3 of query.md: the rows that a query needs are brought to one server, and it runs there as
/// it was written, so that the answer is the server's own.
namespace mosaic::plan {

/// Plans it for a query whose rows no rewrite brings together on the shards. Each mention of a
/// sharded or local table becomes a temporary table of its own (MySQL cannot open one twice in a
/// statement), filled from the shards that its rule allows with the rows that its own conditions
/// let through; reference tables are read where the query runs. Adds to plan.owned.
/// kTypeNotMerged: a column that is needed has a type whose values cannot be carried exactly.
[[nodiscard]] absl::StatusOr<Gather> plan_gather(
    const PlanInput& input, const Router& router, Plan& plan
);

}  // namespace mosaic::plan
