// module: base
#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace mosaic {

/// An integer that does not mix with other integers: `Tag` tells bucket, shard and epoch apart.
template <typename Tag, typename Number>
struct StrongId {
    using value_type = Number;
    Number value{};

    friend auto operator<=>(const StrongId&, const StrongId&) = default;

    template <typename Hash>
    friend Hash AbslHashValue(Hash state, const StrongId& id) {  // NOLINT: abseil's name
        return Hash::combine(std::move(state), id.value);
    }
};

/// One of a table group's fixed number of buckets; the unit that moves.
using BucketId = StrongId<struct BucketTag, std::uint32_t>;
/// Index of a logical shard in its topology. Names, not indexes, are stable across epochs.
using ShardId = StrongId<struct ShardTag, std::uint32_t>;
/// Index of a server in its topology.
using ServerId = StrongId<struct ServerTag, std::uint32_t>;
/// Grows by one with each published map.
using Epoch = StrongId<struct EpochTag, std::uint64_t>;

}  // namespace mosaic
