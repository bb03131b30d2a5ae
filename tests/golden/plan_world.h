#pragma once

#include "plan/plan.h"
#include "schema/schema.h"
#include "topology/topology.h"

#include <cstdint>
#include <string>
#include <string_view>

/// The tables that golden plans are about. Changing one changes what many cases expect.
namespace mosaic::tests {

/// `shard_count` shards app_00, app_01, ..; groups main, accounts, tokens (hash) and regions
/// (prefix).
[[nodiscard]] topology::Topology plan_topology(std::uint32_t shard_count);
[[nodiscard]] schema::Schema plan_schema();

/// A table from lines `name type [not null] [auto_increment] ..`, or `primary key (a, b)`,
/// `unique name (a)`, `foreign key name (a) references t (b)`, `trigger name`, `view`.
[[nodiscard]] schema::TableDef table_of(std::string_view name, std::string_view lines);

}  // namespace mosaic::tests
