#include "sql/grammar.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <string>

namespace mosaic::sql {
namespace {

// What stands at a token, for a message.
std::string shown(const Token& token) {
    if (token.kind == TokenKind::kEnd)
        return "the end";
    constexpr std::size_t kShown = 30;
    return "`" + std::string(token.text.substr(0, kShown)) +
           (token.text.size() > kShown ? ".." : "") + "`";
}

}  // namespace

Grammar::Grammar(std::string_view text, const Syntax& syntax, Arena& arena)
    : text_(text), syntax_(syntax), arena_(arena), lexer_(text, syntax) {}

void Grammar::fill(std::size_t ahead) {
    while (ahead_count_ <= ahead) {
        lexer_.next(ahead_[(ahead_begin_ + ahead_count_) % ahead_.size()]);
        ++ahead_count_;
    }
}

bool Grammar::expect(Terminal terminal) {
    if (accept(terminal))
        return true;
    const std::string text(terminal.text());
    fail(is_word_byte(text.front()) ? text : "`" + text + "`");
    return false;
}

std::nullptr_t Grammar::fail(
    std::string_view expected, int mysql_errno, std::string_view sqlstate
) {
    if (!status_.ok())
        return nullptr;
    const Token& token = peek();
    const std::string_view before = text_.substr(0, token.begin);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const auto line_begin =
        before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
    ErrorDetail detail;
    detail.mysql_errno = mysql_errno;
    detail.sqlstate = sqlstate;
    detail.outcome = Outcome::kNotSent;
    const std::string where = absl::StrFormat(
        "parse statement: line %d column %d: ", line, before.size() - line_begin + 1
    );
    if (token.kind == TokenKind::kBad) {
        status_ = make_error(
            errors::kParseSyntax, absl::StrFormat("%sfound %s", where, lexer_.problem()), detail
        );
    } else {
        status_ = make_error(
            errors::kParseSyntax,
            absl::StrFormat("%sfound %s, expected %s", where, shown(token), expected),
            detail
        );
    }
    return nullptr;
}

std::nullptr_t Grammar::unsupported(std::string_view what) {
    if (!status_.ok())
        return nullptr;
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    status_ = make_error(
        errors::kParseUnsupported,
        absl::StrFormat(
            "parse statement: %s near %s is not of our grammar; send it to one shard with at()",
            what,
            shown(peek())
        ),
        detail
    );
    return nullptr;
}

std::nullptr_t Grammar::too_deep(std::string_view what) {
    if (!status_.ok())
        return nullptr;
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    status_ = make_error(
        errors::kParseTooDeep,
        absl::StrFormat(
            "parse statement: %s (%d levels, or %d operators in a row, at most); write lists as IN "
            "(..)",
            what,
            kParseDepthMax,
            kChainMax
        ),
        detail
    );
    return nullptr;
}

std::string_view Grammar::rest() {
    const auto is_last = [&] { return at_end() || (at(";") && peek(1).kind == TokenKind::kEnd); };
    if (is_last())
        return {};
    const std::uint32_t begin = peek().begin;
    bool is_closed = false;
    while (!is_last() && peek().kind != TokenKind::kBad) is_closed = take().terminal == ";";
    if (is_closed)
        fail("one `;` at the end");
    // Cut off behind its last token, as here, it would end in a comment that was none.
    if (since(begin).ends_with("--"))
        fail("an operand");
    return since(begin);
}

// A quoted text's or name's meaning: doubled quotes and escapes undone, in the arena when it
// differs.
std::string_view Grammar::text_value(std::string_view quoted) {
    const char quote = quoted.front();
    const std::string_view inner = quoted.substr(1, quoted.size() - 2);
    const bool has_escapes = quote != '`' && !syntax_.no_backslash_escapes;
    if (inner.find(quote) == std::string_view::npos &&
        (!has_escapes || inner.find('\\') == std::string_view::npos))
        return inner;
    std::string out;
    out.reserve(inner.size());
    for (std::size_t i = 0; i < inner.size(); ++i) {
        char c = inner[i];
        if (c == quote) {
            ++i;  // doubled
        } else if (c == '\\' && has_escapes && i + 1 < inner.size()) {
            c = inner[++i];
            switch (c) {
                case 'n':
                    c = '\n';
                    break;
                case 't':
                    c = '\t';
                    break;
                case 'r':
                    c = '\r';
                    break;
                case 'b':
                    c = '\b';
                    break;
                case '0':
                    c = '\0';
                    break;
                case 'Z':
                    c = '\x1a';
                    break;
                case '%':
                case '_':
                    out.push_back('\\');
                    break;
                default:
                    break;
            }
        }
        out.push_back(c);
    }
    return arena_.copy(std::string_view(out));
}

std::string_view Grammar::text_value(const Token& quoted) {
    return quoted.has_escapes ? text_value(quoted.text)
                              : quoted.text.substr(1, quoted.text.size() - 2);
}

std::string_view Grammar::name_text(const Token& token) {
    return token.kind == TokenKind::kQuotedName ? text_value(token) : token.text;
}

std::optional<std::string_view> Grammar::name(std::string_view expected) {
    if (!at_name()) {
        fail(expected);
        return std::nullopt;
    }
    return name_text(take());
}

std::optional<std::string_view> Grammar::any_name(std::string_view expected) {
    const TokenKind kind = peek().kind;
    if (kind != TokenKind::kQuotedName && kind != TokenKind::kWord && kind != TokenKind::kInteger) {
        fail(expected);
        return std::nullopt;
    }
    return name_text(take());
}

bool Grammar::alias(std::string_view& out, bool may_be_text) {
    const bool has_as = accept("AS");
    if (at_name()) {
        out = name_text(take());
        return true;
    }
    if (may_be_text && peek().kind == TokenKind::kText) {
        out = text_value(take());
        return true;
    }
    if (has_as)
        fail("an alias");
    return !has_as;
}

bool Grammar::name_list(std::span<const std::string_view>& out) {
    List<std::string_view> names;
    if (!expect("("))
        return false;
    do {
        const auto one = name("a name");
        if (!one)
            return false;
        names.push_back(*one);
    } while (accept(","));
    out = arena_.copy(names);
    return expect(")");
}

absl::StatusOr<const Statement*> parse(std::string_view text, const Syntax& syntax, Arena& arena) {
    Grammar grammar(text, syntax, arena);
    const Statement* statement = grammar.statement();
    if (statement == nullptr)
        return grammar.status();
    return statement;
}

}  // namespace mosaic::sql
