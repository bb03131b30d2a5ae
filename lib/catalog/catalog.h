#pragma once

#include "base/clock.h"
#include "config/config.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

/// Our own records: the map and its epoch, what shards say they are, counters of ids.
namespace mosaic::catalog {

struct GroupRecord {
    std::string name;
    std::string partitioner;
    int partitioner_version = 1;
    std::uint32_t buckets = 0;
    std::vector<std::uint32_t> owners;  ///< Per bucket, an index into MapRecord::shards.
    keys::CompositeLayout composite_layout = {};
    friend bool operator==(const GroupRecord&, const GroupRecord&) = default;
};

struct ShardRecord {
    std::string name;    ///< Its schema.
    std::string server;  ///< A server of the configuration.
    bool has_foreign_rows = false;
    friend bool operator==(const ShardRecord&, const ShardRecord&) = default;
};

/// The map as the catalog holds it: all that changes with the epoch.
struct MapRecord {
    std::string cluster_id;  ///< A UUID, made once by `mosaic map init`.
    std::uint64_t epoch = 0;
    std::vector<ShardRecord> shards;
    std::vector<GroupRecord> groups;
};

/// Where the map lives. Changed by compare-and-swap on the epoch only.
///
/// \par Thread safety
/// All calls from any thread, and from any process.
class Catalog {
public:
    virtual ~Catalog() = default;

    /// kMapMissing when nothing was published yet.
    [[nodiscard]] virtual absl::StatusOr<MapRecord> read() = 0;
    /// Publishes `next` when the stored epoch is next.epoch - 1 (0: nothing stored); else
    /// kMapChanged. Durable when it returns OK.
    virtual absl::Status publish(const MapRecord& next) = 0;
};

[[nodiscard]] std::unique_ptr<Catalog> open_catalog(const config::CatalogSpec& spec);

/// Configuration and map as one snapshot. Every disagreement (a shard's server that the
/// configuration lacks, a group that the map lacks, another number of buckets or partitioner
/// version) is an error with its remedy.
[[nodiscard]] absl::StatusOr<std::shared_ptr<const topology::Topology>> make_topology(
    const config::Config& config, const MapRecord& map, const Registry& registry
);

/// The first map: `shards` logical shards `<database>_00` .. over the servers by weight, each
/// group's buckets spread evenly over the shards.
[[nodiscard]] absl::StatusOr<MapRecord> first_map(
    const config::Config& config, int shards, const Registry& registry
);

}  // namespace mosaic::catalog
