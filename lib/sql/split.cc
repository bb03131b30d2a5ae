#include "sql/lexer.h"
#include "sql/parser.h"

#include <algorithm>

namespace mosaic::sql {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
    return text;
}

// The end of the quote or comment that begins at `at`; `at` itself when there is none.
std::size_t skip_opaque(std::string_view text, std::size_t at, const Syntax& syntax) {
    const char c = text[at];
    if (c == '\'' || c == '"' || c == '`') {
        const bool has_escapes =
            c != '`' && !syntax.no_backslash_escapes && !(c == '"' && syntax.ansi_quotes);
        for (std::size_t i = at + 1; i < text.size(); ++i) {
            if (text[i] == '\\' && has_escapes)
                ++i;
            else if (text[i] == c)
                return i + 1;  // a doubled quote begins the next one right here
        }
        return text.size();
    }
    const bool is_dashes = c == '-' && text.substr(at).starts_with("--") &&
                           (at + 2 >= text.size() || is_blank(text[at + 2]));
    if (c == '#' || is_dashes) {
        const auto end = text.find('\n', at);
        return end == std::string_view::npos ? text.size() : end;
    }
    if (text.substr(at).starts_with("/*")) {
        const auto end = text.find("*/", at + 2);
        return end == std::string_view::npos ? text.size() : end + 2;
    }
    return at;
}

// A text with nothing but comments is no statement; an executable comment is one.
bool is_empty(std::string_view statement, const Syntax& syntax) {
    for (std::size_t at = 0; at < statement.size();) {
        const char c = statement[at];
        const bool is_comment = c == '#' || c == '-' ||
                                (c == '/' && !statement.substr(at).starts_with("/*!") &&
                                 !statement.substr(at).starts_with("/*M!"));
        const std::size_t end = is_comment ? skip_opaque(statement, at, syntax) : at;
        if (end == at && !is_blank(c))
            return false;
        at = std::max(end, at + 1);
    }
    return true;
}

}  // namespace

std::vector<std::string_view> split_statements(std::string_view text, const Syntax& syntax) {
    std::vector<std::string_view> statements;
    std::string_view delimiter = ";";
    std::size_t begin = 0;
    const auto cut = [&](std::size_t end) {
        const std::string_view statement = trimmed(text.substr(begin, end - begin));
        if (!is_empty(statement, syntax))
            statements.push_back(statement);
    };
    for (std::size_t at = 0; at < text.size();) {
        const bool begins_line = at == 0 || text[at - 1] == '\n';
        constexpr std::string_view kCommand = "DELIMITER";
        if (begins_line && is_empty(text.substr(begin, at - begin), syntax) &&
            same_word(text.substr(at, kCommand.size()), kCommand) &&
            at + kCommand.size() < text.size() && is_blank(text[at + kCommand.size()])) {
            const auto end = std::min(text.find('\n', at), text.size());
            delimiter = trimmed(text.substr(at + kCommand.size(), end - at - kCommand.size()));
            if (delimiter.empty())
                delimiter = ";";
            at = end;
            begin = end;
            continue;
        }
        if (text.substr(at).starts_with(delimiter)) {
            cut(at);
            at += delimiter.size();
            begin = at;
            continue;
        }
        at = std::max(skip_opaque(text, at, syntax), at + 1);
    }
    cut(text.size());
    return statements;
}

}  // namespace mosaic::sql
