#include "sql/grammar.h"
#include "sql/operators.h"
#include "sql/print_buffer.h"

#include <algorithm>

namespace mosaic::sql {
namespace {

bool is_plain_word(std::string_view name) {
    return !name.empty() && std::all_of(name.begin(), name.end(), is_word_byte);
}

}  // namespace

void PrintBuffer::hole(const Hole& hole) {
    out_.gaps.push_back({static_cast<std::uint32_t>(out_.text.size()), hole});
}

void PrintBuffer::expr(const Expr& expr, int level) {
    const bool has_parentheses = binding_level(expr) < level;
    if (has_parentheses)
        put('(');
    expr_plain(expr);
    if (has_parentheses)
        put(')');
}

void PrintBuffer::list(std::span<const Expr* const> exprs) {
    for (std::size_t i = 0; i < exprs.size(); ++i) {
        if (i > 0)
            put(", ");
        expr(*exprs[i]);
    }
}

void PrintBuffer::order_by(std::span<const OrderItem> items) {
    for (std::size_t i = 0; i < items.size(); ++i) {
        if (i > 0)
            put(", ");
        expr(*items[i].expr);
        if (items[i].is_descending)
            put(" DESC");
    }
}

void PrintBuffer::digits(const Expr& expr, char base) {
    const std::string_view quote = expr.is_prefixed ? "" : "'";
    if (expr.is_prefixed)
        put('0');
    put(base), put(quote), put(expr.text), put(quote);
}

void PrintBuffer::literal(const Expr& expr) {
    if (!expr.qualifier.empty() && expr.kind != ExprKind::kTemporal)
        put(expr.qualifier), put(expr.kind == ExprKind::kText ? "" : " ");
    switch (expr.kind) {
        case ExprKind::kNull:
            put("NULL");
            return;
        case ExprKind::kTrue:
            put("TRUE");
            return;
        case ExprKind::kFalse:
            put("FALSE");
            return;
        case ExprKind::kText:
            text(expr.text);
            return;
        case ExprKind::kHex:
            digits(expr, 'x');
            return;
        case ExprKind::kBit:
            digits(expr, 'b');
            return;
        case ExprKind::kTemporal:
            put(expr.qualifier), text(expr.text);
            return;
        default:
            put(expr.text);
            return;
    }
}

void PrintBuffer::unary(const Expr& e) {
    put(operator_text(e.op));
    if (e.op == Operator::kNot)
        put(' ');
    // A second sign needs a blank: `--` begins a comment. NOT's binding depends on sql_mode.
    const int level = e.op == Operator::kNot
                          ? (options_.high_not_precedence ? kOperandLevel : kNotLevel)
                          : kCollateLevel;
    const Expr& operand = *e.args[0];
    const bool is_chain =
        e.op != Operator::kNot && operand.kind == ExprKind::kUnary && operand.op != Operator::kNot;
    if (!is_chain)
        return expr(operand, level);
    if (e.op == Operator::kNegate && operand.op == Operator::kNegate)
        put(' ');
    unary(operand);
}

void PrintBuffer::binary(const Expr& e) {
    const int level = level_of(e.op);
    if (e.op == Operator::kConcat && !options_.pipes_as_concat) {
        put("CONCAT("), list(e.args), put(')');
        return;
    }
    const bool is_predicate = level == kPredicateLevel;
    expr(*e.args[0], is_predicate ? static_cast<int>(kBitOrLevel) : level);
    if (level == kCollateLevel) {
        put(operator_text(e.op));
    } else {
        put(' '), put(operator_text(e.op)), put(' ');
    }
    if (e.op == Operator::kMemberOf) {
        put('('), expr(*e.args[1]), put(')');
        return;
    }
    expr(*e.args[1], level + 1);
}

void PrintBuffer::predicate(const Expr& e) {
    expr(*e.args[0], kBitOrLevel);
    if (e.kind == ExprKind::kIs) {
        put(e.is_negated ? " IS NOT " : " IS "), put(e.text);
        return;
    }
    if (e.is_negated)
        put(" NOT");
    switch (e.kind) {
        case ExprKind::kBetween:
            put(" BETWEEN ");
            expr(*e.args[1], kBitOrLevel);
            put(" AND ");
            expr(*e.args[2], kBitOrLevel);
            return;
        case ExprKind::kIn:
            put(" IN (");
            if (e.query != nullptr)
                query(*e.query);
            else
                list(e.args.subspan(1));
            put(')');
            return;
        case ExprKind::kLike:
            put(" LIKE ");
            expr(*e.args[1], kBitOrLevel);
            if (e.args.size() > 2)
                put(" ESCAPE "), expr(*e.args[2], kCollateLevel);
            return;
        default:
            put(" REGEXP "), expr(*e.args[1], kBitOrLevel);
            return;
    }
}

void PrintBuffer::trim(const Expr& e) {
    put("TRIM("), put(e.qualifier);
    if (!e.qualifier.empty()) {
        put(' ');
        if (e.args.size() > 1)
            expr(*e.args[0]), put(' ');
        put("FROM ");
    }
    expr(*e.args.back());
    put(')');
}

void PrintBuffer::function(const Expr& e) {
    if (!e.schema.empty())
        name(e.schema), put('.');
    if (is_plain_word(e.text))
        put(e.text);
    else
        name(e.text);
    put('(');
    if (e.qualifier.empty()) {
        list(e.args);
    } else if (same_word(e.text, "EXTRACT")) {
        put(e.qualifier), put(" FROM "), list(e.args);
    } else if (same_word(e.text, "CHAR")) {
        list(e.args), put(" USING "), put(e.qualifier);
    } else if (same_word(e.text, "WEIGHT_STRING")) {
        list(e.args), put(' '), put(e.qualifier);
    } else {
        put(e.qualifier), put(", "), list(e.args);
    }
    put(')');
}

void PrintBuffer::aggregate(const Expr& e) {
    put(e.text), put('(');
    if (e.is_distinct)
        put("DISTINCT ");
    list(e.args);
    if (!e.order_by.empty())
        put(" ORDER BY "), order_by(e.order_by);
    if (e.separator != nullptr)
        put(" SEPARATOR "), text(e.separator->text);
    put(')');
}

void PrintBuffer::case_expr(const Expr& e) {
    std::size_t at = 0;
    put("CASE");
    if (e.has_operand)
        put(' '), expr(*e.args[at++]);
    const std::size_t end = e.args.size() - (e.has_else ? 1 : 0);
    while (at < end) {
        put(" WHEN "), expr(*e.args[at++]);
        put(" THEN "), expr(*e.args[at++]);
    }
    if (e.has_else)
        put(" ELSE "), expr(*e.args.back());
    put(" END");
}

void PrintBuffer::window(const Window& w) {
    if (w.is_reference) {
        name(w.name);
        return;
    }
    put('(');
    std::string_view space;
    const auto part = [&](std::string_view head) { put(space), put(head), space = " "; };
    if (!w.name.empty())
        part(""), name(w.name);
    if (!w.partition_by.empty())
        part("PARTITION BY "), list(w.partition_by);
    if (!w.order_by.empty())
        part("ORDER BY "), order_by(w.order_by);
    if (!w.frame.empty())
        part(w.frame);
    put(')');
}

void PrintBuffer::expr_plain(const Expr& e) {
    switch (e.kind) {
        case ExprKind::kNull:
        case ExprKind::kTrue:
        case ExprKind::kFalse:
        case ExprKind::kInteger:
        case ExprKind::kDecimal:
        case ExprKind::kDouble:
        case ExprKind::kText:
        case ExprKind::kHex:
        case ExprKind::kBit:
        case ExprKind::kTemporal:
            literal(e);
            return;
        case ExprKind::kParameter:
            if (options_.parameters_as_holes)
                hole({Hole::Kind::kValue, Hole::Lead::kNone, e.index});
            else
                put('?');
            return;
        case ExprKind::kColumn:
        case ExprKind::kStar:
            if (!e.schema.empty())
                name(e.schema), put('.');
            if (!e.qualifier.empty())
                name(e.qualifier), put('.');
            if (e.kind == ExprKind::kStar)
                put('*');
            else
                name(e.text);
            return;
        case ExprKind::kSystemVariable:
            put("@@");
            if (!e.qualifier.empty())
                put(e.qualifier), put('.');
            if (is_plain_word(e.text))
                put(e.text);
            else
                name(e.text);
            return;
        case ExprKind::kUserVariable:
            put('@'), name(e.text);
            return;
        case ExprKind::kAssign:
            expr(*e.args[0]), put(" := "), expr(*e.args[1]);
            return;
        case ExprKind::kUnary:
            unary(e);
            return;
        case ExprKind::kBinary:
            binary(e);
            return;
        case ExprKind::kBetween:
        case ExprKind::kIn:
        case ExprKind::kLike:
        case ExprKind::kRegexp:
        case ExprKind::kIs:
            predicate(e);
            return;
        case ExprKind::kRow:
            put('('), list(e.args), put(')');
            return;
        case ExprKind::kFunction:
            if (same_word(e.text, "TRIM") && e.schema.empty())
                trim(e);
            else
                function(e);
            return;
        case ExprKind::kAggregate:
            aggregate(e);
            return;
        case ExprKind::kWindow:
            expr(*e.args[0]), put(" OVER "), window(*e.window);
            return;
        case ExprKind::kCase:
            case_expr(e);
            return;
        case ExprKind::kCast:
            put("CAST("), expr(*e.args[0]), put(" AS "), put(e.text), put(')');
            return;
        case ExprKind::kConvert:
            put("CONVERT("), expr(*e.args[0]), put(" USING "), put(e.text), put(')');
            return;
        case ExprKind::kCollate:
            expr(*e.args[0], kCollateLevel), put(" COLLATE ");
            if (is_plain_word(e.text) && !Terminal::of_word(e.text).is_reserved())
                put(e.text);
            else
                name(e.text);
            return;
        case ExprKind::kInterval:
            put("INTERVAL "), expr(*e.args[0], kOrLevel), put(' '), put(e.text);
            return;
        case ExprKind::kMatch:
            put("MATCH ("), list(e.args.subspan(1)), put(") AGAINST ("),
                expr(*e.args[0], kBitOrLevel);
            if (!e.text.empty())
                put(' '), put(e.text);
            put(')');
            return;
        case ExprKind::kSubquery:
            put('('), query(*e.query), put(')');
            return;
        case ExprKind::kExists:
            put(e.is_negated ? "NOT EXISTS (" : "EXISTS ("), query(*e.query), put(')');
            return;
        case ExprKind::kQuantified:
            expr(*e.args[0], kCompareLevel), put(' '), put(operator_text(e.op)), put(' '),
                put(e.text), put(" (");
            query(*e.query), put(')');
            return;
        case ExprKind::kDefault:
            put("DEFAULT");
            if (!e.args.empty())
                put('('), expr(*e.args[0]), put(')');
            return;
        case ExprKind::kValues:
            put("VALUES("), expr(*e.args[0]), put(')');
            return;
        case ExprKind::kHole:
            hole(e.hole);
            return;
    }
}

}  // namespace mosaic::sql
