#pragma once

#include "sql/parser.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::migrate {

enum class TokenKind : std::uint8_t {
    kWord,    ///< A keyword or a bare name.
    kName,    ///< A quoted name: text is what is between the quotes.
    kText,    ///< A string literal, with its quotes.
    kNumber,  ///< Digits.
    kSymbol,  ///< One character.
};

/// A view into the statement's text.
struct Token {
    TokenKind kind = TokenKind::kSymbol;
    std::string_view text;
    std::size_t begin = 0;  ///< Of the token, quotes included, in the statement's text.
    bool is_in_executable_comment = false;

    /// A bare word, in any case. \pre `upper` is in upper case
    [[nodiscard]] bool is(std::string_view upper) const;
    [[nodiscard]] bool is_symbol(char c) const;
    [[nodiscard]] bool is_name() const;
    /// The name it stands for, doubled quotes undone. \pre is_name()
    [[nodiscard]] std::string name() const;
};

/// A statement's tokens; comments are none, what executable comments hold is. Knows no grammar: a
/// literal that does not end goes to the end of the text, for the server to refuse.
[[nodiscard]] std::vector<Token> tokenize(std::string_view text, const sql::Syntax& syntax);

}  // namespace mosaic::migrate
