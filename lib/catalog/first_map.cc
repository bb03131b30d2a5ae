#include "base/status.h"
#include "catalog/group_partitioner.h"
#include "catalog/catalog.h"
#include "keys/schemes.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::catalog {
namespace {

constexpr int kShardsMax = 65536;

// Shard by shard to the server that has fewest for its weight, so that any first part is spread
// too.
std::vector<std::size_t> spread(const std::vector<topology::Server>& servers, int shards) {
    std::vector<std::size_t> chosen;
    std::vector<double> held(servers.size());
    for (int i = 0; i < shards; ++i) {
        std::size_t best = 0;
        for (std::size_t s = 1; s < servers.size(); ++s)
            if ((held[s] + 1) / servers[s].weight < (held[best] + 1) / servers[best].weight)
                best = s;
        held[best] += 1;
        chosen.push_back(best);
    }
    return chosen;
}

absl::Status refuse(std::string_view why) {
    return make_error(errors::kMapMismatch, absl::StrFormat("make the first map: %s", why));
}

absl::StatusOr<GroupRecord> make_group(
    const config::GroupSpec& spec, int shards, const Registry& registry
) {
    MOSAIC_ASSIGN_OR_RETURN(
        const auto partitioner, make_partitioner("make the first map", spec, registry)
    );
    std::vector<partition::ShardWeight> weights;
    for (int i = 0; i < shards; ++i) weights.push_back({ShardId{static_cast<std::uint32_t>(i)}, 1});
    const partition::PartitionMap map = partition::place_weighted(spec.buckets, weights);
    GroupRecord group{
        spec.name,
        spec.partitioner,
        partitioner->version(),
        spec.buckets,
        {},
        spec.composite_layout};
    for (std::uint32_t b = 0; b < spec.buckets; ++b)
        group.owners.push_back(map.owner(BucketId{b}).value);
    return group;
}

}  // namespace

absl::StatusOr<MapRecord> first_map(
    const config::Config& config, int shards, const Registry& registry
) {
    if (shards < 1 || shards > kShardsMax)
        return refuse(absl::StrFormat("%d shards; allowed are 1 to %d", shards, kShardsMax));
    if (config.servers.empty())
        return refuse("the configuration names no servers; add one to `servers`");
    MapRecord map;
    map.cluster_id = keys::next_uuid(keys::UuidVersion::kV4).to_string();
    map.epoch = 1;
    const std::vector<std::size_t> servers = spread(config.servers, shards);
    for (int i = 0; i < shards; ++i)
        map.shards.push_back(ShardRecord{
            absl::StrFormat("%s_%02d", config.database, i),
            config.servers[servers[static_cast<std::size_t>(i)]].name,
            false});
    for (const config::GroupSpec& spec : config.groups) {
        MOSAIC_ASSIGN_OR_RETURN(GroupRecord group, make_group(spec, shards, registry));
        map.groups.push_back(std::move(group));
    }
    return map;
}

}  // namespace mosaic::catalog
