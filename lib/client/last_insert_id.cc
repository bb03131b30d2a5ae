#include "client/last_insert_id.h"

#include "sql/lexer.h"
#include "types/literal.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::client {
namespace {

using sql::Token;
using sql::TokenKind;

std::vector<Token> tokens_of(std::string_view text, const sql::Syntax& syntax) {
    std::vector<Token> tokens;
    sql::Lexer lexer(text, syntax);
    do {
        tokens.push_back(lexer.next());
    } while (tokens.back().kind != TokenKind::kEnd && tokens.back().kind != TokenKind::kBad);
    return tokens;
}

bool is_symbol(const Token& token, std::string_view text) {
    return token.kind == TokenKind::kSymbol && token.text == text;
}

bool is_word(const Token& token, std::string_view upper) {
    return token.kind == TokenKind::kWord && sql::same_word(token.text, upper);
}

// Each statement of a session is asked: no copy is made.
bool may_call(std::string_view text) {
    constexpr std::string_view kName = "LAST_INSERT_ID";
    const auto found =
        std::search(text.begin(), text.end(), kName.begin(), kName.end(), [](char c, char upper) {
            return absl::ascii_toupper(static_cast<unsigned char>(c)) == upper;
        });
    return found != text.end();
}

/// Puts `?` in the place of calls, and notes the values.
class Rewriter {
public:
    Rewriter(const Statement& statement, std::uint64_t value, const sql::Syntax& syntax)
        : statement_(statement), value_(value), tokens_(tokens_of(statement.sql(), syntax)) {}

    std::optional<Statement> run() {
        const std::string_view text = statement_.sql();
        if (sets_value())
            return std::nullopt;
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            note_clause(tokens_[i]);
            if (tokens_[i].kind == TokenKind::kParameter && !copy_value())
                return std::nullopt;
            if (is_call(i)) {
                if (is_in_items_ && !is_item(i))
                    return std::nullopt;  // a bound number has another type, and another label
                text_ += text.substr(copied_, tokens_[i].begin - copied_);
                put(i);
                copied_ = tokens_[i + 2].end;
                i += 2;
            }
        }
        if (copied_ == 0)
            return std::nullopt;
        text_ += text.substr(copied_);
        while (copy_value()) {  // one too many is the planner's to refuse
        }
        return statement_.with_text(std::move(text_), std::move(values_));
    }

private:
    /// Any call, with an argument or without.
    [[nodiscard]] bool is_any_call(std::size_t i) const {
        const bool is_name = i + 2 < tokens_.size() && is_word(tokens_[i], "LAST_INSERT_ID");
        const bool is_qualified = i > 0 && is_symbol(tokens_[i - 1], ".");
        return is_name && !is_qualified && is_symbol(tokens_[i + 1], "(");
    }

    [[nodiscard]] bool is_call(std::size_t i) const {
        return is_any_call(i) && is_symbol(tokens_[i + 2], ")");
    }

    /// With an argument it changes the value within the statement.
    [[nodiscard]] bool sets_value() const {
        for (std::size_t i = 0; i < tokens_.size(); ++i) {
            if (is_any_call(i) && !is_call(i))
                return true;
        }
        return false;
    }

    void note_clause(const Token& token) {
        if (is_symbol(token, "("))
            ++depth_;
        if (is_symbol(token, ")"))
            --depth_;
        if (depth_ == 0 && is_word(token, "SELECT"))
            is_in_items_ = true;
        if (depth_ == 0 && (is_word(token, "FROM") || is_word(token, "UNION")))
            is_in_items_ = false;
    }

    [[nodiscard]] const Token& after(std::size_t call) const {
        return tokens_[call + 3 < tokens_.size() ? call + 3 : call + 2];
    }

    /// Whether a call is a select item of its own, whose type and label can be kept.
    [[nodiscard]] bool is_item(std::size_t call) const {
        const Token& before = tokens_[call == 0 ? 0 : call - 1];
        const Token& next = after(call);
        return depth_ == 0 && (is_word(before, "SELECT") || is_symbol(before, ",")) &&
               (next.kind == TokenKind::kEnd || is_symbol(next, ",") || is_symbol(next, ";") ||
                is_word(next, "FROM") || is_word(next, "AS"));
    }

    void put(std::size_t call) {
        values_.emplace_back(value_);
        if (!is_in_items_) {
            text_ += '?';
            return;
        }
        text_ += "(? | 0)";  // BIGINT UNSIGNED, whatever the number
        if (is_word(after(call), "AS"))
            return;
        text_ += " AS ";
        const std::string_view text = statement_.sql();
        append_identifier(
            text_, text.substr(tokens_[call].begin, tokens_[call + 2].end - tokens_[call].begin)
        );
    }

    bool copy_value() {
        if (next_value_ == statement_.values().size())
            return false;
        values_.push_back(statement_.values()[next_value_++]);
        return true;
    }

    const Statement& statement_;
    const std::uint64_t value_;
    const std::vector<Token> tokens_;
    std::string text_;
    std::vector<Value> values_;
    std::size_t copied_ = 0;
    std::size_t next_value_ = 0;
    int depth_ = 0;
    bool is_in_items_ = false;
};

}  // namespace

std::optional<Statement> with_last_insert_id(
    const Statement& statement, std::uint64_t value, const sql::Syntax& syntax
) {
    if (statement.at() || statement.shard() || !may_call(statement.sql()))
        return std::nullopt;
    return Rewriter(statement, value, syntax).run();
}

}  // namespace mosaic::client
