#pragma once

#include "base/clock.h"
#include "driver/connection.h"
#include "topology/topology.h"

#include <absl/status/status.h>

/// `_mosaic_identity`: what each shard's schema says it is.
namespace mosaic::catalog {

/// Creates the shard's schema and our tables in it (identity, counters of composite ids) where they
/// are missing, and says which shard it is. Done already: not an error. kIdentityMismatch when the
/// schema says it is another cluster's or another shard; nothing is changed then.
absl::Status write_identity(
    driver::Connection& connection,
    const topology::Topology& topology,
    ShardId shard,
    TimePoint deadline
);

/// OK when the server behind `connection` holds the schema of `shard` and it says that it is that
/// shard of this cluster, with the same groups (buckets, partitioner, its version). Else
/// kIdentityMissing or kIdentityMismatch, whose message shows both sides. Writes nothing; one round
/// trip.
absl::Status check_identity(
    driver::Connection& connection,
    const topology::Topology& topology,
    ShardId shard,
    TimePoint deadline
);

}  // namespace mosaic::catalog
