#pragma once

#include "base/clock.h"
#include "mosaic/ids.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::keys {

/// Ids [first, end) that nobody else will ever get.
struct Block {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

/// Where ticket and composite schemes get blocks of numbers; lib/catalog implements it over real
/// tables. Thread-safe; blocks for a round trip, until the deadline at most.
class BlockSource {
public:
    virtual ~BlockSource() = default;

    /// About `wanted` ids of the counter `name` in `bucket`'s shard (composite), or on a ticket server
    /// (no bucket). At least one block; several blocks when the source hands out fixed sizes.
    virtual absl::StatusOr<std::vector<Block>> next_blocks(
        const std::string& name,
        std::optional<BucketId> bucket,
        std::uint64_t wanted,
        TimePoint deadline
    ) = 0;
};

}  // namespace mosaic::keys
