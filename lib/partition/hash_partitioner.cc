#include "partition/hash_partitioner.h"

#include "base/status.h"
#include "keys/stable_hash.h"

#include <absl/strings/str_format.h>

#include <bit>

namespace mosaic::partition {
namespace {

class HashPartitioner final : public Partitioner {
public:
    explicit HashPartitioner(std::uint32_t bucket_count) : mask_(bucket_count - 1) {}

    [[nodiscard]] std::string_view name() const override { return "hash"; }

    [[nodiscard]] int version() const override { return keys::kStableHashVersion; }

    [[nodiscard]] std::uint32_t bucket_count() const override { return mask_ + 1; }

    [[nodiscard]] absl::StatusOr<BucketId> bucket_of(std::string_view canonical) const override {
        return BucketId{keys::stable_hash(canonical) & mask_};
    }

    [[nodiscard]] absl::StatusOr<BucketId> bucket_of_integer(std::uint64_t key) const override {
        return BucketId{keys::stable_hash(key) & mask_};
    }

    [[nodiscard]] std::optional<std::string> bucket_sql(
        std::string_view /*column_sql*/, std::string_view crc32_sql
    ) const override {
        return absl::StrFormat("%s & %d", crc32_sql, mask_);
    }

private:
    std::uint32_t mask_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Partitioner>> make_hash_partitioner(std::uint32_t bucket_count
) {
    constexpr std::uint32_t kBucketsMax = 65536;
    if (!std::has_single_bit(bucket_count) || bucket_count > kBucketsMax) {
        return make_error(
            errors::kBucketsInvalid,
            absl::StrFormat(
                "make partitioner hash: %d buckets are no power of two from 1 to %d; use 16384",
                bucket_count,
                kBucketsMax
            )
        );
    }
    return std::make_shared<HashPartitioner>(bucket_count);
}

}  // namespace mosaic::partition
