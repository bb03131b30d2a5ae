#pragma once

#include "plan/plan.h"

namespace mosaic::plan {

/// A composite id as a number; empty: the value is none.
[[nodiscard]] std::optional<std::uint64_t> number_of_id(const Value& id);

/// The bucket that a composite id names in its group; empty: none of the group's.
[[nodiscard]] absl::StatusOr<std::optional<BucketId>> bucket_of_id(
    const topology::TableGroup& group, std::uint64_t id
);

/// The owner of a bucket that a partitioner gave.
[[nodiscard]] absl::StatusOr<ShardId> owner_of(const topology::TableGroup& group, BucketId bucket);

[[nodiscard]] Route::Kind kind_of(std::size_t shard_count, const topology::Topology& topology);

/// Where each row of an INSERT goes. \pre plan.insert
[[nodiscard]] absl::StatusOr<Targets> insert_targets(
    const Plan& plan, std::span<const Value> values, const topology::Topology& topology
);

}  // namespace mosaic::plan
