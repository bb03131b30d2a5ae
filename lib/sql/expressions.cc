#include "sql/grammar.h"

namespace mosaic::sql {

Expr* Grammar::made(ExprKind kind, std::uint32_t begin) {
    Expr* expr = arena_.make<Expr>();
    expr->kind = kind;
    expr->begin = begin;
    expr->end = last_end_;
    return expr;
}

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
    return or_expr();
}

const Expr* Grammar::or_expr() {
    const Expr* left = xor_expr();
    for (int chain = 0; left != nullptr; ++chain) {
        if (!at_word("OR") && !(at_symbol("||") && !syntax_.pipes_as_concat))
            return left;
        if (chain == kChainMax)
            return too_deep("it joins too many conditions by OR");
        take();
        left = binary(Operator::kOr, left, xor_expr());
    }
    return nullptr;
}

const Expr* Grammar::xor_expr() {
    const Expr* left = and_expr();
    for (int chain = 0; left != nullptr && accept_word("XOR"); ++chain) {
        if (chain == kChainMax)
            return too_deep("it joins too many conditions by XOR");
        left = binary(Operator::kXor, left, and_expr());
    }
    return left;
}

const Expr* Grammar::and_expr() {
    const Expr* left = not_expr();
    for (int chain = 0; left != nullptr; ++chain) {
        if (!at_word("AND") && !at_symbol("&&"))
            return left;
        if (chain == kChainMax)
            return too_deep("it joins too many conditions by AND");
        take();
        left = binary(Operator::kAnd, left, not_expr());
    }
    return nullptr;
}

const Expr* Grammar::not_expr() {
    if (syntax_.high_not_precedence || !at_word("NOT"))
        return comparison();
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    const std::uint32_t begin = take().begin;
    const Expr* inner = not_expr();
    if (inner == nullptr)
        return nullptr;
    Expr* expr = made(ExprKind::kUnary, begin);
    expr->op = Operator::kNot;
    expr->args = arena_.copy(std::span<const Expr* const>(&inner, 1));
    return expr;
}

bool Grammar::comparison_operator(Operator& op) {
    const Token& token = peek();
    if (token.kind != TokenKind::kSymbol)
        return false;
    if (token.text == "=")
        op = Operator::kEqual;
    else if (token.text == "<=>")
        op = Operator::kNullSafeEqual;
    else if (token.text == "<>" || token.text == "!=")
        op = Operator::kNotEqual;
    else if (token.text == "<")
        op = Operator::kLess;
    else if (token.text == "<=")
        op = Operator::kLessEqual;
    else if (token.text == ">")
        op = Operator::kGreater;
    else if (token.text == ">=")
        op = Operator::kGreaterEqual;
    else
        return false;
    take();
    return true;
}

const Expr* Grammar::comparison() {
    const Expr* left = predicate();
    for (int chain = 0; left != nullptr; ++chain) {
        if (chain == kChainMax)
            return too_deep("it compares too often in a row");
        Operator op = Operator::kNone;
        if (at_word("IS")) {
            left = is_test(left);
        } else if (comparison_operator(op)) {
            const bool is_quantified = (at_word("ANY") || at_word("SOME") || at_word("ALL")) &&
                                       at_symbol("(", 1) && at_query(2);
            if (!is_quantified) {
                left = binary(op, left, predicate());
                continue;
            }
            const std::string_view word = take().text;
            take();
            const Query* inner = query();
            if (inner == nullptr || !expect_symbol(")"))
                return nullptr;
            Expr* expr = made(ExprKind::kQuantified, left->begin);
            expr->op = op;
            expr->text = word;
            expr->query = inner;
            expr->args = arena_.copy(std::span<const Expr* const>(&left, 1));
            left = expr;
        } else {
            return left;
        }
    }
    return nullptr;
}

const Expr* Grammar::is_test(const Expr* left) {
    take();
    const bool is_negated = accept_word("NOT");
    for (const std::string_view word : {"NULL", "TRUE", "FALSE", "UNKNOWN"}) {
        if (!accept_word(word))
            continue;
        Expr* expr = made(ExprKind::kIs, left->begin);
        expr->text = word;
        expr->is_negated = is_negated;
        expr->args = arena_.copy(std::span<const Expr* const>(&left, 1));
        return expr;
    }
    return fail("NULL, TRUE, FALSE or UNKNOWN");
}

const Expr* Grammar::in_list(const Expr* left, bool is_negated) {
    if (!expect_symbol("("))
        return nullptr;
    std::vector<const Expr*> args = {left};
    const Query* inner = nullptr;
    if (at_query()) {
        inner = query();
        if (inner == nullptr || !expect_symbol(")"))
            return nullptr;
    } else if (!expr_list(args, ")")) {
        return nullptr;
    }
    Expr* expr = made(ExprKind::kIn, left->begin);
    expr->is_negated = is_negated;
    expr->query = inner;
    expr->args = arena_.copy(args);
    return expr;
}

const Expr* Grammar::predicate() {
    const Expr* left = bit_expr(0);
    for (int chain = 0; left != nullptr; ++chain) {
        if (chain == kChainMax)
            return too_deep("it tests too often in a row");
        const bool is_negated = at_word("NOT");
        const std::size_t at = is_negated ? 1 : 0;
        ExprKind kind = ExprKind::kNull;
        if (at_word("IN", at))
            kind = ExprKind::kIn;
        else if (at_word("BETWEEN", at))
            kind = ExprKind::kBetween;
        else if (at_word("LIKE", at))
            kind = ExprKind::kLike;
        else if (at_word("REGEXP", at) || at_word("RLIKE", at))
            kind = ExprKind::kRegexp;
        if (kind == ExprKind::kNull) {
            if (at_word("SOUNDS") && at_word("LIKE", 1)) {
                take(), take();
                left = binary(Operator::kSoundsLike, left, bit_expr(0));
                continue;
            }
            if (at_word("MEMBER") && at_word("OF", 1)) {
                take(), take();
                if (!expect_symbol("("))
                    return nullptr;
                left = binary(Operator::kMemberOf, left, expr());
                if (left == nullptr || !expect_symbol(")"))
                    return nullptr;
                continue;
            }
            return left;
        }
        if (is_negated)
            take();
        take();
        if (kind == ExprKind::kIn) {
            left = in_list(left, is_negated);
            continue;
        }
        std::vector<const Expr*> args = {left, bit_expr(0)};
        if (kind == ExprKind::kBetween) {
            if (args[1] == nullptr || !expect_word("AND"))
                return nullptr;
            args.push_back(predicate());
        } else if (kind == ExprKind::kLike && args[1] != nullptr && accept_word("ESCAPE")) {
            args.push_back(unary());
        }
        if (args.back() == nullptr)
            return nullptr;
        Expr* expr = made(kind, left->begin);
        expr->is_negated = is_negated;
        expr->args = arena_.copy(args);
        left = expr;
    }
    return nullptr;
}

// The operator that stands here and how tight it binds, 1 to 7; kNone: none.
Operator Grammar::bit_operator(int& level) {
    const Token& token = peek();
    if (token.kind == TokenKind::kWord) {
        level = 5;
        if (same_word(token.text, "DIV"))
            return Operator::kIntegerDivide;
        return same_word(token.text, "MOD") ? Operator::kModulo : Operator::kNone;
    }
    if (token.kind != TokenKind::kSymbol)
        return Operator::kNone;

    struct Row {
        std::string_view symbol;
        int level;
        Operator op;
    };

    static constexpr Row kRows[] = {
        {"+", 4, Operator::kAdd},
        {"-", 4, Operator::kSubtract},
        {"*", 5, Operator::kMultiply},
        {"/", 5, Operator::kDivide},
        {"%", 5, Operator::kModulo},
        {"|", 1, Operator::kBitOr},
        {"&", 2, Operator::kBitAnd},
        {"<<", 3, Operator::kShiftLeft},
        {">>", 3, Operator::kShiftRight},
        {"^", 6, Operator::kBitXor},
        {"||", 7, Operator::kConcat},
    };
    for (const Row& row : kRows) {
        if (token.text == row.symbol) {
            level = row.level;
            return row.op == Operator::kConcat && !syntax_.pipes_as_concat ? Operator::kNone
                                                                           : row.op;
        }
    }
    return Operator::kNone;
}

const Expr* Grammar::bit_expr(int level) {
    const Expr* left = unary();
    for (int chain = 0; left != nullptr; ++chain) {
        int op_level = 0;
        const Operator op = bit_operator(op_level);
        if (op == Operator::kNone || op_level <= level)
            return left;
        if (chain == kChainMax)
            return too_deep("it computes with too many operands in a row");
        take();
        left = binary(op, left, bit_expr(op_level));
    }
    return nullptr;
}

const Expr* Grammar::unary() {
    Operator op = Operator::kNone;
    if (at_symbol("-"))
        op = Operator::kNegate;
    else if (at_symbol("+"))
        op = Operator::kPlus;
    else if (at_symbol("~"))
        op = Operator::kBitNot;
    else if (at_symbol("!"))
        op = Operator::kBang;
    else if (at_word("BINARY"))
        op = Operator::kBinaryCast;
    else if (syntax_.high_not_precedence && at_word("NOT"))
        op = Operator::kNot;
    if (op == Operator::kNone)
        return postfix(primary());
    const Depth depth(*this);
    if (!depth.is_ok())
        return too_deep("it nests too deep");
    const std::uint32_t begin = take().begin;
    const Expr* inner = unary();
    if (inner == nullptr)
        return nullptr;
    Expr* expr = made(ExprKind::kUnary, begin);
    expr->op = op;
    expr->args = arena_.copy(std::span<const Expr* const>(&inner, 1));
    return expr;
}

const Expr* Grammar::postfix(const Expr* left) {
    for (int chain = 0; left != nullptr; ++chain) {
        if (chain == kParseDepthMax)
            return too_deep("it nests too deep");
        if (accept_word("COLLATE")) {
            if (peek().kind == TokenKind::kText) {
                fail("a collation's name");
                return nullptr;
            }
            const auto collation = any_name("a collation's name");
            if (!collation)
                return nullptr;
            Expr* expr = made(ExprKind::kCollate, left->begin);
            expr->text = *collation;
            expr->args = arena_.copy(std::span<const Expr* const>(&left, 1));
            left = expr;
        } else if (at_symbol("->") || at_symbol("->>")) {
            const Operator op =
                take().text == "->" ? Operator::kJsonExtract : Operator::kJsonUnquote;
            left = binary(op, left, primary());
        } else {
            return left;
        }
    }
    return nullptr;
}

bool Grammar::expr_list(std::vector<const Expr*>& out, std::string_view end) {
    if (accept_symbol(end))
        return true;
    do {
        const Expr* one = expr();
        if (one == nullptr)
            return false;
        out.push_back(one);
    } while (accept_symbol(","));
    return expect_symbol(end);
}

bool Grammar::order_list(std::span<const OrderItem>& out) {
    std::vector<OrderItem> items;
    do {
        OrderItem item;
        item.expr = expr();
        if (item.expr == nullptr)
            return false;
        item.is_descending = accept_word("DESC");
        if (!item.is_descending)
            accept_word("ASC");
        items.push_back(item);
    } while (accept_symbol(","));
    out = arena_.copy(items);
    return true;
}

}  // namespace mosaic::sql
