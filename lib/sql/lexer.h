#pragma once

#include "sql/parser.h"
#include "sql/terminals.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace mosaic::sql {

enum class TokenKind : std::uint8_t {
    kEnd,
    kWord,        ///< A bare word: keyword or name.
    kQuotedName,  ///< `..`, or "..": by ANSI_QUOTES.
    kText,        ///< '..', or "..".
    kInteger,
    kDecimal,
    kDouble,
    kHex,             ///< x'..' or 0x..
    kBit,             ///< b'..' or 0b..
    kParameter,       ///< ?
    kUserVariable,    ///< @name, @`name`, @'name'
    kSystemVariable,  ///< @@; the name follows as words.
    kSymbol,          ///< An operator or punctuation.
    kBad,             ///< What cannot be a token: see Lexer::problem.
};

struct Token {
    TokenKind kind = TokenKind::kEnd;
    bool is_adjacent = false;  ///< It stands right behind the token before it.
    bool has_escapes = false;  ///< kQuotedName and kText: a doubled quote, or a backslash.
    Terminal terminal;         ///< kWord and kSymbol: which one, if the grammar names it.
    std::uint32_t begin = 0;   ///< In bytes.
    std::uint32_t end = 0;
    /// kQuotedName and kText: with its quotes; else as written.
    std::string_view text;
};

/// Cuts a statement into tokens, one at a time; makes no copy. Comments are skipped, but for
/// executable ones whose version fits: what is in them is read as SQL.
class Lexer {
public:
    Lexer(std::string_view text, const Syntax& syntax) : text_(text), syntax_(syntax) {}

    void next(Token& out);

    [[nodiscard]] Token next() {
        Token token;
        next(token);
        return token;
    }

    /// Why the last token is kBad.
    [[nodiscard]] std::string_view problem() const { return problem_; }

    /// Where the last executable comment that was read ended; 0: none.
    [[nodiscard]] std::uint32_t frame_end() const { return frame_end_; }

    /// Told the bytes of each frame of an executable comment that is read, and of each that is not.
    void on_frame(std::function<void(std::size_t begin, std::size_t end)> told) {
        told_ = std::move(told);
    }

private:
    bool skip_blanks();
    bool skip_comment();
    // Each writes the token that begins at out.begin: fields one by one, since a token that is
    // copied right after its bytes were written costs as much as cutting it.
    void word(Token& out);
    void number(Token& out);
    void quoted(Token& out, std::uint32_t quote_at, TokenKind kind);
    void at_sign(Token& out);
    void symbol(Token& out);
    void bad(Token& out, std::string_view problem);
    void end(Token& out, TokenKind kind);

    [[nodiscard]] char peek(std::uint32_t ahead = 0) const {
        return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0';
    }

    std::string_view text_;
    const Syntax& syntax_;
    std::uint32_t at_ = 0;
    std::uint32_t frame_end_ = 0;
    int open_comments_ = 0;       ///< Executable comments that are not closed yet.
    bool is_after_name_ = false;  ///< A dot behind a name begins no number: t.1a
    std::string_view problem_;
    std::function<void(std::size_t, std::size_t)> told_;
};

[[nodiscard]] bool is_word_byte(char c);

/// Case-insensitive, ASCII. `upper` is upper case.
[[nodiscard]] bool same_word(std::string_view word, std::string_view upper);

}  // namespace mosaic::sql
