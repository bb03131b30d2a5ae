#include "keys/charset.h"

#include <algorithm>
#include <array>

namespace mosaic::keys {
namespace {

// Characters of code page 1252 above U+00FF, in order: what the bytes 80 to 9F mean, except for 81,
// 8D, 8F, 90 and 9D.
constexpr std::array<std::uint32_t, 27> kCp1252 = {
    0x0152, 0x0153, 0x0160, 0x0161, 0x0178, 0x017D, 0x017E, 0x0192, 0x02C6,
    0x02DC, 0x2013, 0x2014, 0x2018, 0x2019, 0x201A, 0x201C, 0x201D, 0x201E,
    0x2020, 0x2021, 0x2022, 0x2026, 0x2030, 0x2039, 0x203A, 0x20AC, 0x2122,
};

bool is_in_latin1(std::uint32_t character) {
    if (character < 0x80 || (character >= 0xA0 && character <= 0xFF))
        return true;
    if (character < 0xA0) {
        return character == 0x81 || character == 0x8D || character == 0x8F || character == 0x90 ||
               character == 0x9D;
    }
    return std::binary_search(kCp1252.begin(), kCp1252.end(), character);
}

bool is_in(Charset charset, std::uint32_t character) {
    switch (charset) {
        case Charset::kUtf8mb4:
            return true;
        case Charset::kUtf8mb3:
            return character <= 0xFFFF;
        case Charset::kLatin1:
            return is_in_latin1(character);
        case Charset::kAscii:
            return character < 0x80;
    }
    return false;
}

// Takes the first character off `text`. Empty: not well-formed (overlong forms, halves of surrogate
// pairs and characters above U+10FFFF are not).
std::optional<std::uint32_t> take_character(std::string_view& text) {
    const auto byte_at = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::uint32_t lead = byte_at(0);
    std::size_t size = 1;
    std::uint32_t character = lead;
    std::uint32_t least = 0;
    if (lead >= 0xF0 && lead <= 0xF4) {
        size = 4;
        character = lead & 0x07;
        least = 0x10000;
    } else if (lead >= 0xE0 && lead < 0xF0) {
        size = 3;
        character = lead & 0x0F;
        least = 0x800;
    } else if (lead >= 0xC0 && lead < 0xE0) {
        size = 2;
        character = lead & 0x1F;
        least = 0x80;
    } else if (lead >= 0x80) {
        return std::nullopt;
    }
    if (text.size() < size)
        return std::nullopt;
    for (std::size_t i = 1; i < size; ++i) {
        if ((byte_at(i) & 0xC0) != 0x80)
            return std::nullopt;
        character = character << 6 | (byte_at(i) & 0x3FU);
    }
    const bool is_surrogate = character >= 0xD800 && character <= 0xDFFF;
    if (character < least || character > 0x10FFFF || is_surrogate)
        return std::nullopt;
    text.remove_prefix(size);
    return character;
}

}  // namespace

std::optional<Charset> charset_of(std::string_view name) {
    if (name == "utf8mb4")
        return Charset::kUtf8mb4;
    if (name == "utf8mb3" || name == "utf8")
        return Charset::kUtf8mb3;
    if (name == "latin1")
        return Charset::kLatin1;
    if (name == "ascii")
        return Charset::kAscii;
    return std::nullopt;
}

std::optional<std::size_t> count_characters(Charset charset, std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const std::optional<std::uint32_t> character = take_character(text);
        if (!character || !is_in(charset, *character))
            return std::nullopt;
        ++count;
    }
    return count;
}

}  // namespace mosaic::keys
