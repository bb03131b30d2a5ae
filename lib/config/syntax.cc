#include "config/syntax.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace mosaic::config {
namespace {

// Bytes of the UTF-8 character that `text` begins with; 0: none begins here.
std::size_t character_size(std::string_view text) {
    const auto byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<std::uint8_t>(text[i]) : std::uint8_t{0};
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0) == 0x80; };
    const std::uint8_t first = byte(0);
    if (first < 0x80)
        return 1;
    if (first >= 0xC2 && first < 0xE0)
        return continues(1) ? 2 : 0;
    // Neither longer than need be, nor half of a surrogate pair, nor above U+10FFFF.
    if (first >= 0xE0 && first < 0xF0)
        return continues(1) && continues(2) && !(first == 0xE0 && byte(1) < 0xA0) &&
                       !(first == 0xED && byte(1) >= 0xA0)
                   ? 3
                   : 0;
    if (first >= 0xF0 && first < 0xF5)
        return continues(1) && continues(2) && continues(3) && !(first == 0xF0 && byte(1) < 0x90) &&
                       !(first == 0xF4 && byte(1) >= 0x90)
                   ? 4
                   : 0;
    return 0;
}

bool is_control(char c) {
    const auto byte = static_cast<std::uint8_t>(c);
    return (byte < 0x20 && c != '\t' && c != '\n' && c != '\r') || byte == 0x7F;
}

bool begins_with_tab(std::string_view line) {
    return line.substr(0, line.find_first_not_of(" \t")).find('\t') != std::string_view::npos;
}

// ` at ..`, never with a password.
std::string show_line(const std::string& line, bool is_last) {
    if (is_last && line.find_first_not_of(" \r") == std::string::npos)
        return ", at the end of the file";
    const bool is_secret = absl::AsciiStrToLower(line).find("password") != std::string::npos;
    return is_secret ? ""
                     : absl::StrFormat(", at `%s`", line.substr(0, line.find('\r')).substr(0, 60));
}

// What a message of yaml-cpp mostly comes from.
std::string_view hint(std::string_view message) {
    const auto has = [&](std::string_view part) { return message.find(part) != message.npos; };
    if (has("flow not found"))
        return "a bracket or a quote before this is not closed";
    if (has("illegal map value"))
        return "this line begins further right or left than those it belongs to, or a text with a "
               "colon needs quotes";
    if (has("anchor"))
        return "an alias `*name` needs its `&name` before it; a text that begins with * needs "
               "quotes";
    return "correct the YAML there, or just before";
}

}  // namespace

std::optional<SyntaxFlaw> first_unreadable(std::string_view text) {
    SyntaxFlaw here;
    while (!text.empty()) {
        const std::size_t size = character_size(text);
        const auto byte = static_cast<std::uint8_t>(text.front());
        if (size == 0)
            here.what = absl::StrFormat("byte 0x%02X is no UTF-8; save the file as UTF-8", byte);
        else if (is_control(text.front()))
            here.what = absl::StrFormat(
                "byte 0x%02X is a control character; take it out, or write it as \"\\x%02X\"",
                byte,
                byte
            );
        if (!here.what.empty())
            return here;
        ++here.column;
        if (text.front() == '\n') {
            ++here.line;
            here.column = 1;
        }
        text.remove_prefix(size);
    }
    return std::nullopt;
}

SyntaxFlaw explain_syntax(std::string_view yaml, int line, int column, std::string_view message) {
    const std::vector<std::string> lines = absl::StrSplit(std::string(yaml), '\n');
    const std::size_t at = std::min(static_cast<std::size_t>(std::max(line, 0)), lines.size() - 1);
    const auto after = lines.begin() + static_cast<std::ptrdiff_t>(at) + 1;
    return {
        std::max(line, 0) + 1,
        std::max(column, 0) + 1,
        absl::StrFormat(
            "%s%s; %s",
            message,
            show_line(lines[at], after == lines.end()),
            std::any_of(lines.begin(), after, begins_with_tab)
                ? "lines begin with blanks in YAML, never with tabs"
                : hint(message)
        )};
}

}  // namespace mosaic::config
