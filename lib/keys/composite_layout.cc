#include "base/status.h"
#include "keys/schemes.h"

#include <absl/strings/str_format.h>

namespace mosaic::keys {
namespace {

constexpr std::uint64_t low_bits(int count) {
    return (std::uint64_t{1} << count) - 1;  // \pre count < 64
}

}  // namespace

std::optional<std::string> layout_flaw(
    const CompositeLayout& layout, std::uint32_t bucket_count, std::uint32_t type
) {
    // Buckets and types are 32-bit numbers; each part has a bound, so the sum cannot overflow.
    const auto is_width = [](int bits, int least, int most) {
        return bits >= least && bits <= most;
    };
    if (!is_width(layout.reserved_bits, 1, 62) || !is_width(layout.bucket_bits, 0, 32) ||
        !is_width(layout.type_bits, 0, 32) || !is_width(layout.local_bits, 1, 63)) {
        return "there must be 1 reserved bit at least, 1 local bit at least, and 32 bits at most "
               "for bucket and for type; use 2, 16, 10 and 36";
    }
    const int sum =
        layout.reserved_bits + layout.bucket_bits + layout.type_bits + layout.local_bits;
    if (sum != 64)
        return absl::StrFormat("they add up to %d, not 64; change one of them", sum);
    if (bucket_count > low_bits(layout.bucket_bits) + 1) {
        return absl::StrFormat(
            "%d buckets do not fit in %d bits; give the bucket more bits",
            bucket_count,
            layout.bucket_bits
        );
    }
    if (type > low_bits(layout.type_bits)) {
        return absl::StrFormat(
            "type %d does not fit in %d bits; give the type more bits, or the table a type below "
            "%d",
            type,
            layout.type_bits,
            low_bits(layout.type_bits) + 1
        );
    }
    return std::nullopt;
}

absl::Status check_layout(
    const CompositeLayout& layout, std::uint32_t bucket_count, std::uint32_t type
) {
    const std::optional<std::string> flaw = layout_flaw(layout, bucket_count, type);
    if (!flaw)
        return absl::OkStatus();
    return make_error(
        errors::kCompositeLayout,
        absl::StrFormat(
            "lay out composite ids of %d reserved, %d bucket, %d type and %d local bits: %s",
            layout.reserved_bits,
            layout.bucket_bits,
            layout.type_bits,
            layout.local_bits,
            *flaw
        )
    );
}

std::string to_string(const CompositeLayout& layout) {
    return absl::StrFormat(
        "%d+%d+%d+%d",
        layout.reserved_bits,
        layout.bucket_bits,
        layout.type_bits,
        layout.local_bits
    );
}

std::uint64_t compose(const CompositeLayout& layout, const CompositeParts& parts) {
    return (std::uint64_t{parts.bucket.value} << (layout.type_bits + layout.local_bits)) |
           (std::uint64_t{parts.type} << layout.local_bits) | parts.local;
}

CompositeParts decompose(const CompositeLayout& layout, std::uint64_t id) {
    CompositeParts parts;
    parts.local = id & low_bits(layout.local_bits);
    id >>= layout.local_bits;
    parts.type = static_cast<std::uint32_t>(id & low_bits(layout.type_bits));
    id >>= layout.type_bits;
    parts.bucket = BucketId{static_cast<std::uint32_t>(id & low_bits(layout.bucket_bits))};
    return parts;
}

}  // namespace mosaic::keys
