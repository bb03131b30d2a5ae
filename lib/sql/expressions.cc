#include "sql/grammar.h"

namespace mosaic::sql {

const Expr* Grammar::binary(Operator op, const Expr* left, const Expr* right) {
    if (right == nullptr)
        return nullptr;
    Expr* expr = made(ExprKind::kBinary, left->begin);
    expr->op = op;
    const std::array<const Expr*, 2> args = {left, right};
    expr->args = arena_.copy(std::span<const Expr* const>(args));
    return expr;
}

const Expr* Grammar::expr() {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    return expr(kAssignLevel);
}

// What depends on the words behind it, or on sql_mode.
Infix Grammar::infix(Infix found) {
    const Terminal here = peek().terminal;
    if (here == "||" && syntax_.pipes_as_concat)
        return {kConcatLevel, Operator::kConcat};
    const bool is_name = (here == "SOUNDS" && !at("LIKE", 1)) || (here == "MEMBER" && !at("OF", 1));
    if (is_name)
        return {};
    if (here == "NOT") {
        const Terminal next = peek(1).terminal;
        const bool is_negation = next == "IN" || next == "BETWEEN" || next == "LIKE" ||
                                 next == "REGEXP" || next == "RLIKE";
        return is_negation ? found : Infix{};
    }
    return found;
}

const Expr* Grammar::expr(int level) {
    int left_level = kOperandLevel;
    const Expr* left = prefixed(level, left_level);
    return operators(left, level, left_level);
}

const Expr* Grammar::operators(const Expr* left, int level, int left_level) {
    for (int chain = 0; left != nullptr; ++chain) {
        const Infix next = infix();
        // What has been read binds less tightly than `next`: its right side would have taken it.
        if (next.level <= level || next.level > left_level)
            return left;
        if (chain == kChainMax)
            return too_deep("it has too many operators in a row");
        left_level = next.level;
        switch (next.level) {
            case kCompareLevel:
                left = comparison(next.op, left);
                break;
            case kPredicateLevel:
                left = predicate(left);
                break;
            case kCollateLevel:
                left = collate(left);
                break;
            default:
                take();
                left = binary(next.op, left, expr(next.level));
                break;
        }
    }
    return nullptr;
}

// An operand with the signs and words before it. own_level: how tightly these bind.
const Expr* Grammar::prefixed(int level, int& own_level) {
    const Token& token = peek();
    if (token.kind != TokenKind::kSymbol && !token.terminal.is_reserved())
        return primary();
    if (token.terminal == "NOT" && (level < kNotLevel || syntax_.high_not_precedence)) {
        own_level = syntax_.high_not_precedence ? kUnaryLevel : kNotLevel;
        return unary(Operator::kNot);
    }
    Operator op = Operator::kNone;
    if (token.terminal == "-")
        op = Operator::kNegate;
    else if (token.terminal == "+")
        op = Operator::kPlus;
    else if (token.terminal == "~")
        op = Operator::kBitNot;
    else if (token.terminal == "!")
        op = Operator::kBang;
    else if (token.terminal == "BINARY")
        op = Operator::kBinaryCast;
    if (op == Operator::kNone)
        return primary();
    own_level = kUnaryLevel;
    return unary(op);
}

const Expr* Grammar::unary(Operator op) {
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    const bool is_loose = op == Operator::kNot && !syntax_.high_not_precedence;
    const std::uint32_t begin = take().begin;
    const Expr* inner = expr(is_loose ? kAndLevel : kUnaryLevel);
    if (inner == nullptr)
        return nullptr;
    Expr* expr = made(ExprKind::kUnary, begin);
    expr->op = op;
    expr->args = only(inner);
    return expr;
}

const Expr* Grammar::comparison(Operator op, const Expr* left) {
    take();
    if (op == Operator::kNone)
        return is_test(left);
    const bool is_quantified = at_any({"ANY", "SOME", "ALL"}) && at("(", 1) && at_query(2);
    if (!is_quantified)
        return binary(op, left, expr(kCompareLevel));
    const std::string_view word = take().text;
    take();
    const Query* inner = query();
    if (inner == nullptr || !expect(")"))
        return nullptr;
    Expr* expr = made(ExprKind::kQuantified, left->begin);
    expr->op = op;
    expr->text = word;
    expr->query = inner;
    expr->args = only(left);
    return expr;
}

const Expr* Grammar::is_test(const Expr* left) {
    const bool is_negated = accept("NOT");
    if (!at_any({"NULL", "TRUE", "FALSE", "UNKNOWN"}))
        return fail("NULL, TRUE, FALSE or UNKNOWN");
    const std::string_view word = take().terminal.text();
    Expr* expr = made(ExprKind::kIs, left->begin);
    expr->text = word;
    expr->is_negated = is_negated;
    expr->args = only(left);
    return expr;
}

const Expr* Grammar::query_or_expr(const Query*& query_alone) {
    query_alone = nullptr;
    if (!at("(")) {
        if (!at_query())
            return expr();
        query_alone = query();
        return nullptr;
    }
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    const Expr* first = parentheses();
    // Behind (SELECT ..) may go on the query, an expression or a list.
    if (first != nullptr && first->kind == ExprKind::kSubquery &&
        (at_any({")", "UNION", "EXCEPT", "MINUS", "INTERSECT"}) || at_tail())) {
        query_alone = query_behind(*first->query);
        return nullptr;
    }
    return operators(first, kAssignLevel, kOperandLevel);
}

const Expr* Grammar::in_list(const Expr* left, bool is_negated) {
    if (!expect("("))
        return nullptr;
    List<const Expr*> args;
    args.push_back(left);
    const Query* inner = nullptr;
    const Expr* first = query_or_expr(inner);
    if (first == nullptr && inner == nullptr)
        return nullptr;
    if (first != nullptr)
        args.push_back(first);
    while (first != nullptr && accept(",")) {
        args.push_back(expr());
        if (args.back() == nullptr)
            return nullptr;
    }
    if (!expect(")"))
        return nullptr;
    Expr* expr = made(ExprKind::kIn, left->begin);
    expr->is_negated = is_negated;
    expr->query = inner;
    expr->args = arena_.copy(args);
    return expr;
}

const Expr* Grammar::predicate(const Expr* left) {
    const bool is_negated = accept("NOT");
    const Terminal word = take().terminal;
    if (word == "IN")
        return in_list(left, is_negated);
    if (word == "SOUNDS") {
        take();
        return binary(Operator::kSoundsLike, left, expr(kPredicateLevel));
    }
    if (word == "MEMBER") {
        take();
        if (!expect("("))
            return nullptr;
        const Expr* whole = binary(Operator::kMemberOf, left, expr());
        return whole != nullptr && expect(")") ? whole : nullptr;
    }
    return pattern(
        word == "BETWEEN" ? ExprKind::kBetween
        : word == "LIKE"  ? ExprKind::kLike
                          : ExprKind::kRegexp,
        left,
        is_negated
    );
}

const Expr* Grammar::pattern(ExprKind kind, const Expr* left, bool is_negated) {
    std::array<const Expr*, 3> args = {left, expr(kPredicateLevel)};
    std::size_t count = 2;
    if (args[1] == nullptr)
        return nullptr;
    if (kind == ExprKind::kBetween) {
        if (!expect("AND"))
            return nullptr;
        args[count++] = expr(kCompareLevel);
    } else if (kind == ExprKind::kLike && accept("ESCAPE")) {
        args[count++] = expr(syntax_.is_mariadb ? kPredicateLevel : kUnaryLevel);
    }
    if (args[count - 1] == nullptr)
        return nullptr;
    Expr* expr = made(kind, left->begin);
    expr->is_negated = is_negated;
    expr->args = arena_.copy(std::span<const Expr* const>(args.data(), count));
    return expr;
}

const Expr* Grammar::collate(const Expr* left) {
    const Terminal word = take().terminal;
    if (word == "->" || word == "->>") {
        const Operator op = word == "->" ? Operator::kJsonExtract : Operator::kJsonUnquote;
        return binary(op, left, primary());
    }
    const auto collation = peek().kind == TokenKind::kText ? std::optional(text_value(take()))
                                                           : any_name("a collation's name");
    if (!collation)
        return nullptr;
    Expr* expr = made(ExprKind::kCollate, left->begin);
    expr->text = *collation;
    expr->args = only(left);
    return expr;
}

bool Grammar::expr_list(List<const Expr*>& out) {
    if (accept(")"))
        return true;
    do {
        const Expr* one = expr();
        if (one == nullptr)
            return false;
        out.push_back(one);
    } while (accept(","));
    return expect(")");
}

bool Grammar::order_list(std::span<const OrderItem>& out) {
    List<OrderItem> items;
    do {
        OrderItem item;
        item.expr = expr();
        if (item.expr == nullptr)
            return false;
        item.is_descending = accept("DESC");
        if (!item.is_descending)
            accept("ASC");
        items.push_back(item);
    } while (accept(","));
    out = arena_.copy(items);
    return true;
}

}  // namespace mosaic::sql
