#pragma once

#include <cstddef>
#include <string_view>

namespace mosaic::tool {

/// The character that begins at a place of a text.
struct Character {
    char32_t code = 0;
    std::size_t size = 1;   ///< In bytes; at least 1.
    bool is_valid = false;  ///< False: one byte that begins no UTF-8.
};

/// \pre at < text.size()
[[nodiscard]] Character character_at(std::string_view text, std::size_t at);

/// Columns that a terminal needs: two for wide characters, none for combining ones.
/// \pre the text is valid UTF-8 without control characters
[[nodiscard]] std::size_t display_width(std::string_view text);

}  // namespace mosaic::tool
