#include "sql/grammar.h"

#include <algorithm>
#include <limits>

namespace mosaic::sql {
namespace {

constexpr std::string_view kUnits[] = {
    "MICROSECOND",
    "SECOND",
    "MINUTE",
    "HOUR",
    "DAY",
    "WEEK",
    "MONTH",
    "QUARTER",
    "YEAR",
    "SECOND_MICROSECOND",
    "MINUTE_MICROSECOND",
    "MINUTE_SECOND",
    "HOUR_MICROSECOND",
    "HOUR_SECOND",
    "HOUR_MINUTE",
    "DAY_MICROSECOND",
    "DAY_SECOND",
    "DAY_MINUTE",
    "DAY_HOUR",
    "YEAR_MONTH",
};

}  // namespace

bool is_unit(std::string_view word) {
    return std::any_of(std::begin(kUnits), std::end(kUnits), [&](std::string_view unit) {
        return same_word(word, unit);
    });
}

const Expr* Grammar::primary() {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    switch (peek().kind) {
        case TokenKind::kSymbol:
            if (at_symbol("("))
                return parentheses();
            if (at_symbol("*")) {
                const std::uint32_t begin = take().begin;
                return made(ExprKind::kStar, begin);
            }
            if (at_symbol("{"))
                return unsupported("an ODBC escape");
            break;
        case TokenKind::kText:
            return text_literal({}, peek().begin);
        case TokenKind::kInteger:
        case TokenKind::kDecimal:
        case TokenKind::kDouble: {
            const Token token = take();
            const ExprKind kind = token.kind == TokenKind::kInteger   ? ExprKind::kInteger
                                  : token.kind == TokenKind::kDecimal ? ExprKind::kDecimal
                                                                      : ExprKind::kDouble;
            Expr* expr = made(kind, token.begin);
            expr->text = token.text;
            return expr;
        }
        case TokenKind::kHex:
            return bytes_literal(ExprKind::kHex, {}, peek().begin);
        case TokenKind::kBit:
            return bytes_literal(ExprKind::kBit, {}, peek().begin);
        case TokenKind::kParameter: {
            Expr* expr = made(ExprKind::kParameter, take().begin);
            expr->end = last_end_;
            expr->index = parameters_;
            if (parameters_ == std::numeric_limits<std::uint16_t>::max())
                has_too_many_parameters_ = true;
            else
                ++parameters_;
            return expr;
        }
        case TokenKind::kUserVariable:
            return user_variable();
        case TokenKind::kSystemVariable:
            return system_variable();
        case TokenKind::kWord:
        case TokenKind::kQuotedName:
            return literal_or_name();
        case TokenKind::kEnd:
        case TokenKind::kBad:
            break;
    }
    return fail("an expression");
}

std::string_view Grammar::user_variable_name(const Token& token) {
    const std::string_view word = token.text.substr(1);
    const bool is_quoted =
        !word.empty() && (word.front() == '`' || word.front() == '\'' || word.front() == '"');
    return is_quoted ? text_value(word) : word;
}

const Expr* Grammar::user_variable() {
    const Token token = take();
    Expr* variable = made(ExprKind::kUserVariable, token.begin);
    variable->text = user_variable_name(token);
    if (!accept_symbol(":="))
        return variable;
    const Expr* value = expr();
    if (value == nullptr)
        return nullptr;
    Expr* assign = made(ExprKind::kAssign, token.begin);
    const std::array<const Expr*, 2> args = {variable, value};
    assign->args = arena_.copy(std::span<const Expr* const>(args));
    return assign;
}

const Expr* Grammar::system_variable() {
    const std::uint32_t begin = take().begin;
    auto word = any_name("a variable's name");
    if (!word)
        return nullptr;
    std::string_view scope;
    if ((same_word(*word, "GLOBAL") || same_word(*word, "SESSION") || same_word(*word, "LOCAL")) &&
        accept_symbol(".")) {
        scope = *word;
        word = any_name("a variable's name");
        if (!word)
            return nullptr;
    }
    Expr* expr = made(ExprKind::kSystemVariable, begin);
    expr->qualifier = scope;
    expr->text = *word;
    return expr;
}

const Expr* Grammar::parentheses() {
    if (at_query(1)) {
        const std::uint32_t begin = take().begin;
        const Query* inner = query();
        if (inner == nullptr || !expect_symbol(")"))
            return nullptr;
        Expr* subquery = made(ExprKind::kSubquery, begin);
        subquery->query = inner;
        return subquery;
    }
    const std::uint32_t begin = take().begin;
    std::vector<const Expr*> args;
    do {
        const Expr* one = expr();
        if (one == nullptr)
            return nullptr;
        args.push_back(one);
    } while (accept_symbol(","));
    if (!expect_symbol(")"))
        return nullptr;
    if (args.size() == 1)
        return args.front();
    Expr* row = made(ExprKind::kRow, begin);
    row->args = arena_.copy(args);
    return row;
}

const Expr* Grammar::case_expr() {
    const std::uint32_t begin = take().begin;
    std::vector<const Expr*> args;
    const bool has_operand = !at_word("WHEN");
    if (has_operand)
        args.push_back(expr());
    if (has_operand && args.back() == nullptr)
        return nullptr;
    if (!at_word("WHEN"))
        return fail("WHEN");
    while (accept_word("WHEN")) {
        args.push_back(expr());
        if (args.back() == nullptr || !expect_word("THEN"))
            return nullptr;
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    const bool has_else = accept_word("ELSE");
    if (has_else) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    if (!expect_word("END"))
        return nullptr;
    Expr* result = made(ExprKind::kCase, begin);
    result->has_operand = has_operand;
    result->has_else = has_else;
    result->args = arena_.copy(args);
    return result;
}

// A type's text, up to the `)` that closes CAST or CONVERT.
bool Grammar::type_text(std::string_view& out) {
    const std::uint32_t begin = peek().begin;
    int open = 0;
    while (!at_end() && peek().kind != TokenKind::kBad && !(open == 0 && at_symbol(")"))) {
        open += at_symbol("(") ? 1 : at_symbol(")") ? -1 : 0;
        const TokenKind kind = peek().kind;
        if (kind != TokenKind::kWord && kind != TokenKind::kInteger && !at_symbol("(") &&
            !at_symbol(")") && !at_symbol(","))
            return fail("a type"), false;
        take();
    }
    if (last_end_ <= begin)
        return fail("a type"), false;
    out = since(begin);
    return true;
}

const Expr* Grammar::cast() {
    const std::uint32_t begin = take().begin;
    take();
    const Expr* value = expr();
    std::string_view type;
    if (value == nullptr || !expect_word("AS") || !type_text(type) || !expect_symbol(")"))
        return nullptr;
    Expr* result = made(ExprKind::kCast, begin);
    result->text = type;
    result->args = arena_.copy(std::span<const Expr* const>(&value, 1));
    return result;
}

const Expr* Grammar::convert() {
    const std::uint32_t begin = take().begin;
    take();
    const Expr* value = expr();
    if (value == nullptr)
        return nullptr;
    ExprKind kind = ExprKind::kCast;
    std::string_view text;
    if (accept_word("USING")) {
        kind = ExprKind::kConvert;
        const auto charset = any_name("a character set");
        if (!charset)
            return nullptr;
        text = *charset;
    } else if (!expect_symbol(",") || !type_text(text)) {
        return nullptr;
    }
    if (!expect_symbol(")"))
        return nullptr;
    Expr* result = made(kind, begin);
    result->text = text;
    result->args = arena_.copy(std::span<const Expr* const>(&value, 1));
    return result;
}

const Expr* Grammar::match() {
    const std::uint32_t begin = take().begin;
    const bool has_parentheses = accept_symbol("(");
    std::vector<const Expr*> args = {nullptr};
    do {
        args.push_back(column());
        if (args.back() == nullptr)
            return nullptr;
    } while (accept_symbol(","));
    if ((has_parentheses && !expect_symbol(")")) || !expect_word("AGAINST") || !expect_symbol("("))
        return nullptr;
    args[0] = bit_expr(0);
    if (args[0] == nullptr)
        return nullptr;
    std::string_view modifier;
    if (!at_symbol(")")) {
        const std::uint32_t words = peek().begin;
        while (peek().kind == TokenKind::kWord) take();
        modifier = since(words);
    }
    if (!expect_symbol(")"))
        return nullptr;
    Expr* result = made(ExprKind::kMatch, begin);
    result->text = modifier;
    result->args = arena_.copy(args);
    return result;
}

// INTERVAL 1 DAY, or the function INTERVAL(n, a, b ..).
const Expr* Grammar::interval() {
    const std::uint32_t begin = take().begin;
    const Expr* amount = nullptr;
    if (at_symbol("(")) {
        amount = parentheses();
        if (amount != nullptr && amount->kind == ExprKind::kRow && !is_unit(peek().text)) {
            Expr* call = made(ExprKind::kFunction, begin);
            call->text = "INTERVAL";
            call->args = amount->args;
            return call;
        }
    } else {
        amount = expr();
    }
    if (amount == nullptr)
        return nullptr;
    if (peek().kind != TokenKind::kWord || !is_unit(peek().text))
        return fail("a unit of time");
    const std::string_view unit = take().text;
    Expr* result = made(ExprKind::kInterval, begin);
    result->text = unit;
    result->args = arena_.copy(std::span<const Expr* const>(&amount, 1));
    return result;
}

const Expr* Grammar::exists() {
    const std::uint32_t begin = take().begin;
    take();
    const Query* inner = query();
    if (inner == nullptr || !expect_symbol(")"))
        return nullptr;
    Expr* result = made(ExprKind::kExists, begin);
    result->query = inner;
    return result;
}

// Operands that a keyword begins. is_one: whether it was one.
const Expr* Grammar::keyword_operand(bool& is_one) {
    is_one = true;
    const std::uint32_t begin = peek().begin;
    const auto simple = [&](ExprKind kind) {
        take();
        return made(kind, begin);
    };
    if (at_word("NULL"))
        return simple(ExprKind::kNull);
    if (at_word("TRUE"))
        return simple(ExprKind::kTrue);
    if (at_word("FALSE"))
        return simple(ExprKind::kFalse);
    if (at_word("CASE"))
        return case_expr();
    if (at_word("EXISTS") && at_symbol("(", 1))
        return exists();
    if (at_word("CAST") && at_symbol("(", 1))
        return cast();
    if (at_word("CONVERT") && at_symbol("(", 1))
        return convert();
    if (at_word("MATCH"))
        return match();
    if (at_word("INTERVAL"))
        return interval();
    if (at_word("ROW") && at_symbol("(", 1)) {
        take();
        return parentheses();
    }
    if ((at_word("DEFAULT") || at_word("VALUES")) && at_symbol("(", 1)) {
        const ExprKind kind = at_word("DEFAULT") ? ExprKind::kDefault : ExprKind::kValues;
        take(), take();
        const Expr* of = column();
        if (of == nullptr || !expect_symbol(")"))
            return nullptr;
        Expr* result = made(kind, begin);
        result->args = arena_.copy(std::span<const Expr* const>(&of, 1));
        return result;
    }
    if (at_word("DEFAULT"))
        return simple(ExprKind::kDefault);
    for (const std::string_view word : {"DATE", "TIME", "TIMESTAMP"}) {
        if (!at_word(word) || peek(1).kind != TokenKind::kText)
            continue;
        take();
        const std::string_view content = text_value(take().text);
        Expr* result = made(ExprKind::kTemporal, begin);
        result->qualifier = word;
        result->text = content;
        return result;
    }
    for (const std::string_view word :
         {"CURRENT_DATE",
          "CURRENT_TIME",
          "CURRENT_TIMESTAMP",
          "LOCALTIME",
          "LOCALTIMESTAMP",
          "UTC_DATE",
          "UTC_TIME",
          "UTC_TIMESTAMP",
          "CURRENT_USER"}) {
        if (!at_word(word) || at_symbol("(", 1))
            continue;
        Expr* result = simple(ExprKind::kFunction);
        result->text = word;
        return result;
    }
    is_one = false;
    return nullptr;
}

const Expr* Grammar::column() {
    if (!at_name())
        return fail("an expression");
    const std::uint32_t begin = peek().begin;
    std::array<std::string_view, 3> parts;
    std::size_t count = 0;
    parts[count++] = name_text(take());
    while (count < 3 && at_symbol(".")) {
        take();
        if (accept_symbol("*")) {
            Expr* star = made(ExprKind::kStar, begin);
            star->qualifier = parts[count - 1];
            star->schema = count == 2 ? parts[0] : std::string_view();
            return star;
        }
        const auto part = any_name("a name");
        if (!part)
            return nullptr;
        parts[count++] = *part;
        if (count == 2 && at_symbol("(")) {
            std::vector<const Expr*> args;
            take();
            if (!expr_list(args, ")"))
                return nullptr;
            Expr* call = made(ExprKind::kFunction, begin);
            call->schema = parts[0];
            call->text = parts[1];
            call->args = arena_.copy(args);
            return call;
        }
    }
    Expr* result = made(ExprKind::kColumn, begin);
    result->text = parts[count - 1];
    result->qualifier = count > 1 ? parts[count - 2] : std::string_view();
    result->schema = count > 2 ? parts[0] : std::string_view();
    return result;
}

}  // namespace mosaic::sql
