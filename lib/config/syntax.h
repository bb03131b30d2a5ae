#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mosaic::config {

/// Why a file is not YAML, and where; line and column from 1.
struct SyntaxFlaw {
    int line = 1;
    int column = 1;
    std::string what;
};

/// The first byte that is no UTF-8, or a control character. yaml-cpp would take the one for a
/// letter and, at some of the other, stop reading as if the file ended there.
[[nodiscard]] std::optional<SyntaxFlaw> first_unreadable(std::string_view text);

/// What yaml-cpp says (`message` at `line` and `column`, from 0), with the text that is there and
/// what it mostly comes from.
[[nodiscard]] SyntaxFlaw explain_syntax(
    std::string_view yaml, int line, int column, std::string_view message
);

}  // namespace mosaic::config
