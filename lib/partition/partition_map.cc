#include "partition/partition_map.h"

#include <algorithm>
#include <cmath>

namespace mosaic::partition {

PartitionMap::PartitionMap(std::span<const ShardId> owners) {
    owners_.reserve(owners.size());
    for (const ShardId owner : owners) owners_.push_back(static_cast<std::uint16_t>(owner.value));
    distinct_owners_.assign(owners.begin(), owners.end());
    std::sort(distinct_owners_.begin(), distinct_owners_.end());
    const auto end = std::unique(distinct_owners_.begin(), distinct_owners_.end());
    distinct_owners_.erase(end, distinct_owners_.end());
}

std::vector<BucketId> PartitionMap::buckets_of(ShardId shard) const {
    std::vector<BucketId> buckets;
    for (std::uint32_t bucket = 0; bucket < bucket_count(); ++bucket) {
        if (owners_[bucket] == shard.value)
            buckets.push_back(BucketId{bucket});
    }
    return buckets;
}

// Cuts the row of buckets at the running sums of the weights, rounded: each shard is within one
// bucket of its share, and all buckets are given away.
PartitionMap place_weighted(std::uint32_t bucket_count, std::span<const ShardWeight> shards) {
    double total = 0;
    for (const ShardWeight& shard : shards) total += shard.weight;
    std::vector<ShardId> owners;
    owners.reserve(bucket_count);
    double sum = 0;
    for (const ShardWeight& shard : shards) {
        sum += shard.weight;
        const bool is_last = &shard == &shards.back();
        const auto end =
            is_last ? bucket_count
                    : static_cast<std::uint32_t>(std::lround(bucket_count * (sum / total)));
        while (owners.size() < end) owners.push_back(shard.shard);
    }
    return PartitionMap(owners);
}

}  // namespace mosaic::partition
