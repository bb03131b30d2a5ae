#include "sql/grammar.h"

#include <algorithm>
#include <limits>

namespace mosaic::sql {
namespace {

constexpr Terminal kUnits[] = {
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

bool is_unit(Terminal word) {
    return std::find(std::begin(kUnits), std::end(kUnits), word) != std::end(kUnits);
}

const Expr* Grammar::primary() {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    switch (peek().kind) {
        case TokenKind::kSymbol:
            if (at("("))
                return parentheses();
            if (at("*")) {
                const std::uint32_t begin = take().begin;
                return made(ExprKind::kStar, begin);
            }
            if (at("{"))
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
    if (!accept(":="))
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
        accept(".")) {
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
    const std::uint32_t begin = take().begin;
    const Query* inner = nullptr;
    const Expr* first = query_or_expr(inner);
    if (inner != nullptr) {
        if (!expect(")"))
            return nullptr;
        Expr* subquery = made(ExprKind::kSubquery, begin);
        subquery->query = inner;
        return subquery;
    }
    if (first == nullptr)
        return nullptr;
    List<const Expr*> args;
    args.push_back(first);
    while (accept(",")) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    if (!expect(")"))
        return nullptr;
    if (args.size() == 1)
        return args.front();
    Expr* row = made(ExprKind::kRow, begin);
    row->args = arena_.copy(args);
    return row;
}

const Expr* Grammar::case_expr() {
    const std::uint32_t begin = take().begin;
    List<const Expr*> args;
    const bool has_operand = !at("WHEN");
    if (has_operand)
        args.push_back(expr());
    if (has_operand && args.back() == nullptr)
        return nullptr;
    if (!at("WHEN"))
        return fail("WHEN");
    while (accept("WHEN")) {
        args.push_back(expr());
        if (args.back() == nullptr || !expect("THEN"))
            return nullptr;
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    const bool has_else = accept("ELSE");
    if (has_else) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    if (!expect("END"))
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
    while (!at_end() && peek().kind != TokenKind::kBad && !(open == 0 && at(")"))) {
        open += at("(") ? 1 : at(")") ? -1 : 0;
        const TokenKind kind = peek().kind;
        if (kind != TokenKind::kWord && kind != TokenKind::kInteger && !at("(") && !at(")") &&
            !at(","))
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
    if (value == nullptr || !expect("AS") || !type_text(type) || !expect(")"))
        return nullptr;
    Expr* result = made(ExprKind::kCast, begin);
    result->text = type;
    result->args = only(value);
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
    if (accept("USING")) {
        kind = ExprKind::kConvert;
        const auto charset = any_name("a character set");
        if (!charset)
            return nullptr;
        text = *charset;
    } else if (!expect(",") || !type_text(text)) {
        return nullptr;
    }
    if (!expect(")"))
        return nullptr;
    Expr* result = made(kind, begin);
    result->text = text;
    result->args = only(value);
    return result;
}

const Expr* Grammar::match() {
    const std::uint32_t begin = take().begin;
    const bool has_parentheses = accept("(");
    List<const Expr*> columns;
    do {
        columns.push_back(column());
        if (columns.back() == nullptr)
            return nullptr;
    } while (accept(","));
    if ((has_parentheses && !expect(")")) || !expect("AGAINST") || !expect("("))
        return nullptr;
    List<const Expr*> args;
    args.push_back(expr(kPredicateLevel));
    if (args.back() == nullptr)
        return nullptr;
    for (const Expr* one : columns.view()) args.push_back(one);
    std::string_view modifier;
    if (!at(")")) {
        const std::uint32_t words = peek().begin;
        while (peek().kind == TokenKind::kWord) take();
        modifier = since(words);
    }
    if (!expect(")"))
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
    if (at("(")) {
        amount = parentheses();
        if (amount != nullptr && amount->kind == ExprKind::kRow && !is_unit(peek().terminal)) {
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
    if (peek().kind != TokenKind::kWord || !is_unit(peek().terminal))
        return fail("a unit of time");
    const std::string_view unit = take().text;
    Expr* result = made(ExprKind::kInterval, begin);
    result->text = unit;
    result->args = only(amount);
    return result;
}

const Expr* Grammar::exists() {
    const std::uint32_t begin = take().begin;
    take();
    const Query* inner = query();
    if (inner == nullptr || !expect(")"))
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
    if (at("NULL"))
        return simple(ExprKind::kNull);
    if (at("TRUE"))
        return simple(ExprKind::kTrue);
    if (at("FALSE"))
        return simple(ExprKind::kFalse);
    if (at("CASE"))
        return case_expr();
    if (at("EXISTS") && at("(", 1))
        return exists();
    if (at("CAST") && at("(", 1))
        return cast();
    if (at("CONVERT") && at("(", 1))
        return convert();
    if (at("MATCH"))
        return match();
    if (at("INTERVAL"))
        return interval();
    if (at("ROW") && at("(", 1)) {
        take();
        return parentheses();
    }
    if ((at("DEFAULT") || at("VALUES")) && at("(", 1)) {
        const ExprKind kind = at("DEFAULT") ? ExprKind::kDefault : ExprKind::kValues;
        take(), take();
        const Expr* of = column();
        if (of == nullptr || !expect(")"))
            return nullptr;
        Expr* result = made(kind, begin);
        result->args = only(of);
        return result;
    }
    if (at("DEFAULT"))
        return simple(ExprKind::kDefault);
    const Terminal word = peek().terminal;
    if (at_any({"DATE", "TIME", "TIMESTAMP"}) && peek(1).kind == TokenKind::kText) {
        take();
        const std::string_view content = text_value(take());
        Expr* result = made(ExprKind::kTemporal, begin);
        result->qualifier = word.text();
        result->text = content;
        return result;
    }
    if (!at("(", 1) && at_any(
                           {"CURRENT_DATE",
                            "CURRENT_TIME",
                            "CURRENT_TIMESTAMP",
                            "LOCALTIME",
                            "LOCALTIMESTAMP",
                            "UTC_DATE",
                            "UTC_TIME",
                            "UTC_TIMESTAMP",
                            "CURRENT_USER"}
                       )) {
        Expr* result = simple(ExprKind::kFunction);
        result->text = word.text();
        return result;
    }
    is_one = false;
    return nullptr;
}

const Expr* Grammar::column() {
    if (!at_name())
        return fail("an expression");
    const std::uint32_t begin = peek().begin;
    std::string_view schema;
    std::string_view qualifier;
    std::string_view last = name_text(take());
    for (int dots = 0; dots < 2 && accept("."); ++dots) {
        schema = qualifier;
        qualifier = last;
        if (accept("*")) {
            Expr* star = made(ExprKind::kStar, begin);
            star->qualifier = qualifier;
            star->schema = schema;
            return star;
        }
        const auto part = any_name("a name");
        if (!part)
            return nullptr;
        last = *part;
        if (dots == 0 && at("("))
            return stored_function(qualifier, last, begin);
    }
    Expr* result = made(ExprKind::kColumn, begin);
    result->text = last;
    result->qualifier = qualifier;
    result->schema = schema;
    return result;
}

const Expr* Grammar::stored_function(
    std::string_view schema, std::string_view name, std::uint32_t begin
) {
    take();
    List<const Expr*> args;
    if (!expr_list(args))
        return nullptr;
    Expr* call = made(ExprKind::kFunction, begin);
    call->schema = schema;
    call->text = name;
    call->args = arena_.copy(args);
    return call;
}

}  // namespace mosaic::sql
