#pragma once

#include "plan/bind.h"

#include <vector>

namespace mosaic::plan {

[[nodiscard]] RouteRule all_of(std::vector<RouteRule> parts);
[[nodiscard]] RouteRule any_of(std::vector<RouteRule> parts);

/// What a condition says of the rows of one table of `scope`: rows outside the rule do not meet it.
[[nodiscard]] RouteRule rule_of(
    const sql::Expr& condition, const BoundTable& table, const Scope& scope
);

/// Whether `expr` is the bare shard-key column of `table`, a sharded table of `scope`.
[[nodiscard]] bool is_shard_key(const sql::Expr& expr, const BoundTable& table, const Scope& scope);

/// Names of columns, as MySQL compares them.
[[nodiscard]] bool is_same_column(std::string_view a, std::string_view b);

}  // namespace mosaic::plan
