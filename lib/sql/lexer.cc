#include "sql/lexer.h"

#include <array>
#include <charconv>

namespace mosaic::sql {
namespace {

/// What a byte can be, several at once. kSkipped: it may begin what stands between tokens.
enum : std::uint8_t { kDigit = 1, kHexDigit = 2, kWordByte = 4, kBlank = 8, kSkipped = 16 };

constexpr std::array<std::uint8_t, 256> make_classes() {
    std::array<std::uint8_t, 256> classes{};
    for (std::size_t i = 0; i < classes.size(); ++i) {
        const bool is_digit = i >= '0' && i <= '9';
        const std::size_t letter = i | 0x20;
        const bool is_hex = is_digit || (letter >= 'a' && letter <= 'f');
        const bool is_word =
            is_digit || (letter >= 'a' && letter <= 'z') || i == '_' || i == '$' || i >= 0x80;
        const bool is_blank = i == ' ' || (i >= '\t' && i <= '\r');
        const bool is_skipped = is_blank || i == '#' || i == '-' || i == '/' || i == '*';
        classes[i] = static_cast<std::uint8_t>(
            (is_digit ? kDigit : 0) | (is_hex ? kHexDigit : 0) | (is_word ? kWordByte : 0) |
            (is_blank ? kBlank : 0) | (is_skipped ? kSkipped : 0)
        );
    }
    return classes;
}

constexpr std::array<std::uint8_t, 256> kClasses = make_classes();

bool is_of(std::uint8_t which, char c) {
    return (kClasses[static_cast<unsigned char>(c)] & which) != 0;
}

bool is_digit(char c) {
    return is_of(kDigit, c);
}

bool is_hex_digit(char c) {
    return is_of(kHexDigit, c);
}

bool is_blank(char c) {
    return is_of(kBlank, c);
}

}  // namespace

bool is_word_byte(char c) {
    return is_of(kWordByte, c);
}

bool same_word(std::string_view word, std::string_view upper) {
    if (word.size() != upper.size())
        return false;
    for (std::size_t i = 0; i < word.size(); ++i) {
        const char c = word[i] >= 'a' && word[i] <= 'z' ? static_cast<char>(word[i] - 32) : word[i];
        if (c != upper[i])
            return false;
    }
    return true;
}

// The token ends here.
void Lexer::end(Token& out, TokenKind kind) {
    out.kind = kind;
    out.has_escapes = false;
    out.terminal = Terminal();
    out.end = at_;
    out.text = {text_.data() + out.begin, at_ - out.begin};
}

void Lexer::bad(Token& out, std::string_view problem) {
    problem_ = problem;
    at_ = static_cast<std::uint32_t>(text_.size());
    end(out, TokenKind::kBad);
}

// False: a comment does not end.
bool Lexer::skip_blanks() {
    while (at_ < text_.size()) {
        const char c = text_[at_];
        if (is_blank(c)) {
            ++at_;
        } else if (c == '#' || (c == '-' && peek(1) == '-' && (at_ + 2 >= text_.size() || is_blank(peek(2)) || static_cast<unsigned char>(peek(2)) < 0x20))) {
            const auto end = text_.find('\n', at_);
            at_ = end == std::string_view::npos ? static_cast<std::uint32_t>(text_.size())
                                                : static_cast<std::uint32_t>(end + 1);
        } else if (c == '/' && peek(1) == '*') {
            if (!skip_comment())
                return false;
        } else if (c == '*' && peek(1) == '/' && open_comments_ > 0) {
            --open_comments_;
            if (told_)
                told_(at_, at_ + 2);
            at_ += 2;
            frame_end_ = at_;
        } else {
            break;
        }
    }
    return true;
}

bool Lexer::skip_comment() {
    std::uint32_t at = at_ + 2;
    const bool is_mariadb_only = peek(2) == 'M' && peek(3) == '!';
    if (peek(2) == '!' || is_mariadb_only) {
        at += is_mariadb_only ? 2 : 1;
        std::uint32_t digits = at;
        while (digits < text_.size() && is_digit(text_[digits]) && digits - at < 6) ++digits;
        std::uint32_t version = 0;
        if (digits - at >= 5)
            std::from_chars(text_.data() + at, text_.data() + digits, version);
        else
            digits = at;
        // MariaDB does not take the version numbers of MySQL 5.7 to 9 for its own.
        const bool is_of_mysql = version >= 50700 && version <= 99999;
        const bool is_read = (!is_mariadb_only || syntax_.is_mariadb) &&
                             version <= syntax_.server_version &&
                             !(syntax_.is_mariadb && !is_mariadb_only && is_of_mysql);
        if (is_read) {
            if (told_)
                told_(at_, digits);
            at_ = digits;
            ++open_comments_;
            return true;
        }
    }
    const auto end = text_.find("*/", at);
    if (end == std::string_view::npos)
        return false;
    if (told_ && at != at_ + 2)
        told_(at_, end + 2);
    at_ = static_cast<std::uint32_t>(end + 2);
    return true;
}

void Lexer::next(Token& out) {
    const std::uint32_t before = at_;
    if (peek() == ' ')
        ++at_;
    const bool is_closed = !is_of(kSkipped, peek()) || skip_blanks();
    out.begin = at_;
    out.is_adjacent = before == at_;
    const bool is_part_of_name = is_after_name_ && out.is_adjacent;
    is_after_name_ = false;
    if (!is_closed)
        return bad(out, "a comment that does not end");
    if (at_ >= text_.size())
        return open_comments_ > 0 ? bad(out, "an executable comment that does not end")
                                  : end(out, TokenKind::kEnd);
    const char c = text_[at_];
    if (is_digit(c))
        return number(out);
    if (is_word_byte(c)) {
        if (peek(1) == '\'' && (c == 'x' || c == 'X'))
            return quoted(out, at_ + 1, TokenKind::kHex);
        if (peek(1) == '\'' && (c == 'b' || c == 'B'))
            return quoted(out, at_ + 1, TokenKind::kBit);
        return word(out);
    }
    switch (c) {
        case '\'':
            return quoted(out, at_, TokenKind::kText);
        case '"':
            return quoted(
                out, at_, syntax_.ansi_quotes ? TokenKind::kQuotedName : TokenKind::kText
            );
        case '`':
            return quoted(out, at_, TokenKind::kQuotedName);
        case '@':
            return at_sign(out);
        case '?':
            ++at_;
            return end(out, TokenKind::kParameter);
        case '.':
            return is_digit(peek(1)) && !is_part_of_name ? number(out) : symbol(out);
        default:
            return symbol(out);
    }
}

void Lexer::word(Token& out) {
    std::size_t at = at_;
    while (at < text_.size() && is_word_byte(text_[at])) ++at;
    at_ = static_cast<std::uint32_t>(at);
    end(out, TokenKind::kWord);
    out.terminal = Terminal::of_word(out.text);
    is_after_name_ = true;
}

// Digits may begin a name too: `1a` is one, `1e5` is a number, `1e` is a name.
void Lexer::number(Token& out) {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'b')) {
        const bool is_hex = peek(1) == 'x';
        std::uint32_t last = at_ + 2;
        while (last < text_.size() &&
               (is_hex ? is_hex_digit(text_[last]) : text_[last] == '0' || text_[last] == '1'))
            ++last;
        if (last > at_ + 2 && (last >= text_.size() || !is_word_byte(text_[last]))) {
            at_ = last;
            return end(out, is_hex ? TokenKind::kHex : TokenKind::kBit);
        }
    }
    while (is_digit(peek())) ++at_;
    TokenKind kind = TokenKind::kInteger;
    if (peek() == '.') {
        kind = TokenKind::kDecimal;
        ++at_;
        while (is_digit(peek())) ++at_;
    }
    if (peek() == 'e' || peek() == 'E') {
        const std::uint32_t sign = peek(1) == '+' || peek(1) == '-' ? 2 : 1;
        if (is_digit(peek(sign))) {
            at_ += sign;
            while (is_digit(peek())) ++at_;
            return end(out, TokenKind::kDouble);
        }
    }
    if (kind == TokenKind::kInteger && is_word_byte(peek()))
        return word(out);
    end(out, kind);
}

void Lexer::quoted(Token& out, std::uint32_t quote_at, TokenKind kind) {
    const char quote = text_[quote_at];
    const bool may_escape = kind == TokenKind::kText && !syntax_.no_backslash_escapes;
    const bool may_double = kind != TokenKind::kHex && kind != TokenKind::kBit;
    bool has_escapes = false;
    for (std::size_t at = quote_at + 1; at < text_.size(); ++at) {
        const char c = text_[at];
        if (c == quote) {
            if (!may_double || at + 1 >= text_.size() || text_[at + 1] != quote) {
                at_ = static_cast<std::uint32_t>(at + 1);
                end(out, kind);
                out.has_escapes = has_escapes;
                is_after_name_ = kind == TokenKind::kQuotedName;
                return;
            }
            has_escapes = true;
            ++at;
        } else if (c == '\\' && may_escape) {
            has_escapes = true;
            ++at;
        }
    }
    bad(out, "a quote that is not closed");
}

void Lexer::at_sign(Token& out) {
    if (peek(1) == '@') {
        at_ += 2;
        return end(out, TokenKind::kSystemVariable);
    }
    ++at_;
    if (peek() == '\'' || peek() == '"' || peek() == '`') {
        quoted(out, at_, TokenKind::kQuotedName);
        if (out.kind != TokenKind::kBad)
            out.kind = TokenKind::kUserVariable;
        is_after_name_ = false;
        return;
    }
    while (at_ < text_.size() && (is_word_byte(text_[at_]) || text_[at_] == '.')) ++at_;
    end(out, TokenKind::kUserVariable);
}

void Lexer::symbol(Token& out) {
    const Terminal terminal = Terminal::at_begin_of(text_.substr(at_));
    if (terminal == Terminal())
        return bad(out, "a character that begins no token");
    at_ += static_cast<std::uint32_t>(terminal.text().size());
    end(out, TokenKind::kSymbol);
    out.terminal = terminal;
}

}  // namespace mosaic::sql
