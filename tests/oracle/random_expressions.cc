#include "random_expressions.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <charconv>
#include <utility>

namespace mosaic::oracle {

Expr Named::as_expr() const {
    Expr made = leaf(column->kind, source->alias + "." + column->name);
    made.collation = column->collation;
    made.shown = column->shown;
    made.is_computed = column->is_computed;
    return made;
}

std::optional<Named> Expressions::column(const Scope& scope, std::optional<Kind> kind) {
    std::vector<Named> all;
    for (const Source& source : scope.sources) {
        for (const ColumnFacts& column : source.columns) {
            if (!kind || column.kind == *kind)
                all.push_back({&source, &column});
        }
    }
    if (all.empty())
        return std::nullopt;
    return choices_.pick(all);
}

std::string Expressions::comparison() {
    static const std::vector<std::string> all = {"=", "=", "=", "<", "<=", ">", ">=", "<>", "<=>"};
    return choices_.pick(all);
}

Expr Expressions::bound_or(Expr literal, const ColumnFacts& column) {
    if (!may_bind_ || !choices_.chance(12) || column.samples.empty())
        return literal;
    const std::string& text = literal.parts.front();
    std::int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc() && end == text.data() + text.size())
        literal.bound = BoundValue{Value(number), text};
    else if (column.kind == Kind::kText && text.find_first_of("\\") == std::string::npos && text.find('\'', 1) == text.size() - 1)
        literal.bound = BoundValue{Value(text.substr(1, text.size() - 2)), text};
    return literal;
}

Expr Expressions::literal(const ColumnFacts& column) {
    // No fraction beside an integer: MariaDB looks it up in an index as if it were rounded.
    static const std::vector<std::string> wholes = {"0", "1", "-1", "3", "7", "42", "100"};
    static const std::vector<std::string> numbers = {"0", "1", "-1", "3", "7", "42", "100", "2.5"};
    static const std::vector<std::string> texts = {"''", "'a'", "'A '", "'zz'", "'ann'", "'gift'"};
    const bool is_text = column.kind == Kind::kText || column.kind == Kind::kBytes;
    const bool is_number = column.kind == Kind::kInteger || column.kind == Kind::kDecimal ||
                           column.kind == Kind::kDouble || column.kind == Kind::kBits;
    Expr made = leaf(column.kind, "NULL");
    if (!column.samples.empty() && (choices_.chance(85) || !(is_text || is_number)))
        made = leaf(column.kind, choices_.pick(column.samples));
    else if (is_text)
        made = leaf(column.kind, choices_.pick(texts));
    else if (is_number)
        made = leaf(column.kind, choices_.pick(column.kind == Kind::kInteger ? wholes : numbers));
    return bound_or(std::move(made), column);
}

Expr Expressions::number(const Scope& scope, int depth) {
    static const std::vector<Kind> kinds = {Kind::kInteger, Kind::kInteger, Kind::kDecimal};
    const std::optional<Named> found = column(scope, choices_.pick(kinds));
    if (!found || found->column->is_big || found->column->is_unsigned) {
        const std::optional<Named> text = column(scope, Kind::kText);
        if (text && choices_.chance(50))
            return expr(Kind::kInteger, "CHAR_LENGTH($)", {text->as_expr()});
        return leaf(Kind::kInteger, std::to_string(choices_.below(5) + 1));
    }
    const Expr plain = found->as_expr();
    if (depth <= 0)
        return plain;
    switch (choices_.below(9)) {
        case 0:
            return expr(plain.kind, "$ + $", {plain, number(scope, 0)});
        case 1:
            return expr(plain.kind, "$ * 2", {plain});
        case 2:
            return expr(plain.kind, "($ - $)", {plain, number(scope, 0)});
        case 3:
            return expr(plain.kind, "-$", {plain});
        case 4:
            return expr(plain.kind, "ABS($)", {plain});
        case 5:
            return expr(plain.kind, "$ % 3", {plain});
        case 6:
            return expr(plain.kind, "COALESCE($, 0)", {plain});
        case 7:
            return expr(Kind::kDecimal, "ROUND($, 1)", {plain});
        default:
            return expr(Kind::kDecimal, "$ / 4", {plain});
    }
}

Expr Expressions::text_value(const Named& of) {
    const Expr plain = of.as_expr();
    const auto text = [&](std::string_view pattern) {
        Expr made = expr(Kind::kText, pattern, {plain});
        made.collation = plain.collation;
        return made;
    };
    switch (choices_.below(9)) {
        case 0:
            return text("UPPER($)");
        case 1:
            return text("CONCAT($, '-')");
        case 2:
            return text("LEFT($, 2)");
        case 3:
            return text("COALESCE($, 'none')");
        case 4:
            return text("TRIM($)");
        case 5:
            return text("REPLACE($, 'a', 'o')");
        case 6:
            return text("NULLIF($, '')");
        case 7:
            return expr(Kind::kInteger, "LENGTH($)", {plain});
        default:
            return expr(Kind::kInteger, "$ IS NULL", {plain});
    }
}

Expr Expressions::time_value(const Named& of) {
    const Expr plain = of.as_expr();
    if (plain.kind == Kind::kTime)
        return expr(Kind::kInteger, choices_.chance(50) ? "HOUR($)" : "MINUTE($)", {plain});
    switch (choices_.below(6)) {
        case 0:
            return expr(Kind::kInteger, "YEAR($)", {plain});
        case 1:
            return expr(Kind::kInteger, "MONTH($)", {plain});
        case 2:
            return expr(Kind::kDate, "DATE($)", {plain});
        case 3:
            return expr(Kind::kInteger, "DATEDIFF($, '2020-01-01')", {plain});
        case 4:
            return expr(Kind::kInteger, "EXTRACT(YEAR_MONTH FROM $)", {plain});
        default:
            return expr(Kind::kInteger, "DAYOFWEEK($)", {plain});
    }
}

Expr Expressions::chosen_value(const Scope& scope, const Named& of, int depth) {
    const Expr plain = of.as_expr();
    Expr made = leaf(Kind::kInteger, "0");
    switch (choices_.below(4)) {
        case 0:
            made = expr(plain.kind, "CASE WHEN $ THEN $ END", {condition(scope, depth - 1), plain});
            break;
        case 1:
            made = expr(Kind::kInteger, "IF($, 1, 0)", {condition(scope, depth - 1)});
            break;
        case 2:
            made = expr(Kind::kInteger, "($)", {condition(scope, depth - 1)});
            break;
        default:
            made = expr(plain.kind, "IFNULL($, $)", {plain, literal(*of.column)});
            break;
    }
    // BIT becomes a number, ENUM and SET their text of no collation that is known here.
    if (made.kind == Kind::kText)
        made.collation = plain.collation;
    return made;
}

Expr Expressions::value(const Scope& scope, int depth) {
    const std::optional<Named> found = column(scope);
    if (!found || choices_.chance(3))
        return leaf(Kind::kInteger, std::to_string(choices_.below(100)));
    if (depth <= 0 || choices_.chance(60))
        return found->as_expr();
    if (choices_.chance(12)) {
        if (std::optional<Query> query = ask_(Wanted::kNumber, scope, nullptr)) {
            Expr made;
            made.query = {*std::move(query)};
            made.kind = Kind::kDecimal;
            made.is_computed = true;
            return made;
        }
    }
    const Kind kind = found->column->kind;
    const bool is_chosen = choices_.chance(20) && kind != Kind::kSymbols && kind != Kind::kBits;
    if (is_chosen)
        return chosen_value(scope, *found, depth);
    if (kind == Kind::kText)
        return text_value(*found);
    if (kind == Kind::kDate || kind == Kind::kTime || kind == Kind::kDatetime)
        return time_value(*found);
    if (kind == Kind::kInteger || kind == Kind::kDecimal)
        return number(scope, depth);
    if (kind == Kind::kBytes)
        return expr(Kind::kInteger, "LENGTH($)", {found->as_expr()});
    return found->as_expr();
}

}  // namespace mosaic::oracle
