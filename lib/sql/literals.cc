#include "sql/grammar.h"

#include <algorithm>
#include <string>

namespace mosaic::sql {
namespace {

// Of both kinds of server.
constexpr std::string_view kCharsets[] = {
    "_utf8mb4", "_utf8mb3", "_utf8",     "_binary",   "_latin1", "_ascii",  "_ucs2",     "_utf16",
    "_utf16le", "_utf32",   "_latin2",   "_latin5",   "_latin7", "_cp1250", "_cp1251",   "_cp1252",
    "_cp1256",  "_cp1257",  "_koi8r",    "_koi8u",    "_greek",  "_hebrew", "_gbk",      "_gb2312",
    "_gb18030", "_big5",    "_sjis",     "_cp932",    "_euckr",  "_ujis",   "_eucjpms",  "_tis620",
    "_cp850",   "_cp852",   "_cp866",    "_dec8",     "_hp8",    "_swe7",   "_armscii8", "_geostd8",
    "_keybcs2", "_macce",   "_macroman", "_filename",
};

bool is_introducer(std::string_view word) {
    if (!word.starts_with('_'))
        return false;
    std::string lower(word);
    std::transform(lower.begin(), lower.end(), lower.begin(), [](char c) {
        return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
    });
    return std::find(std::begin(kCharsets), std::end(kCharsets), lower) != std::end(kCharsets);
}

}  // namespace

// Texts side by side are one: 'a' 'b' is 'ab'.
const Expr* Grammar::text_literal(std::string_view introducer, std::uint32_t begin) {
    std::string_view value = text_value(take());
    if (peek().kind == TokenKind::kText) {
        std::string joined(value);
        while (peek().kind == TokenKind::kText) joined += text_value(take());
        value = arena_.copy(std::string_view(joined));
    }
    Expr* expr = made(ExprKind::kText, begin);
    expr->text = value;
    expr->qualifier = introducer;
    return expr;
}

const Expr* Grammar::bytes_literal(
    ExprKind kind, std::string_view introducer, std::uint32_t begin
) {
    const Token token = take();
    std::string_view digits = token.text.substr(2);
    if (token.text[1] == '\'')
        digits.remove_suffix(1);
    const bool is_hex = kind == ExprKind::kHex;
    const bool is_well_formed = std::all_of(digits.begin(), digits.end(), [&](char c) {
        return is_hex ? (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F')
                      : c == '0' || c == '1';
    });
    if (!is_well_formed || (is_hex && token.text[1] == '\'' && digits.size() % 2 != 0))
        return fail(is_hex ? "an even number of hex digits before it" : "binary digits before it");
    if (is_hex && digits.size() % 2 != 0) {  // 0xABC is 0x0ABC
        digits = arena_.copy(std::string_view("0" + std::string(digits)));
    }
    Expr* expr = made(kind, begin);
    expr->text = digits;
    expr->qualifier = introducer;
    expr->is_prefixed = token.text[1] != '\'';
    return expr;
}

const Expr* Grammar::literal_or_name() {
    const Token& next = peek(1);
    const bool is_call = next.terminal == "(";
    const bool is_plain_name = peek().terminal == Terminal() && next.terminal != Terminal();
    if (is_plain_name || peek().kind == TokenKind::kQuotedName)
        return is_call ? function() : column();
    const std::uint32_t begin = peek().begin;
    if (next.kind == TokenKind::kText) {
        const bool is_national = (peek().text == "N" || peek().text == "n") && next.is_adjacent;
        if (is_national || is_introducer(peek().text)) {
            const std::string_view word = take().text;
            return text_literal(is_national ? std::string_view("_utf8") : word, begin);
        }
    }
    if ((next.kind == TokenKind::kHex || next.kind == TokenKind::kBit) &&
        is_introducer(peek().text)) {
        const ExprKind kind = next.kind == TokenKind::kHex ? ExprKind::kHex : ExprKind::kBit;
        const std::string_view word = take().text;
        return bytes_literal(kind, word, begin);
    }
    // All other words that begin an operand are reserved: most are names, and known at once.
    const Terminal word = peek().terminal;
    if (word.is_reserved() || (word != Terminal() && (is_call || next.kind == TokenKind::kText))) {
        bool is_one = false;
        const Expr* operand = keyword_operand(is_one);
        if (is_one)
            return operand;
    }
    return is_call ? function() : column();
}

}  // namespace mosaic::sql
