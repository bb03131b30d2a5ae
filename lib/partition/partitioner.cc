#include "mosaic/partitioner.h"

#include <charconv>

namespace mosaic {

absl::StatusOr<BucketId> Partitioner::bucket_of_integer(std::uint64_t key) const {
    char text[24];
    const char* end = std::to_chars(text, text + sizeof text, key).ptr;
    return bucket_of({text, static_cast<std::size_t>(end - text)});
}

}  // namespace mosaic
