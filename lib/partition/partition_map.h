#pragma once

#include "mosaic/ids.h"

#include <cstdint>
#include <span>
#include <vector>

namespace mosaic::partition {

/// Which logical shard owns each bucket of a table group. Immutable; lookup is one load.
class PartitionMap {
public:
    PartitionMap() = default;
    /// `owners[b]` owns bucket b. \pre every owner is below 65536
    explicit PartitionMap(std::span<const ShardId> owners);

    [[nodiscard]] ShardId owner(BucketId bucket) const { return ShardId{owners_[bucket.value]}; }

    [[nodiscard]] std::uint32_t bucket_count() const {
        return static_cast<std::uint32_t>(owners_.size());
    }

    [[nodiscard]] std::vector<BucketId> buckets_of(ShardId shard) const;

    /// The shards that own any bucket, sorted.
    [[nodiscard]] std::span<const ShardId> owners() const { return distinct_owners_; }

    friend bool operator==(const PartitionMap&, const PartitionMap&) = default;

private:
    std::vector<std::uint16_t> owners_;
    std::vector<ShardId> distinct_owners_;
};

/// How much of the buckets a shard should own, relative to the others.
struct ShardWeight {
    ShardId shard;
    double weight = 1;
};

/// A first map: bucket counts proportional to the weights (within one bucket of ideal), in
/// contiguous runs by shard order. Equal weights: the even placement. \pre not empty, weights
/// positive
[[nodiscard]] PartitionMap place_weighted(
    std::uint32_t bucket_count, std::span<const ShardWeight> shards
);

}  // namespace mosaic::partition
