#pragma once

#include "keys/schemes.h"
#include "mosaic/partitioner.h"

#include <cstdint>
#include <memory>

namespace mosaic::partition {

/// `prefix`: the bucket is read from a composite id; an id whose bucket is not below bucket_count,
/// or a key that is no number, has none (kKeyNotPlaceable).
[[nodiscard]] absl::StatusOr<std::shared_ptr<const Partitioner>> make_prefix_partitioner(
    std::uint32_t bucket_count, const keys::CompositeLayout& layout = {}
);

}  // namespace mosaic::partition
