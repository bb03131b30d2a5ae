#include "partition/prefix_partitioner.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <bit>
#include <charconv>
#include <string>

namespace mosaic::partition {
namespace {

absl::Status not_placeable(std::string_view key, std::string_view cause) {
    return make_error(
        errors::kKeyNotPlaceable,
        absl::StrFormat(
            "read the bucket of key %s: %s; keys of a group with partitioner prefix are composite "
            "ids, made by next_id()",
            key,
            cause
        )
    );
}

class PrefixPartitioner final : public Partitioner {
public:
    PrefixPartitioner(std::uint32_t bucket_count, const keys::CompositeLayout& layout)
        : bucket_count_(bucket_count), shift_(layout.type_bits + layout.local_bits) {}

    [[nodiscard]] std::string_view name() const override { return "prefix"; }

    [[nodiscard]] std::uint32_t bucket_count() const override { return bucket_count_; }

    [[nodiscard]] absl::StatusOr<BucketId> bucket_of(std::string_view canonical) const override {
        std::uint64_t key = 0;
        const char* const end = canonical.data() + canonical.size();
        const auto [stop, error] = std::from_chars(canonical.data(), end, key);
        if (error != std::errc() || stop != end)
            return not_placeable(canonical, "it is no number from 0 to 18446744073709551615");
        return bucket_of_integer(key);
    }

    [[nodiscard]] absl::StatusOr<BucketId> bucket_of_integer(std::uint64_t key) const override {
        // The reserved bits stand above the bucket's: an id that sets one is past every bucket too.
        const std::uint64_t bucket = key >> shift_;
        if (bucket >= bucket_count_) {
            return not_placeable(
                std::to_string(key),
                absl::StrFormat(
                    "its bits above the lowest %d are %d, and buckets are below %d",
                    shift_,
                    bucket,
                    bucket_count_
                )
            );
        }
        return BucketId{static_cast<std::uint32_t>(bucket)};
    }

    [[nodiscard]] std::optional<std::string> bucket_sql(
        std::string_view column_sql, std::string_view /*crc32_sql*/
    ) const override {
        return absl::StrFormat("%s >> %d", column_sql, shift_);
    }

private:
    std::uint32_t bucket_count_;
    int shift_;
};

}  // namespace

absl::StatusOr<std::shared_ptr<const Partitioner>> make_prefix_partitioner(
    std::uint32_t bucket_count, const keys::CompositeLayout& layout
) {
    if (!std::has_single_bit(bucket_count)) {
        return make_error(
            errors::kBucketsInvalid,
            absl::StrFormat(
                "make partitioner prefix: %d buckets are no power of two; use 16384", bucket_count
            )
        );
    }
    MOSAIC_RETURN_IF_ERROR(keys::check_layout(layout, bucket_count, 0));
    return std::make_shared<PrefixPartitioner>(bucket_count, layout);
}

}  // namespace mosaic::partition
