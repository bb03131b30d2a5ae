#include "random_expressions.h"

#include <algorithm>
#include <utility>

namespace mosaic::oracle {
namespace {

bool is_text(const Named& of) {
    return of.column->kind == Kind::kText;
}

bool is_comparable(const ColumnFacts& a, const ColumnFacts& b) {
    const auto is_number = [](Kind kind) {
        return kind == Kind::kInteger || kind == Kind::kDecimal;
    };
    return (a.kind == b.kind && a.collation == b.collation) ||
           (is_number(a.kind) && is_number(b.kind));
}

}  // namespace

Expr Expressions::simple_condition(const Named& of) {
    const Expr plain = of.as_expr();
    const Expr other = literal(*of.column);
    switch (choices_.below(8)) {
        case 0:
            return expr(Kind::kInteger, "$ " + comparison() + " $", {other, plain});
        case 1:
            return expr(Kind::kInteger, "$ BETWEEN $ AND $", {plain, other, literal(*of.column)});
        case 2:
            return expr(Kind::kInteger, "$ IS NULL", {plain});
        case 3:
            return expr(Kind::kInteger, "$ IS NOT NULL", {plain});
        default:
            return expr(Kind::kInteger, "$ " + comparison() + " $", {plain, other});
    }
}

Expr Expressions::list_condition(const Named& of) {
    std::vector<Expr> args = {of.as_expr()};
    std::string text = choices_.chance(70) ? "$ IN ($" : "$ NOT IN ($";
    args.push_back(literal(*of.column));
    for (std::size_t more = choices_.below(5); more > 0; --more) {
        text += ", $";
        args.push_back(choices_.chance(8) ? leaf(Kind::kInteger, "NULL") : literal(*of.column));
    }
    return expr(Kind::kInteger, text + ")", std::move(args));
}

Expr Expressions::text_condition(const Named& of) {
    static const std::vector<std::string> patterns = {
        "$ LIKE 'a%'",      "$ LIKE '%e'",        "$ LIKE '_'", "$ NOT LIKE '%a%'",
        "LENGTH($) > 2",    "$ LIKE 'A'",         "$ > 'm'",    "CONCAT($, '') = 'a'",
        "$ = BINARY 'a'",   "LOWER($) = 'ann'",   "$ = 'a '",   "LEFT($, 1) BETWEEN 'a' AND 'g'",
        "$ IN ('a', 'A ')", "LOCATE('n', $) > 0", "$ <> ''",    "$ REGEXP '^[a-e]'",
        "$ <=> NULL",       "STRCMP($, 'b') < 0", "$ < 'ä'",    "$ NOT IN ('b', NULL)",
    };
    return expr(Kind::kInteger, choices_.pick(patterns), {of.as_expr()});
}

Expr Expressions::integer_trap(const Named& of) {
    static const std::vector<std::string> patterns = {
        "$ > -1",
        "$ < 18446744073709551616",
        "$ = 9007199254740993",
        "$ = 9007199254740992e0",
        "$ = '42'",
        "$ = 7.0",
        "$ = 7.5",
        "7 = $",
        "$ IN (1, 1 + 1)",
        "$ IN (3, '4', 5.0)",
        "10 > $",
        "$ + 0 = 3",
        "CAST($ AS CHAR) = '7'",
        "$ = '7'",
        "$ <=> 5",
        "$ >= 9223372036854775808",
        "($ = 5 OR 1 = 1)",
        "($ = 5 OR $ IS NOT NULL)",
        "$ = 3 AND $ = 4",
        "NOT $ <> 6",
        "$ NOT IN (1, 2, NULL)",
        "$ IN (NULL)",
        "$ = NULL",
        "$ = TRUE",
        "$ IN (5, 6) AND $ IN (6, 7)",
        "$ BETWEEN 7 AND 7",
        "NOT ($ = 1 OR $ = 2)",
        "$ = 1e0",
        "$ = -0.0",
    };
    const std::string& pattern = choices_.pick(patterns);
    const std::size_t count =
        static_cast<std::size_t>(std::count(pattern.begin(), pattern.end(), '$'));
    return expr(Kind::kInteger, "(" + pattern + ")", std::vector<Expr>(count, of.as_expr()));
}

Expr Expressions::trap(const Named& of) {
    static const std::vector<std::string> for_texts = {
        "$ = 1",
        "$ = 0",
        "$ IN (1, 'alice')",
        "$ = '01'",
        "$ = 'alice '",
        "$ = 'ALICE'",
        "$ = x'61'",
    };
    if (of.column->kind == Kind::kInteger)
        return integer_trap(of);
    if (is_text(of)) {
        Expr made = expr(Kind::kInteger, choices_.pick(for_texts), {of.as_expr()});
        made.converts = true;
        return made;
    }
    return simple_condition(of);
}

Expr Expressions::pair_condition(const Scope& scope, const Named& of) {
    const std::optional<Named> other = column(scope);
    std::vector<Expr> args = {of.as_expr(), other->as_expr()};
    std::string text = choices_.chance(70) ? "($, $) IN (($, $)" : "($, $) NOT IN (($, $)";
    for (std::size_t pairs = choices_.below(3) + 1; pairs > 0; --pairs) {
        text += pairs > 1 ? ", ($, $)" : ")";
        args.push_back(literal(*of.column));
        args.push_back(literal(*other->column));
    }
    return expr(Kind::kInteger, text, std::move(args));
}

Expr Expressions::columns_condition(const Scope& scope, const Named& of) {
    for (int attempt = 0; attempt < 8; ++attempt) {
        const std::optional<Named> other = column(scope);
        if (other->column != of.column && is_comparable(*of.column, *other->column))
            return expr(
                Kind::kInteger, "$ " + comparison() + " $", {of.as_expr(), other->as_expr()}
            );
    }
    return simple_condition(of);
}

// No bare column beside a number with decimals that may not fit it: a hash join of MySQL may take
// the nearest one that fits, and then ROUND(99999999.99, 1) is equal to 99999999.99.
Expr Expressions::numbers_condition(const Scope& scope) {
    const Expr one = number(scope, 1);
    const Expr other = number(scope, 0);
    const bool may_not_fit = one.kind == Kind::kDecimal || other.kind == Kind::kDecimal;
    return expr(
        Kind::kInteger, "$ " + comparison() + (may_not_fit ? " $ + 0" : " $"), {one, other}
    );
}

std::optional<Expr> Expressions::query_condition(const Scope& scope, const Named& of) {
    static const std::vector<std::string> rows = {
        "$ IN $",
        "$ IN $",
        "$ NOT IN $",
        "$ = ANY $",
        "$ <= ALL $",
        "$ > ANY $",
    };
    const auto as_expr = [](std::optional<Query> query) {
        Expr made;
        made.query = {*std::move(query)};
        return made;
    };
    const Expr plain = of.as_expr();
    const std::size_t choice = choices_.below(10);
    const Wanted wanted = choice < 4   ? Wanted::kExistence
                          : choice < 8 ? Wanted::kRows
                                       : Wanted::kOneValue;
    std::optional<Query> query = ask_(wanted, scope, &plain);
    if (!query)
        return std::nullopt;
    Expr inner = as_expr(std::move(query));
    if (wanted == Wanted::kExistence)
        return expr(Kind::kInteger, choice < 3 ? "EXISTS $" : "NOT EXISTS $", {std::move(inner)});
    if (wanted == Wanted::kRows)
        return expr(Kind::kInteger, choices_.pick(rows), {plain, std::move(inner)});
    return expr(Kind::kInteger, "$ " + comparison() + " $", {plain, std::move(inner)});
}

Expr Expressions::logic(const Scope& scope, int depth) {
    const Expr a = condition(scope, depth - 1);
    switch (choices_.below(7)) {
        case 0:
            return expr(Kind::kInteger, "NOT ($)", {a});
        case 1:
            return expr(Kind::kInteger, "($) IS TRUE", {a});
        case 2:
            return expr(Kind::kInteger, "($) IS NOT FALSE", {a});
        case 3:
            return expr(Kind::kInteger, "($ XOR $)", {a, condition(scope, depth - 1)});
        case 4:
            return expr(Kind::kInteger, "($ AND $)", {a, condition(scope, depth - 1)});
        default:
            return expr(Kind::kInteger, "($ OR $)", {a, condition(scope, depth - 1)});
    }
}

Expr Expressions::where(const Scope& scope, int depth) {
    may_bind_ = true;
    Expr made = condition(scope, depth);
    may_bind_ = false;
    return made;
}

Expr Expressions::condition(const Scope& scope, int depth) {
    if (depth > 0 && choices_.chance(22))
        return logic(scope, depth);
    const std::optional<Named> of = column(scope);
    if (!of)
        return leaf(Kind::kInteger, choices_.chance(80) ? "1 = 1" : "1 = 0");
    const std::size_t choice = choices_.below(100);
    if (choice < 18 && depth > 0) {
        if (std::optional<Expr> made = query_condition(scope, *of))
            return *std::move(made);
    }
    if (choice < 34)
        return list_condition(*of);
    if (choice < 46)
        return trap(*of);
    if (choice < 50)
        return pair_condition(scope, *of);
    if (choice < 58)
        return columns_condition(scope, *of);
    if (choice < 70 && is_text(*of))
        return text_condition(*of);
    if (choice < 76)
        return numbers_condition(scope);
    return simple_condition(*of);
}

}  // namespace mosaic::oracle
