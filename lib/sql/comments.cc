#include "sql/comments.h"

#include "sql/lexer.h"

#include <absl/strings/ascii.h>

namespace mosaic::sql {

bool may_hold_executable_comments(std::string_view text) {
    return text.find("/*!") != std::string_view::npos ||
           text.find("/*M!") != std::string_view::npos;
}

std::string without_executable_comments(std::string_view text, const Syntax& syntax) {
    std::string plain;
    std::size_t copied = 0;
    Lexer lexer(text, syntax);
    lexer.on_frame([&](std::size_t begin, std::size_t end) {
        plain += text.substr(copied, begin - copied);
        const bool touches = !plain.empty() && end < text.size() &&
                             !absl::ascii_isspace(static_cast<unsigned char>(plain.back())) &&
                             !absl::ascii_isspace(static_cast<unsigned char>(text[end]));
        if (touches)
            plain += ' ';
        copied = end;
    });
    for (Token token = lexer.next(); token.kind != TokenKind::kEnd; token = lexer.next()) {
        if (token.kind == TokenKind::kBad)
            return std::string(text);  // the parser will say where
    }
    return plain += text.substr(copied);
}

}  // namespace mosaic::sql
