#include "sql/lexer.h"

#include <array>
#include <charconv>

namespace mosaic::sql {
namespace {

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

bool is_hex_digit(char c) {
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

constexpr std::array<std::string_view, 12> kLongSymbols = {
    "<=>",
    "->>",
    "->",
    "<<",
    ">>",
    "<=",
    ">=",
    "<>",
    "!=",
    ":=",
    "&&",
    "||",
};

constexpr std::string_view kSymbols = "+-*/%=<>!~^&|(),.;:{}";

}  // namespace

bool is_word_byte(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || static_cast<unsigned char>(c) >= 0x80;
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

Token Lexer::make(TokenKind kind, std::uint32_t begin) const {
    return {kind, false, false, begin, at_, text_.substr(begin, at_ - begin)};
}

Token Lexer::bad(std::uint32_t begin, std::string_view problem) {
    problem_ = problem;
    at_ = static_cast<std::uint32_t>(text_.size());
    return make(TokenKind::kBad, begin);
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
    constexpr std::string_view kDirective = "/*mosaic";
    if (directives_.empty() && text_.substr(at_).starts_with(kDirective) && is_blank(peek(8)))
        directives_ = text_.substr(at_ + kDirective.size(), end - at_ - kDirective.size());
    at_ = static_cast<std::uint32_t>(end + 2);
    return true;
}

Token Lexer::next() {
    const std::uint32_t before = at_;
    if (!skip_blanks())
        return bad(at_, "a comment that does not end");
    const std::uint32_t begin = at_;
    Token token;
    if (at_ >= text_.size()) {
        if (open_comments_ > 0)
            return bad(begin, "an executable comment that does not end");
        token = make(TokenKind::kEnd, begin);
    } else {
        const char c = text_[at_];
        if (is_digit(c) || (c == '.' && is_digit(peek(1)) && !(is_after_name_ && before == begin)))
            token = number(begin);
        else if ((c == 'x' || c == 'X') && peek(1) == '\'')
            token = quoted(begin, begin + 1, TokenKind::kHex);
        else if ((c == 'b' || c == 'B') && peek(1) == '\'')
            token = quoted(begin, begin + 1, TokenKind::kBit);
        else if (is_word_byte(c))
            token = word(begin);
        else if (c == '\'')
            token = quoted(begin, begin, TokenKind::kText);
        else if (c == '"')
            token = quoted(
                begin, begin, syntax_.ansi_quotes ? TokenKind::kQuotedName : TokenKind::kText
            );
        else if (c == '`')
            token = quoted(begin, begin, TokenKind::kQuotedName);
        else if (c == '@')
            token = at_sign(begin);
        else if (c == '?')
            ++at_, token = make(TokenKind::kParameter, begin);
        else
            token = symbol(begin);
    }
    token.is_adjacent = before == begin;
    is_after_name_ = token.kind == TokenKind::kWord || token.kind == TokenKind::kQuotedName;
    return token;
}

Token Lexer::word(std::uint32_t begin) {
    while (at_ < text_.size() && is_word_byte(text_[at_])) ++at_;
    Token token = make(TokenKind::kWord, begin);
    token.is_reserved = is_reserved(token.text);
    return token;
}

// Digits may begin a name too: `1a` is one, `1e5` is a number, `1e` is a name.
Token Lexer::number(std::uint32_t begin) {
    if (peek() == '0' && (peek(1) == 'x' || peek(1) == 'b')) {
        const bool is_hex = peek(1) == 'x';
        std::uint32_t end = at_ + 2;
        while (end < text_.size() &&
               (is_hex ? is_hex_digit(text_[end]) : text_[end] == '0' || text_[end] == '1'))
            ++end;
        if (end > at_ + 2 && (end >= text_.size() || !is_word_byte(text_[end]))) {
            at_ = end;
            return make(is_hex ? TokenKind::kHex : TokenKind::kBit, begin);
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
            return make(TokenKind::kDouble, begin);
        }
    }
    if (kind == TokenKind::kInteger && is_word_byte(peek()))
        return word(begin);
    return make(kind, begin);
}

Token Lexer::quoted(std::uint32_t begin, std::uint32_t at, TokenKind kind) {
    const char quote = text_[at];
    const bool has_escapes = kind == TokenKind::kText && !syntax_.no_backslash_escapes;
    for (at_ = at + 1; at_ < text_.size(); ++at_) {
        if (text_[at_] == '\\' && has_escapes) {
            ++at_;
        } else if (text_[at_] == quote) {
            if (peek(1) != quote || kind == TokenKind::kHex || kind == TokenKind::kBit) {
                ++at_;
                return make(kind, begin);
            }
            ++at_;
        }
    }
    return bad(begin, "a quote that is not closed");
}

Token Lexer::at_sign(std::uint32_t begin) {
    if (peek(1) == '@') {
        at_ += 2;
        return make(TokenKind::kSystemVariable, begin);
    }
    ++at_;
    if (peek() == '\'' || peek() == '"' || peek() == '`') {
        Token token = quoted(begin, at_, TokenKind::kQuotedName);
        if (token.kind != TokenKind::kBad)
            token.kind = TokenKind::kUserVariable;
        return token;
    }
    while (at_ < text_.size() && (is_word_byte(text_[at_]) || text_[at_] == '.')) ++at_;
    return make(TokenKind::kUserVariable, begin);
}

Token Lexer::symbol(std::uint32_t begin) {
    const std::string_view rest = text_.substr(at_);
    if (rest.front() == '(' || rest.front() == ')' || rest.front() == ',' || rest.front() == '.') {
        ++at_;
        return make(TokenKind::kSymbol, begin);
    }
    for (const std::string_view symbol : kLongSymbols) {
        if (rest.starts_with(symbol)) {
            at_ += static_cast<std::uint32_t>(symbol.size());
            return make(TokenKind::kSymbol, begin);
        }
    }
    if (kSymbols.find(rest.front()) == std::string_view::npos)
        return bad(begin, "a character that begins no token");
    ++at_;
    return make(TokenKind::kSymbol, begin);
}

}  // namespace mosaic::sql
