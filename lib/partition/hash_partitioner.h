#pragma once

#include "mosaic/partitioner.h"

namespace mosaic::partition {

/// `hash`: the stable hash of the canonical bytes, modulo the number of buckets. An error
/// (kBucketsInvalid) unless that is a power of two, 65536 at most.
[[nodiscard]] absl::StatusOr<std::shared_ptr<const Partitioner>> make_hash_partitioner(
    std::uint32_t bucket_count
);

}  // namespace mosaic::partition
