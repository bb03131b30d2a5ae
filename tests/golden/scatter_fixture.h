#pragma once

#include "plan/bind.h"
#include "schema/schema.h"
#include "topology/topology.h"

#include <string>
#include <string_view>
#include <vector>

/// A fixed schema over two table groups, for tests of what a scatter sends and merges.
namespace mosaic::plan {

struct ScatterFixture {
    topology::Topology topology;
    schema::Schema schema;
};

/// users(id) and orders(user_id) in one group, presence(user_id) in another, countries a reference
/// table, notes a local one.
[[nodiscard]] ScatterFixture make_scatter_fixture();

/// CREATE TABLE of all of them, for trying pieces on a server.
[[nodiscard]] std::string scatter_fixture_ddl();

/// The piece with its holes shown, and a line per merge step; or the error.
[[nodiscard]] std::string explain_scatter(
    const ScatterFixture& fixture, std::string_view statement
);

/// How a statement is merged, or why it is not.
[[nodiscard]] absl::StatusOr<merge::MergeSpec> merge_of(
    const ScatterFixture& fixture, std::string_view statement
);

/// The piece alone, for the schema `shard`, parameters as 1, filters left out; empty: no scatter.
[[nodiscard]] std::string piece_for(
    const ScatterFixture& fixture, std::string_view statement, std::string_view shard
);

}  // namespace mosaic::plan
