#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mosaic::keys {

/// The character sets of text columns that may be shard keys. kLatin1 is what servers call latin1:
/// Windows code page 1252, its five undefined bytes being the control characters of that number.
enum class Charset : std::uint8_t { kUtf8mb4, kUtf8mb3, kLatin1, kAscii };

/// By the name that a server gives it (`utf8` is utf8mb3's old one); empty: not among ours.
[[nodiscard]] std::optional<Charset> charset_of(std::string_view name);

/// How many characters `text` has; empty when it is not well-formed UTF-8 or has a character that
/// `charset` lacks.
[[nodiscard]] std::optional<std::size_t> count_characters(Charset charset, std::string_view text);

}  // namespace mosaic::keys
