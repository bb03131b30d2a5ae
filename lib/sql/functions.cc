#include "sql/grammar.h"

namespace mosaic::sql {
const Expr* Grammar::function() {
    const Terminal word = peek().terminal;
    const std::uint32_t begin = peek().begin;
    if (word != Terminal()) {
        if (word.is_reserved() && !word.is_reserved_function())
            return fail("an expression");
        // Without IGNORE_SPACE a blank before `(` makes a built-in's name a name; servers take
        // COUNT (*) for a syntax error, and so do we for aggregates.
        if (word.is_aggregate()) {
            if (!peek(1).is_adjacent && !syntax_.ignore_space && word != "ANY_VALUE" &&
                word != "JSON_ARRAYAGG" && word != "JSON_OBJECTAGG")
                return take(), fail("no blank before `(`");
            return over(aggregate(word.text(), begin));
        }
        bool is_one = false;
        const Expr* special = special_function(word, begin, is_one);
        if (is_one)
            return special;
    }
    const std::string_view name = name_text(take());
    take();
    List<const Expr*> args;
    if (!expr_list(args))
        return nullptr;
    Expr* call = made(ExprKind::kFunction, begin);
    call->text = name;
    call->args = arena_.copy(args);
    return over(call);
}

const Expr* Grammar::trim(std::uint32_t begin) {
    std::string_view where;
    if (at_any({"LEADING", "TRAILING", "BOTH"}))
        where = take().terminal.text();
    List<const Expr*> args;
    if (!at("FROM")) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    if (accept("FROM")) {
        if (where.empty())
            where = "BOTH";
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    } else if (!where.empty()) {
        return fail("FROM");
    }
    if (!expect(")"))
        return nullptr;
    Expr* call = made(ExprKind::kFunction, begin);
    call->text = "TRIM";
    call->qualifier = where;
    call->args = arena_.copy(args);
    return call;
}

// Functions with words between their arguments; the forms that have none fall through.
const Expr* Grammar::special_function(Terminal word, std::uint32_t begin, bool& is_one) {
    is_one = true;
    const std::string_view name = peek().text;
    const auto finish = [&](std::string_view text,
                            std::string_view qualifier,
                            const List<const Expr*>& args) -> const Expr* {
        Expr* call = made(ExprKind::kFunction, begin);
        call->text = text;
        call->qualifier = qualifier;
        call->args = arena_.copy(args);
        return call;
    };
    List<const Expr*> args;
    if (word == "TRIM") {
        take(), take();
        return trim(begin);
    }
    if (word == "EXTRACT") {
        take(), take();
        if (!is_unit(peek().terminal))
            return fail("a unit of time");
        const std::string_view unit = take().text;
        if (!expect("FROM"))
            return nullptr;
        args.push_back(expr());
        if (args.back() == nullptr || !expect(")"))
            return nullptr;
        return finish("EXTRACT", unit, args);
    }
    if (word == "TIMESTAMPADD" || word == "TIMESTAMPDIFF" || word == "GET_FORMAT") {
        take(), take();
        if (peek().kind != TokenKind::kWord)
            return fail("a unit of time");
        const std::string_view unit = take().text;
        if (!expect(",") || !expr_list(args))
            return nullptr;
        return finish(name, unit, args);
    }
    const bool is_substring = word == "SUBSTRING" || word == "SUBSTR" || word == "MID";
    const bool is_position = word == "POSITION";
    const bool is_char = word == "CHAR";
    const bool is_weight = word == "WEIGHT_STRING";
    if (!is_substring && !is_position && !is_char && !is_weight) {
        is_one = false;
        return nullptr;
    }
    take(), take();
    args.push_back(is_position ? expr(kPredicateLevel) : expr());
    if (args.back() == nullptr)
        return nullptr;
    if (is_position) {
        if (!expect("IN"))
            return nullptr;
        args.push_back(expr());
        if (args.back() == nullptr || !expect(")"))
            return nullptr;
        return finish("LOCATE", {}, args);
    }
    if (is_substring && accept("FROM")) {
        do {
            args.push_back(expr());
            if (args.back() == nullptr)
                return nullptr;
        } while (args.size() == 2 && accept("FOR"));
        if (!expect(")"))
            return nullptr;
        return finish(name, {}, args);
    }
    while (accept(",")) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    std::string_view qualifier;
    if (is_char && accept("USING")) {
        const auto charset = any_name("a character set");
        if (!charset)
            return nullptr;
        qualifier = *charset;
    } else if (is_weight && at("AS")) {
        const std::uint32_t words = peek().begin;
        take();
        std::string_view type;
        if (!type_text(type))
            return nullptr;
        qualifier = since(words);
    }
    if (!expect(")"))
        return nullptr;
    return finish(name, qualifier, args);
}

const Expr* Grammar::aggregate(std::string_view name, std::uint32_t begin) {
    take(), take();
    const bool is_distinct = accept("DISTINCT");
    if (!is_distinct)
        accept("ALL");
    List<const Expr*> args;
    std::span<const OrderItem> order_by;
    const Expr* separator = nullptr;
    if (!at(")")) {
        do {
            args.push_back(expr());
            if (args.back() == nullptr)
                return nullptr;
        } while (accept(","));
    }
    if (accept("ORDER") && (!expect("BY") || !order_list(order_by)))
        return nullptr;
    if (accept("SEPARATOR")) {
        if (peek().kind != TokenKind::kText)
            return fail("a text");
        separator = text_literal({}, peek().begin);
    }
    if (at("LIMIT"))
        return unsupported("LIMIT in an aggregate");
    if (!expect(")"))
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
    if (call == nullptr || !at("OVER"))
        return call;
    take();
    const Window* window = nullptr;
    if (at("(")) {
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
    result->args = only(call);
    return result;
}

const Window* Grammar::window_spec() {
    if (!expect("("))
        return nullptr;
    Window* window = arena_.make<Window>();
    const bool is_clause = at("PARTITION") || at("ORDER") || at("ROWS") || at("RANGE");
    if (at_name() && !is_clause)
        window->name = *name("a window's name");
    if (accept("PARTITION")) {
        if (!expect("BY"))
            return nullptr;
        List<const Expr*> keys;
        do {
            keys.push_back(expr());
            if (keys.back() == nullptr)
                return nullptr;
        } while (accept(","));
        window->partition_by = arena_.copy(keys);
    }
    if (accept("ORDER") && (!expect("BY") || !order_list(window->order_by)))
        return nullptr;
    if (at("ROWS") || at("RANGE")) {
        const std::uint32_t begin = peek().begin;
        while (!at(")") && !at_end() && peek().kind != TokenKind::kBad) take();
        window->frame = since(begin);
    }
    return expect(")") ? window : nullptr;
}

}  // namespace mosaic::sql
