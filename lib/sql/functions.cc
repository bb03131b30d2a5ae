#include "sql/grammar.h"

#include <algorithm>

namespace mosaic::sql {
namespace {

constexpr std::string_view kAggregates[] = {
    "ANY_VALUE", "AVG",          "BIT_AND",       "BIT_OR",         "BIT_XOR",
    "COUNT",     "GROUP_CONCAT", "JSON_ARRAYAGG", "JSON_OBJECTAGG", "MAX",
    "MIN",       "STD",          "STDDEV",        "STDDEV_POP",     "STDDEV_SAMP",
    "SUM",       "VARIANCE",     "VAR_POP",       "VAR_SAMP",
};

// Reserved words that are functions too: LEFT(s, 2), IF(a, b, c).
constexpr std::string_view kReservedFunctions[] = {
    "CHAR",
    "DATABASE",
    "SCHEMA",
    "IF",
    "INSERT",
    "LEFT",
    "RIGHT",
    "MOD",
    "REPEAT",
    "REPLACE",
    "CURRENT_DATE",
    "CURRENT_TIME",
    "CURRENT_TIMESTAMP",
    "CURRENT_USER",
    "LOCALTIME",
    "LOCALTIMESTAMP",
    "UTC_DATE",
    "UTC_TIME",
    "UTC_TIMESTAMP",
    "VALUES",
    "INTERVAL",
};

const std::string_view* find(std::span<const std::string_view> list, std::string_view word) {
    const auto found = std::find_if(list.begin(), list.end(), [&](std::string_view one) {
        return same_word(word, one);
    });
    return found == list.end() ? nullptr : &*found;
}

}  // namespace

const Expr* Grammar::function() {
    const Token token = peek();
    const std::uint32_t begin = token.begin;
    if (token.kind == TokenKind::kWord) {
        if (token.is_reserved && find(kReservedFunctions, token.text) == nullptr)
            return fail("an expression");
        // Without IGNORE_SPACE a blank before `(` makes a built-in's name a name; servers take
        // COUNT (*) for a syntax error, and so do we for aggregates.
        if (const std::string_view* name = find(kAggregates, token.text)) {
            if (!peek(1).is_adjacent && !syntax_.ignore_space && *name != "ANY_VALUE" &&
                *name != "JSON_ARRAYAGG" && *name != "JSON_OBJECTAGG")
                return take(), fail("no blank before `(`");
            return over(aggregate(*name, begin));
        }
        bool is_one = false;
        const Expr* special = special_function(token.text, begin, is_one);
        if (is_one)
            return special;
    }
    const std::string_view name = name_text(take());
    take();
    std::vector<const Expr*> args;
    if (!expr_list(args, ")"))
        return nullptr;
    Expr* call = made(ExprKind::kFunction, begin);
    call->text = name;
    call->args = arena_.copy(args);
    return over(call);
}

const Expr* Grammar::trim(std::uint32_t begin) {
    std::string_view where;
    for (const std::string_view word : {"LEADING", "TRAILING", "BOTH"}) {
        if (accept_word(word))
            where = word;
    }
    std::vector<const Expr*> args;
    if (!at_word("FROM")) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    if (accept_word("FROM")) {
        if (where.empty())
            where = "BOTH";
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    } else if (!where.empty()) {
        return fail("FROM");
    }
    if (!expect_symbol(")"))
        return nullptr;
    Expr* call = made(ExprKind::kFunction, begin);
    call->text = "TRIM";
    call->qualifier = where;
    call->args = arena_.copy(args);
    return call;
}

// Functions with words between their arguments; the forms that have none fall through.
const Expr* Grammar::special_function(std::string_view name, std::uint32_t begin, bool& is_one) {
    is_one = true;
    const auto finish = [&](std::string_view text,
                            std::string_view qualifier,
                            const std::vector<const Expr*>& args) -> const Expr* {
        Expr* call = made(ExprKind::kFunction, begin);
        call->text = text;
        call->qualifier = qualifier;
        call->args = arena_.copy(args);
        return call;
    };
    std::vector<const Expr*> args;
    if (same_word(name, "TRIM")) {
        take(), take();
        return trim(begin);
    }
    if (same_word(name, "EXTRACT")) {
        take(), take();
        if (!is_unit(peek().text))
            return fail("a unit of time");
        const std::string_view unit = take().text;
        if (!expect_word("FROM"))
            return nullptr;
        args.push_back(expr());
        if (args.back() == nullptr || !expect_symbol(")"))
            return nullptr;
        return finish("EXTRACT", unit, args);
    }
    if (same_word(name, "TIMESTAMPADD") || same_word(name, "TIMESTAMPDIFF") ||
        same_word(name, "GET_FORMAT")) {
        take(), take();
        if (peek().kind != TokenKind::kWord)
            return fail("a unit of time");
        const std::string_view word = take().text;
        if (!expect_symbol(",") || !expr_list(args, ")"))
            return nullptr;
        return finish(name, word, args);
    }
    const bool is_substring =
        same_word(name, "SUBSTRING") || same_word(name, "SUBSTR") || same_word(name, "MID");
    const bool is_position = same_word(name, "POSITION");
    const bool is_char = same_word(name, "CHAR");
    const bool is_weight = same_word(name, "WEIGHT_STRING");
    if (!is_substring && !is_position && !is_char && !is_weight) {
        is_one = false;
        return nullptr;
    }
    take(), take();
    args.push_back(is_position ? bit_expr(0) : expr());
    if (args.back() == nullptr)
        return nullptr;
    if (is_position) {
        if (!expect_word("IN"))
            return nullptr;
        args.push_back(expr());
        if (args.back() == nullptr || !expect_symbol(")"))
            return nullptr;
        return finish("LOCATE", {}, args);
    }
    if (is_substring && accept_word("FROM")) {
        do {
            args.push_back(expr());
            if (args.back() == nullptr)
                return nullptr;
        } while (args.size() == 2 && accept_word("FOR"));
        if (!expect_symbol(")"))
            return nullptr;
        return finish(name, {}, args);
    }
    while (accept_symbol(",")) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    std::string_view qualifier;
    if (is_char && accept_word("USING")) {
        const auto charset = any_name("a character set");
        if (!charset)
            return nullptr;
        qualifier = *charset;
    } else if (is_weight && at_word("AS")) {
        const std::uint32_t words = peek().begin;
        take();
        std::string_view type;
        if (!type_text(type))
            return nullptr;
        qualifier = since(words);
    }
    if (!expect_symbol(")"))
        return nullptr;
    return finish(name, qualifier, args);
}

const Expr* Grammar::aggregate(std::string_view name, std::uint32_t begin) {
    take(), take();
    const bool is_distinct = accept_word("DISTINCT");
    if (!is_distinct)
        accept_word("ALL");
    std::vector<const Expr*> args;
    std::span<const OrderItem> order_by;
    const Expr* separator = nullptr;
    if (!at_symbol(")")) {
        do {
            args.push_back(expr());
            if (args.back() == nullptr)
                return nullptr;
        } while (accept_symbol(","));
    }
    if (accept_word("ORDER") && (!expect_word("BY") || !order_list(order_by)))
        return nullptr;
    if (accept_word("SEPARATOR")) {
        if (peek().kind != TokenKind::kText)
            return fail("a text");
        separator = text_literal({}, peek().begin);
    }
    if (at_word("LIMIT"))
        return unsupported("LIMIT in an aggregate");
    if (!expect_symbol(")"))
        return nullptr;
    Expr* call = made(ExprKind::kAggregate, begin);
    call->text = name;
    call->is_distinct = is_distinct;
    call->args = arena_.copy(args);
    call->order_by = order_by;
    call->separator = separator;
    return call;
}

const Expr* Grammar::over(const Expr* call) {
    if (call == nullptr || !at_word("OVER"))
        return call;
    take();
    const Window* window = nullptr;
    if (at_symbol("(")) {
        window = window_spec();
    } else {
        const auto reference = name("a window's name");
        if (!reference)
            return nullptr;
        Window* named = arena_.make<Window>();
        named->name = *reference;
        named->is_reference = true;
        window = named;
    }
    if (window == nullptr)
        return nullptr;
    Expr* result = made(ExprKind::kWindow, call->begin);
    result->window = window;
    result->args = arena_.copy(std::span<const Expr* const>(&call, 1));
    return result;
}

const Window* Grammar::window_spec() {
    if (!expect_symbol("("))
        return nullptr;
    Window* window = arena_.make<Window>();
    const bool is_clause =
        at_word("PARTITION") || at_word("ORDER") || at_word("ROWS") || at_word("RANGE");
    if (at_name() && !is_clause)
        window->name = *name("a window's name");
    if (accept_word("PARTITION")) {
        if (!expect_word("BY"))
            return nullptr;
        std::vector<const Expr*> keys;
        do {
            keys.push_back(expr());
            if (keys.back() == nullptr)
                return nullptr;
        } while (accept_symbol(","));
        window->partition_by = arena_.copy(keys);
    }
    if (accept_word("ORDER") && (!expect_word("BY") || !order_list(window->order_by)))
        return nullptr;
    if (at_word("ROWS") || at_word("RANGE")) {
        const std::uint32_t begin = peek().begin;
        while (!at_symbol(")") && !at_end() && peek().kind != TokenKind::kBad) take();
        window->frame = since(begin);
    }
    return expect_symbol(")") ? window : nullptr;
}

}  // namespace mosaic::sql
