#pragma once

#include "base/string_map.h"
#include "keys/key_type.h"
#include "keys/schemes.h"
#include "mosaic/ids.h"
#include "mosaic/partitioner.h"
#include "partition/partition_map.h"
#include "types/endpoint.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Immutable snapshots of where everything is: servers and tables from the configuration, shards
/// and maps from the catalog.
namespace mosaic::topology {

struct Server {
    std::string name;
    Endpoint primary;
    std::string user;
    std::string password;
    double weight = 1;
};

/// A logical shard: the schema `name` on a server.
struct Shard {
    std::string name;
    ServerId server;
};

/// One partitioner, one number of buckets, one map, and the tables that use them.
struct TableGroup {
    std::string name;
    std::shared_ptr<const Partitioner> partitioner;
    partition::PartitionMap map;
    /// Shards that may hold rows of buckets they do not own; statements to them carry the ownership
    /// filter. Sorted.
    std::vector<ShardId> shards_with_foreign_rows;
    keys::CompositeLayout composite_layout = {};  ///< Of its tables' composite ids.
};

enum class TableKind : std::uint8_t { kSharded, kReference, kLocal };

/// How a table gets its ids.
struct TableIds {
    std::string column;
    std::string scheme;         ///< `uuid`, `uuid_v4`, `ticket`, `composite`, or a registered one.
    std::uint32_t type = 0;     ///< composite: the type field.
    std::string ticket_name;    ///< ticket: the counter's name; the table's unless configured.
};

struct Table {
    std::string name;
    TableKind kind = TableKind::kSharded;
    std::size_t group = 0;               ///< kSharded: index into Topology::groups.
    std::string shard_key;               ///< kSharded
    std::optional<TableIds> ids;
    std::vector<std::string> unchecked_unique;
    std::vector<std::string> triggers;   ///< Triggers that the configuration vouches for.
    ShardId shard;                       ///< kLocal
};

/// One epoch of the whole cluster. Never changed once published.
struct Topology {
    std::string cluster_id;   ///< From the catalog; stands in every shard's identity.
    std::string database;     ///< What applications call the logical database.
    Epoch epoch;
    std::vector<Server> servers;
    std::vector<Shard> shards;
    std::vector<TableGroup> groups;
    StringMap<Table> tables;  ///< By name, as configured (lower_case_table_names=0).

    /// Null: the configuration does not name it.
    [[nodiscard]] const Table* find_table(std::string_view name) const;
    [[nodiscard]] const Shard& shard(ShardId id) const { return shards[id.value]; }
    [[nodiscard]] const Server& server_of(ShardId id) const {
        return servers[shards[id.value].server.value];
    }
    [[nodiscard]] std::optional<ShardId> find_shard(std::string_view name) const;
};

/// The shard that owns a canonical key of `table`'s group; an error where the partitioner has no
/// bucket for it. \pre table.kind == kSharded
[[nodiscard]] absl::StatusOr<ShardId> shard_of_key(
    const Topology& topology, const Table& table, std::string_view canonical
);

}  // namespace mosaic::topology
