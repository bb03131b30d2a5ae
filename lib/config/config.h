#pragma once

#include "mosaic/options.h"
#include "mosaic/registry.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

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
};

/// A table as configured; `table.group` is the index into Config::groups. A local table's shard is
/// known by name only until there is a map.
struct TableSpec {
    topology::Table table;
    std::string local_shard;
};

/// A ticket server is one of the servers; its tables live in `schema` there.
struct TicketSpec {
    std::vector<std::string> servers;   ///< Names; the order is the position.
    std::string schema = "mosaic_tickets";
    std::uint64_t block_size = 1000;    ///< Ids per block, for counters that are made from now on.
};

/// For the local servers of `mosaic cluster`; absent: the configuration's servers are somebody else's.
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
    std::optional<ClusterSpec> cluster;
    Options options;  ///< driver, pool, deadlines, limits, session
};

/// Reads and checks a file. Every mistake is found in one go: the error (kConfigInvalid) has one line for
/// each, `file:line:column path: what was found; what is allowed; did you mean X`.
[[nodiscard]] absl::StatusOr<Config> load(
    const std::filesystem::path& file, const Registry& registry
);

/// The same for a text; `file` is for messages and relative paths.
[[nodiscard]] absl::StatusOr<Config> parse(
    std::string_view yaml, const std::filesystem::path& file, const Registry& registry
);

}  // namespace mosaic::config
