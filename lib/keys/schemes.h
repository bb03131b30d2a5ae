#pragma once

#include "keys/block_source.h"
#include "mosaic/key_scheme.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

/// The built-in key schemes. Each drops what it holds in a forked child.
namespace mosaic::keys {

/// How the 64 bits of a composite id are shared out, from the top: reserved (zero, so that the id is
/// positive in a signed BIGINT too), bucket, type, local part.
struct CompositeLayout {
    int reserved_bits = 2;
    int bucket_bits = 16;
    int type_bits = 10;
    int local_bits = 36;
    friend bool operator==(const CompositeLayout&, const CompositeLayout&) = default;
};

/// What a composite id says.
struct CompositeParts {
    BucketId bucket;
    std::uint32_t type = 0;
    std::uint64_t local = 0;
    friend bool operator==(const CompositeParts&, const CompositeParts&) = default;
};

/// What is wrong with a layout, and what to do; none: its parts add up to 64 bits with at least one
/// reserved, and hold `bucket_count` buckets and `type`.
[[nodiscard]] std::optional<std::string> layout_flaw(
    const CompositeLayout& layout, std::uint32_t bucket_count, std::uint32_t type
);
/// kCompositeLayout where there is a flaw.
[[nodiscard]] absl::Status check_layout(
    const CompositeLayout& layout, std::uint32_t bucket_count, std::uint32_t type
);
/// `2+16+10+36`: reserved, bucket, type and local bits.
[[nodiscard]] std::string to_string(const CompositeLayout& layout);
/// \pre the parts fit the layout
[[nodiscard]] std::uint64_t compose(const CompositeLayout& layout, const CompositeParts& parts);
[[nodiscard]] CompositeParts decompose(const CompositeLayout& layout, std::uint64_t id);

enum class UuidVersion : std::uint8_t { kV4 = 4, kV7 = 7 };

/// RFC 9562. Version 7: milliseconds, then a counter seeded anew each millisecond (method 1), in
/// order within the process also when the clock steps back. Never asks a server.
[[nodiscard]] std::shared_ptr<KeyScheme> make_uuid_scheme(UuidVersion version);

/// One new UUID; cheaper than a scheme's next(). Thread-safe; fork-safe.
[[nodiscard]] Uuid next_uuid(UuidVersion version);

/// 64-bit numbers in blocks from ticket servers; the next block is fetched before one ends.
/// `counter`: the row's name.
[[nodiscard]] std::shared_ptr<KeyScheme> make_ticket_scheme(
    std::string counter, std::shared_ptr<BlockSource> source
);

struct CompositeSpec {
    CompositeLayout layout;
    std::uint32_t type = 0;
    std::uint32_t bucket_count = 16384;
    std::string counter;  ///< The counter's name: the table's.
    /// Ids of child rows take their parent's bucket, which next() must be told. Root rows take one
    /// of a few buckets that are drawn at random (so shards get rows as they have buckets) and changed
    /// as their blocks run out.
    bool is_child = false;
};

/// Composite ids; the local part comes from a counter per (counter, bucket) in the shard that owns the
/// bucket.
[[nodiscard]] absl::StatusOr<std::shared_ptr<KeyScheme>> make_composite_scheme(
    const CompositeSpec& spec, std::shared_ptr<BlockSource> source
);

}  // namespace mosaic::keys
