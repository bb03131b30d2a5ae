// Comparisons and three-valued logic.
#include "base/status.h"
#include "merge/scalar.h"

#include <compare>
#include <optional>

namespace mosaic::merge {
namespace {

using Op = Scalar::Op;

absl::Status text_used() {
    return type_error("a text is compared or used as a truth value, which only the server can");
}

Decimal half_unit(int scale) {
    Decimal half(5, scale + 1);
    return half;
}

// nullopt: which is less depends on digits that servers keep or not.
std::optional<std::partial_ordering> compare_exact(const Result& a, const Result& b) {
    if (!a.is_inexact && !b.is_inexact)
        return a.exact <=> b.exact;
    Decimal distance = a.exact;
    distance -= b.exact;
    // A marked quotient has two digits more than its scale; what servers keep is within half a
    // unit.
    Decimal margin;
    if (a.is_inexact)
        margin += half_unit(a.exact.scale() - 2);
    if (b.is_inexact)
        margin += half_unit(b.exact.scale() - 2);
    Decimal least;
    least -= margin;
    if (distance > margin)
        return std::partial_ordering::greater;
    if (distance < least)
        return std::partial_ordering::less;
    return std::nullopt;
}

bool matches(Op op, std::partial_ordering order) {
    switch (op) {
        case Op::kEqual:
        case Op::kNullSafeEqual:
            return order == 0;
        case Op::kNotEqual:
            return order != 0;
        case Op::kLess:
            return order < 0;
        case Op::kLessEqual:
            return order <= 0;
        case Op::kGreater:
            return order > 0;
        case Op::kGreaterEqual:
            return order >= 0;
        default:
            return false;
    }
}

}  // namespace

absl::StatusOr<Expression::Truth> Expression::compare(
    Op op, const Node& left, const Node& right, const Batch& batch, std::size_t row
) {
    MOSAIC_ASSIGN_OR_RETURN(const Result a, evaluate(left, batch, row));
    MOSAIC_ASSIGN_OR_RETURN(const Result b, evaluate(right, batch, row));
    if (a.is_null() || b.is_null())
        return op == Op::kNullSafeEqual ? Truth(a.is_null() && b.is_null()) : std::nullopt;
    if (a.kind == Result::Kind::kText || b.kind == Result::Kind::kText)
        return text_used();
    if (a.kind == Result::Kind::kDouble || b.kind == Result::Kind::kDouble) {
        if (a.is_inexact || b.is_inexact)
            return inexact_used();
        return matches(op, as_double(a) <=> as_double(b));
    }
    const auto order = compare_exact(a, b);
    if (!order)
        return inexact_used();
    return matches(op, *order);
}

absl::StatusOr<Expression::Truth> Expression::truth(
    const Node& node, const Batch& batch, std::size_t row
) {
    MOSAIC_ASSIGN_OR_RETURN(const Result value, evaluate(node, batch, row));
    switch (value.kind) {
        case Result::Kind::kNull:
            return Truth();
        case Result::Kind::kText:
            return text_used();
        case Result::Kind::kDouble:
            return Truth(value.real != 0);
        case Result::Kind::kExact:
            if (value.is_inexact && value.exact.rescaled(value.exact.scale() - 2).is_zero())
                return inexact_used();
            return Truth(!value.exact.is_zero());
    }
    return Truth();
}

absl::StatusOr<Expression::Truth> Expression::predicate(
    const Node& node, const Batch& batch, std::size_t row
) {
    switch (node.op) {
        case Op::kAnd:
        case Op::kOr:
        case Op::kXor:
            return logic(node, batch, row);
        case Op::kNot: {
            MOSAIC_ASSIGN_OR_RETURN(const Truth value, truth(node.args[0], batch, row));
            return value ? Truth(!*value) : value;
        }
        case Op::kIsNull:
        case Op::kIsNotNull: {
            MOSAIC_ASSIGN_OR_RETURN(const Result value, evaluate(node.args[0], batch, row));
            return Truth(value.is_null() == (node.op == Op::kIsNull));
        }
        case Op::kIn:
            return is_in(node, batch, row);
        case Op::kBetween: {
            MOSAIC_ASSIGN_OR_RETURN(
                const Truth low, compare(Op::kGreaterEqual, node.args[0], node.args[1], batch, row)
            );
            MOSAIC_ASSIGN_OR_RETURN(
                const Truth high, compare(Op::kLessEqual, node.args[0], node.args[2], batch, row)
            );
            if (low == false || high == false)
                return Truth(false);
            return low && high ? Truth(true) : Truth();
        }
        default:
            return compare(node.op, node.args[0], node.args[1], batch, row);
    }
}

absl::StatusOr<Expression::Truth> Expression::logic(
    const Node& node, const Batch& batch, std::size_t row
) {
    MOSAIC_ASSIGN_OR_RETURN(Truth result, truth(node.args[0], batch, row));
    for (std::size_t i = 1; i < node.args.size(); ++i) {
        const Truth decided = node.op == Op::kAnd ? Truth(false) : Truth(true);
        if (node.op != Op::kXor && result == decided)
            return result;
        MOSAIC_ASSIGN_OR_RETURN(const Truth next, truth(node.args[i], batch, row));
        if (node.op == Op::kXor)
            result = result && next ? Truth(*result != *next) : Truth();
        else if (next == decided || !next)
            result = next;
    }
    return result;
}

absl::StatusOr<Expression::Truth> Expression::is_in(
    const Node& node, const Batch& batch, std::size_t row
) {
    bool met_null = false;
    for (std::size_t i = 1; i < node.args.size(); ++i) {
        MOSAIC_ASSIGN_OR_RETURN(
            const Truth are_equal, compare(Op::kEqual, node.args[0], node.args[i], batch, row)
        );
        if (are_equal.value_or(false))
            return Truth(true);
        met_null = met_null || !are_equal;
    }
    return met_null ? Truth() : Truth(false);
}

absl::StatusOr<bool> holds(const Expression& condition, const Batch& batch, std::size_t row) {
    MOSAIC_ASSIGN_OR_RETURN(
        const Expression::Truth truth, Expression::truth(condition.root_, batch, row)
    );
    return truth.value_or(false);
}

}  // namespace mosaic::merge
