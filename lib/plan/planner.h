#pragma once

#include "plan/bind.h"
#include "plan/mentions.h"

#include <absl/status/status.h>

namespace mosaic::plan {

/// What the planning of one statement is given.
struct PlanInput {
    const sql::Statement& statement;
    const topology::Topology& topology;
    const schema::Schema& schema;
    const SessionFacts& facts;
    const Mentions& mentions;
    sql::Arena& arena;
};

/// These fill the plan of one kind of statement.
[[nodiscard]] absl::Status plan_query(const PlanInput& input, Plan& plan);
[[nodiscard]] absl::Status plan_insert(const PlanInput& input, Plan& plan);
[[nodiscard]] absl::Status plan_update(const PlanInput& input, Plan& plan);
[[nodiscard]] absl::Status plan_delete(const PlanInput& input, Plan& plan);

[[nodiscard]] sql::PrintOptions print_options(const SessionFacts& facts);

/// `expr` with the logical database's name taken off its columns.
[[nodiscard]] const sql::Expr* without_schema(const sql::Expr& expr, sql::Arena& arena);

/// The condition that keeps out rows of other shards; empty where the partitioner has none.
[[nodiscard]] std::optional<OwnedFilter::Part> owned_part(
    const TableUse& use, const topology::Topology& topology
);

/// Refuses a write to a reference table.
[[nodiscard]] absl::Status check_written(const topology::Table& table);

}  // namespace mosaic::plan
