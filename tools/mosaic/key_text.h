#pragma once

#include "context.h"
#include "mosaic/ids.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mosaic::tool {

/// How a routing key is written on the command line.
enum class KeyForm : std::uint8_t {
    kAny,  ///< As the table's column has it; without a server: guessed from the text.
    kInteger,
    kText,
    kBytes,  ///< Hex digits.
    kUuid,
};

/// A routing key's place.
struct PlacedKey {
    std::string key_class;  ///< `integer`, `bytes`, `text`, ..
    std::string note;       ///< What was guessed, and why; empty: nothing.
    BucketId bucket;
    ShardId shard;
};

/// Reads a key of a sharded table, by the type of its shard-key column as a server that can be
/// reached says it.
[[nodiscard]] absl::StatusOr<PlacedKey> place_key(
    const Context& context, const topology::Table& table, std::string_view text, KeyForm form
);

/// Reads a key of a group, by its text alone.
[[nodiscard]] absl::StatusOr<PlacedKey> place_key(
    const topology::TableGroup& group, std::string_view text, KeyForm form
);

}  // namespace mosaic::tool
