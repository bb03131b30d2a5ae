#include "utf8.h"

#include <locale.h>
#include <wchar.h>

namespace mosaic::tool {
namespace {

constexpr char32_t kSurrogates = 0xD800;
constexpr char32_t kSurrogatesEnd = 0xE000;
constexpr char32_t kEnd = 0x110000;

unsigned byte_at(std::string_view text, std::size_t at) {
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

/// The widths of characters are the C library's, in a locale that every machine has; the
/// process's own locale is not touched.
class UnicodeLocale {
public:
    UnicodeLocale() {
        // One for the process: making it is dear, and it is needed for every cell.
        static const locale_t kUnicode = ::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
        if (kUnicode != nullptr)
            before_ = ::uselocale(kUnicode);
    }

    ~UnicodeLocale() {
        if (before_ != nullptr)
            ::uselocale(before_);
    }

    UnicodeLocale(const UnicodeLocale&) = delete;
    UnicodeLocale& operator=(const UnicodeLocale&) = delete;

private:
    locale_t before_ = nullptr;
};

bool is_ascii(std::string_view text) {
    for (const char c : text) {
        if (static_cast<unsigned char>(c) >= 0x80)
            return false;
    }
    return true;
}

}  // namespace

Character character_at(std::string_view text, std::size_t at) {
    const unsigned first = byte_at(text, at);
    if (first < 0x80)
        return {first, 1, true};
    const Character invalid{first, 1, false};
    if (first < 0xC2 || first > 0xF4)
        return invalid;
    const std::size_t size = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
    char32_t code = first & (0xFFu >> (size + 1));
    for (std::size_t i = 1; i < size; ++i) {
        const unsigned next = byte_at(text, at + i);
        if ((next & 0xC0u) != 0x80u)
            return invalid;
        code = code << 6 | (next & 0x3Fu);
    }
    constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kSmallest[size] || code >= kEnd || (code >= kSurrogates && code < kSurrogatesEnd))
        return invalid;
    return {code, size, true};
}

std::size_t display_width(std::string_view text) {
    if (is_ascii(text))
        return text.size();
    const UnicodeLocale locale;
    std::size_t width = 0;
    for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        const int columns = ::wcwidth(static_cast<wchar_t>(character.code));
        width += columns < 0 ? 1 : static_cast<std::size_t>(columns);
        at += character.size;
    }
    return width;
}

}  // namespace mosaic::tool
