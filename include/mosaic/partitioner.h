// module: partition
#pragma once

#include "mosaic/ids.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace mosaic {

/// The rule from routing key to bucket: the one plug-in of placement. Where a bucket lives is the
/// map's business.
///
/// \par Thread safety
/// Immutable; all calls from any thread.
class Partitioner {
public:
    virtual ~Partitioner() = default;

    /// `hash`, `prefix`, or the name it was registered under; with its version it stands in every
    /// shard's identity, so that programs with another rule are refused.
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual int version() const { return 1; }

    /// The bucket of a key, below bucket_count. `canonical` is what placement defines for the key's
    /// type: decimal text for integers, the bytes themselves for binary and text. An error: this
    /// key can be in no bucket (kKeyNotPlaceable), so no row with it exists.
    [[nodiscard]] virtual absl::StatusOr<BucketId> bucket_of(std::string_view canonical) const = 0;

    /// The bucket of an integer key; the same as bucket_of(its decimal text), faster.
    [[nodiscard]] virtual absl::StatusOr<BucketId> bucket_of_integer(std::uint64_t key) const;

    /// An SQL expression that computes the bucket of `column_sql` where `crc32_sql` is CRC32 of its
    /// canonical bytes; empty: none, so only whole logical shards can move.
    [[nodiscard]] virtual std::optional<std::string> bucket_sql(
        std::string_view column_sql, std::string_view crc32_sql
    ) const {
        static_cast<void>(column_sql);
        static_cast<void>(crc32_sql);
        return std::nullopt;
    }

    [[nodiscard]] virtual std::uint32_t bucket_count() const = 0;
};

/// Makes a partitioner for a table group of that many buckets.
using PartitionerFactory =
    std::function<absl::StatusOr<std::shared_ptr<const Partitioner>>(std::uint32_t bucket_count)>;

}  // namespace mosaic
