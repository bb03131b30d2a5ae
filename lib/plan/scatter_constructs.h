#pragma once

#include "plan/bind.h"
#include "plan/scatter_joins.h"

#include <absl/status/status.h>

#include <memory>
#include <vector>

/// What a statement may hold that goes to several shards.
namespace mosaic::plan {

/// Where the ownership filter of one mention of a sharded table goes: to the end of ON of `join`,
/// or, where that is null, of WHERE of `select`.
struct FilterPlace {
    const BoundTable* table = nullptr;
    const sql::TableRef* join = nullptr;
    const sql::Select* select = nullptr;
};

/// What check_constructs() found out.
struct Constructs {
    KeyClasses classes;                          ///< Of the statement's own FROM.
    std::vector<FilterPlace> places;             ///< Of its sharded tables, subqueries' included.
    std::vector<std::unique_ptr<Scope>> scopes;  ///< Of subqueries; `places` points into them.
};

/// Proves that each shard, asked this SELECT, looks at rows that meet on it and at nothing else:
/// its joins (check_joins), functions and variables by their closed lists, and each subquery, which
/// must read reference tables only, or only rows whose shard key equals that of the row outside.
[[nodiscard]] absl::StatusOr<Constructs> check_constructs(
    const sql::Query& query, const Scope& scope, const PlanContext& context
);

}  // namespace mosaic::plan
