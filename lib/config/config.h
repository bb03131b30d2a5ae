#pragma once

#include "keys/schemes.h"
#include "mosaic/options.h"
#include "mosaic/registry.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::config {

/// Where the map lives. For now a file.
struct CatalogSpec {
    std::filesystem::path file;  ///< Absolute; relative paths start at the configuration's folder.
};

struct GroupSpec {
    std::string name;
    std::string partitioner = "hash";
    std::uint32_t buckets = 16384;
    keys::CompositeLayout composite_layout = {};
};

/// A table as configured; `table.group` is the index into Config::groups. A local table's shard is
/// known by name only until there is a map.
struct TableSpec {
    topology::Table table;
    std::string local_shard;
};

/// Whether a server that may forget what it acknowledged when its machine loses power
/// (innodb_flush_log_at_trx_commit=2) is good enough for counters of ids; 0 never is.
enum class CounterDurability : std::uint8_t { kMachine, kProcess };

/// A ticket server is one of the servers; its tables live in `schema` there.
struct TicketSpec {
    std::vector<std::string> servers;  ///< Names; the order is the position.
    std::string schema = "mosaic_tickets";
    std::uint64_t block_size = 1000;  ///< Ids per block, for counters that are made from now on.
    CounterDurability durability = CounterDurability::kMachine;
    /// What a counter skips when another server wrote its row last.
    std::uint64_t failover_jump = 10'000'000;
};

/// Counters of the local parts of composite ids.
struct CompositeCounterSpec {
    std::uint64_t block_size = 1000;
    CounterDurability durability = CounterDurability::kMachine;
    std::uint64_t failover_jump = 10'000'000;
};

/// For the local servers of `mosaic cluster`; absent: the configuration's servers are somebody
/// else's.
struct ClusterSpec {
    std::filesystem::path folder;  ///< Where their private data folders are.
};

/// A configuration file, checked. What it says, not yet where things are: that needs the catalog.
struct Config {
    std::filesystem::path file;
    std::string database;
    CatalogSpec catalog;
    std::vector<topology::Server> servers;
    std::vector<GroupSpec> groups;
    std::vector<TableSpec> tables;
    TicketSpec tickets;
    CompositeCounterSpec composite;
    std::optional<ClusterSpec> cluster;
    Options options;  ///< driver, pool, deadlines, limits, session
};

/// Reads and checks a file. Every mistake is found in one go: the error (kConfigInvalid) has one
/// line for each, `file:line:column path: what was found; what is allowed; did you mean X`.
[[nodiscard]] absl::StatusOr<Config> load(
    const std::filesystem::path& file, const Registry& registry
);

/// The same for a text; `file` is for messages and relative paths.
[[nodiscard]] absl::StatusOr<Config> parse(
    std::string_view yaml, const std::filesystem::path& file, const Registry& registry
);

}  // namespace mosaic::config
