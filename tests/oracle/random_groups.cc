#include "random_query.h"

#include <algorithm>
#include <utility>

/// Aggregates, groups and window functions.
namespace mosaic::oracle {
namespace {

bool is_number(Kind kind) {
    return kind == Kind::kInteger || kind == Kind::kDecimal || kind == Kind::kDouble;
}

Expr listed(Kind kind, std::string text, const std::vector<Expr>& more, std::vector<Expr> args) {
    for (std::size_t i = 0; i < more.size(); ++i) text += i == 0 ? "$" : ", $";
    args.insert(args.end(), more.begin(), more.end());
    return expr(kind, text, std::move(args));
}

}  // namespace

/// The columns whose values tell all rows apart.
std::optional<std::vector<Expr>> QueryMaker::keys_of(const Scope& scope) const {
    std::vector<Expr> keys;
    for (const Source& source : scope.sources) {
        if (source.key.empty())
            return std::nullopt;
        for (const std::size_t column : source.key)
            keys.push_back(mosaic::oracle::Named{&source, &source.columns[column]}.as_expr());
    }
    return keys;
}

/// An aggregate whose value does not depend on the order of rows.
Expr QueryMaker::exact_aggregate(const Scope& scope) {
    const std::optional<mosaic::oracle::Named> of = expressions_.column(scope);
    if (!of)
        return leaf(Kind::kInteger, "COUNT(*)");
    const Expr plain = of->as_expr();
    switch (choices_.below(8)) {
        case 0:
            return expr(Kind::kInteger, "COUNT($)", {plain});
        case 1:
            return expr(Kind::kInteger, "COUNT(DISTINCT $)", {plain});
        case 2:
            return expr(Kind::kDecimal, "SUM($)", {expressions_.number(scope, 1)});
        case 3:
            return expr(Kind::kDecimal, "AVG($)", {expressions_.number(scope, 1)});
        case 4:
            return expr(Kind::kInteger, "MAX($)", {expressions_.number(scope, 1)});
        case 5:
            return expr(Kind::kInteger, "SUM($)", {expressions_.condition(scope, 0)});
        default:
            return leaf(Kind::kInteger, "COUNT(*)");
    }
}

Expr QueryMaker::text_aggregate(const Scope& scope) {
    const std::optional<std::vector<Expr>> keys = keys_of(scope);
    const std::optional<mosaic::oracle::Named> of = expressions_.column(scope);
    if (!of || !keys || of->column->kind == Kind::kDouble)
        return leaf(Kind::kInteger, "COUNT(*)");
    const Expr plain = of->as_expr();
    Expr made;
    if (plain.kind == Kind::kInteger && choices_.chance(40)) {
        made = expr(Kind::kText, "GROUP_CONCAT(DISTINCT $ ORDER BY $ DESC)", {plain, plain});
    } else {
        std::string head = "GROUP_CONCAT($ ORDER BY ";
        made = listed(Kind::kText, std::move(head), *keys, {plain});
        made.parts.back() += choices_.chance(40) ? " SEPARATOR '|')" : ")";
    }
    made.is_whole = true;
    return made;
}

Expr QueryMaker::aggregate(const Scope& scope) {
    static const std::vector<std::string> deviations = {
        "STD($)",
        "STDDEV_SAMP($)",
        "VAR_POP($)",
        "VARIANCE($)",
        "VAR_SAMP($)",
        "STDDEV($)",
    };
    static const std::vector<std::string> bits = {"BIT_AND($)", "BIT_OR($)", "BIT_XOR($)"};
    const std::size_t choice = choices_.below(100);
    if (choice < 35)
        return exact_aggregate(scope);
    if (choice < 43)
        return text_aggregate(scope);
    const std::optional<mosaic::oracle::Named> of = expressions_.column(scope);
    if (!of || !is_groupable(of->as_expr()))
        return exact_aggregate(scope);
    const Expr plain = of->as_expr();
    const bool is_integer = plain.kind == Kind::kInteger;
    if (choice < 50 && is_integer)
        return expr(Kind::kInteger, choices_.pick(bits), {plain});
    if (choice < 57) {
        Expr made = expr(Kind::kDouble, choices_.pick(deviations), {expressions_.number(scope, 0)});
        made.shown = Shown::kNearly;
        return made;
    }
    if (choice < 63) {
        const std::optional<mosaic::oracle::Named> other = expressions_.column(scope);
        return expr(Kind::kInteger, "COUNT(DISTINCT $, $)", {plain, other->as_expr()});
    }
    if (choice < 74 && is_number(plain.kind) &&
        (plain.kind != Kind::kDouble || of->column->name == "rate")) {
        static const std::vector<std::string> sums = {
            "SUM($)", "AVG($)", "SUM(DISTINCT $)", "AVG(DISTINCT $)"};
        Expr made = expr(
            plain.kind == Kind::kDouble ? Kind::kDouble : Kind::kDecimal,
            choices_.pick(sums),
            {plain}
        );
        made.shown = plain.kind == Kind::kDouble ? Shown::kNearly : made.shown;
        return made;
    }
    Expr made = expr(plain.kind, choices_.chance(50) ? "MIN($)" : "MAX($)", {plain});
    made.collation = plain.collation;
    made.shown = shown_as_group(made);
    return made;
}

std::optional<Expr> QueryMaker::group_expr(const Scope& scope) {
    const std::optional<mosaic::oracle::Named> of = expressions_.column(scope);
    if (!of)
        return std::nullopt;
    Expr made = of->as_expr();
    if (choices_.chance(25))
        made = expressions_.value(scope, 1);
    if (!made.query.empty() || !is_groupable(made))
        return std::nullopt;
    const bool is_constant = made.args.empty() && made.parts.front().find('.') == std::string::npos;
    if (is_constant)
        return std::nullopt;
    made.shown = shown_as_group(made);
    made.is_whole = true;
    return made;
}

void QueryMaker::add_having(Select& select, const Scope& scope) {
    const std::string least = std::to_string(choices_.below(4));
    static const std::vector<std::string> comparisons = {" > ", " >= ", " < ", " <> ", " = "};
    select.having.push_back(
        expr(Kind::kInteger, "$" + choices_.pick(comparisons) + least, {exact_aggregate(scope)})
    );
    if (choices_.chance(20) && !select.groups.empty())
        select.having.push_back(expr(Kind::kInteger, "$ IS NOT NULL", {select.groups[0].expr}));
}

void QueryMaker::group(Select& select, const Scope& scope, std::vector<Output>& outputs) {
    for (std::size_t count = choices_.below(10) < 7 ? 1 : 2; count > 0; --count) {
        if (std::optional<Expr> made = group_expr(scope)) {
            outputs.push_back(output_of(*made, scope));
            select.groups.push_back({*std::move(made), ""});
        }
    }
    for (std::size_t count = choices_.below(3) + 1; count > 0; --count) {
        Expr made = aggregate(scope);
        // MAX(..) + 1 may leave its type's range, in a group that HAVING drops or not.
        const bool is_sum =
            made.parts.front().starts_with("COUNT") || made.parts.front().starts_with("AVG");
        if (is_sum && choices_.chance(12))
            made = expr(Kind::kDecimal, "$ + 1", {std::move(made)});
        outputs.push_back(output_of(made, scope));
    }
    select.has_rollup = !select.groups.empty() && choices_.chance(14);
    if (choices_.chance(25) && !select.has_rollup)
        add_having(select, scope);
}

Expr QueryMaker::window(const Scope& scope) {
    static const std::vector<std::string> of_peers = {
        "RANK() OVER (",
        "DENSE_RANK() OVER (",
        "COUNT(*) OVER (",
        "CUME_DIST() OVER (",
        "PERCENT_RANK() OVER (",
    };
    static const std::vector<std::string> of_rows = {
        "ROW_NUMBER() OVER (",
        "LAG($) OVER (",
        "LEAD($, 2) OVER (",
        "FIRST_VALUE($) OVER (",
        "NTILE(3) OVER (",
    };
    static const std::vector<std::string> sums = {
        "SUM($) OVER (", "AVG($) OVER (", "MAX($) OVER (", "MIN($) OVER ("};
    const std::optional<std::vector<Expr>> keys = keys_of(scope);
    std::vector<Expr> args;
    std::string text;
    Kind kind = Kind::kInteger;
    const bool needs_total = keys && choices_.chance(45);
    if (needs_total && choices_.chance(60)) {
        text = choices_.pick(of_rows);
    } else if (choices_.chance(60)) {
        text = choices_.pick(of_peers);
    } else {
        text = choices_.pick(sums);
        kind = Kind::kDecimal;
    }
    if (text.find('$') != std::string::npos)
        args.push_back(expressions_.number(scope, 0));
    if (text.starts_with("CUME") || text.starts_with("PERCENT"))
        kind = Kind::kDouble;
    std::string before = "PARTITION BY ";
    for (std::size_t count = choices_.below(3); count > 0; --count) {
        if (std::optional<Expr> by = group_expr(scope)) {
            text += std::exchange(before, ", ") + "$";
            args.push_back(*std::move(by));
        }
    }
    text += before == ", " ? " ORDER BY " : "ORDER BY ";
    const std::optional<mosaic::oracle::Named> by = expressions_.column(scope);
    if (!by || by->column->collation == "latin1_bin")
        return leaf(Kind::kInteger, "COUNT(*) OVER ()");
    args.push_back(by->as_expr());
    text += choices_.chance(30) ? "$ DESC" : "$";
    if (needs_total) {
        text += ", ";
        Expr made = listed(kind, std::move(text), *keys, std::move(args));
        const bool has_frame =
            made.parts.front().starts_with("SUM") || made.parts.front().starts_with("MAX");
        made.parts.back() += has_frame ? " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)" : ")";
        made.is_whole = true;
        made.shown = Shown::kExact;
        return made;
    }
    Expr made = expr(kind, text + ")", std::move(args));
    made.is_whole = true;
    made.shown = kind == Kind::kDouble ? Shown::kNearly : Shown::kExact;
    return made;
}

}  // namespace mosaic::oracle
