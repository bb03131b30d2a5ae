#include "migrate/tokens.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <utility>

namespace mosaic::migrate {
namespace {

bool is_word_character(char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$' ||
           static_cast<unsigned char>(c) >= 0x80;
}

bool is_number(std::string_view text) {
    for (const char c : text) {
        if (!absl::ascii_isdigit(static_cast<unsigned char>(c)))
            return false;
    }
    return !text.empty();
}

class Tokenizer {
public:
    Tokenizer(std::string_view text, const sql::Syntax& syntax) : text_(text), syntax_(syntax) {}

    std::vector<Token> run() {
        while (at_ < text_.size()) {
            if (absl::ascii_isspace(static_cast<unsigned char>(text_[at_])))
                ++at_;
            else if (!skip_comment())
                read_token();
        }
        return std::move(tokens_);
    }

private:
    [[nodiscard]] bool starts(std::string_view prefix) const {
        return text_.substr(at_, prefix.size()) == prefix;
    }

    void skip_past(std::string_view end) {
        const std::size_t found = text_.find(end, at_);
        at_ = found == std::string_view::npos ? text_.size() : found + end.size();
    }

    // `--` begins a comment only before a blank or the end, as servers have it.
    [[nodiscard]] bool starts_line_comment() const {
        if (text_[at_] == '#')
            return true;
        if (!starts("--"))
            return false;
        return at_ + 2 == text_.size() ||
               absl::ascii_isspace(static_cast<unsigned char>(text_[at_ + 2])) ||
               absl::ascii_iscntrl(static_cast<unsigned char>(text_[at_ + 2]));
    }

    bool skip_comment() {
        if (starts_line_comment()) {
            skip_past("\n");
        } else if (starts("/*!") || starts("/*M!")) {
            at_ += starts("/*!") ? std::size_t{3} : std::size_t{4};
            while (at_ < text_.size() && absl::ascii_isdigit(static_cast<unsigned char>(text_[at_]))
            )
                ++at_;
            is_in_executable_comment_ = true;
        } else if (starts("/*")) {
            at_ += 2;
            skip_past("*/");
        } else if (is_in_executable_comment_ && starts("*/")) {
            at_ += 2;
            is_in_executable_comment_ = false;
        } else {
            return false;
        }
        return true;
    }

    void read_token() {
        const char c = text_[at_];
        if (c == '`' || (c == '"' && syntax_.ansi_quotes))
            read_quoted(TokenKind::kName);
        else if (c == '\'' || c == '"')
            read_quoted(TokenKind::kText);
        else if (is_word_character(c))
            read_word();
        else
            add(TokenKind::kSymbol, at_, at_ + 1, at_ + 1);
    }

    void read_word() {
        std::size_t end = at_;
        while (end < text_.size() && is_word_character(text_[end])) ++end;
        const bool has_digits_only = is_number(text_.substr(at_, end - at_));
        add(has_digits_only ? TokenKind::kNumber : TokenKind::kWord, at_, end, end);
    }

    void read_quoted(TokenKind kind) {
        const char quote = text_[at_];
        const bool escapes = kind == TokenKind::kText && !syntax_.no_backslash_escapes;
        std::size_t end = at_ + 1;
        while (end < text_.size()) {
            if (escapes && text_[end] == '\\')
                ++end;
            else if (text_[end] == quote && end + 1 < text_.size() && text_[end + 1] == quote)
                ++end;
            else if (text_[end] == quote)
                break;
            ++end;
        }
        end = std::min(end, text_.size());
        const std::size_t after = std::min(end + 1, text_.size());
        if (kind == TokenKind::kName)
            add(kind, at_ + 1, end, after);
        else
            add(kind, at_, after, after);
    }

    void add(TokenKind kind, std::size_t begin, std::size_t end, std::size_t after) {
        tokens_.push_back({kind, text_.substr(begin, end - begin), at_, is_in_executable_comment_});
        at_ = after;
    }

    std::string_view text_;
    const sql::Syntax& syntax_;
    std::size_t at_ = 0;
    bool is_in_executable_comment_ = false;
    std::vector<Token> tokens_;
};

}  // namespace

bool Token::is(std::string_view upper) const {
    if (kind != TokenKind::kWord || text.size() != upper.size())
        return false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (absl::ascii_toupper(static_cast<unsigned char>(text[i])) != upper[i])
            return false;
    }
    return true;
}

bool Token::is_symbol(char c) const {
    return kind == TokenKind::kSymbol && text.front() == c;
}

bool Token::is_name() const {
    return kind == TokenKind::kWord || kind == TokenKind::kName;
}

std::string Token::name() const {
    if (kind != TokenKind::kName)
        return std::string(text);
    // The quote itself is the character before the text.
    const char quote = *(text.data() - 1);
    std::string name;
    for (std::size_t i = 0; i < text.size(); ++i) {
        name.push_back(text[i]);
        if (text[i] == quote)
            ++i;
    }
    return name;
}

std::vector<Token> tokenize(std::string_view text, const sql::Syntax& syntax) {
    return Tokenizer(text, syntax).run();
}

}  // namespace mosaic::migrate
