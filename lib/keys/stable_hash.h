#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace mosaic::keys {

/// Version of the stable hash: in every shard's identity. 1: CRC-32 of the canonical bytes.
inline constexpr int kStableHashVersion = 1;

/// CRC-32 as zlib, ISO 3309 and SQL's CRC32() have it (reflected polynomial 0xEDB88320): a key's
/// bucket can be computed inside a server. Cost: about 1 ns a byte.
[[nodiscard]] std::uint32_t stable_hash(std::string_view bytes);

/// stable_hash() of the number's decimal text, as SQL's CRC32(12345) has it.
[[nodiscard]] std::uint32_t stable_hash(std::uint64_t number);
[[nodiscard]] std::uint32_t stable_hash(std::int64_t number);

}  // namespace mosaic::keys
