#pragma once

#include "base/clock.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "pool/pool.h"
#include "tool.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <memory>

namespace mosaic::tool {

/// Configuration and map, for verbs that work on the shards.
struct Context {
    config::Config config;
    std::shared_ptr<const topology::Topology> topology;
    std::shared_ptr<pool::Pools> pools;

    /// Of one step: the configuration's default.
    [[nodiscard]] TimePoint deadline() const;

    /// A connection to the shard's server, on which the shard has proved its identity.
    [[nodiscard]] absl::StatusOr<pool::PooledConnection> checkout(ShardId shard) const;
    /// A connection to a server, which proves nothing.
    [[nodiscard]] absl::StatusOr<pool::PooledConnection> checkout(const topology::Server& server
    ) const;
};

/// Reads configuration and catalog; asks no server.
[[nodiscard]] absl::StatusOr<Context> open_context(const Tool& tool);

/// The same with a map that is not published yet.
[[nodiscard]] absl::StatusOr<Context> make_context(
    config::Config config, const catalog::MapRecord& map, const Registry& registry
);

/// The table, or kUnknownTable with the names there are.
[[nodiscard]] absl::StatusOr<const topology::Table*> find_table(
    const Context& context, std::string_view name
);

}  // namespace mosaic::tool
