#include "plan/scatter_shapes.h"
#include "plan/scatter_tree.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

/// Expressions over merged aggregates. What servers do was tried on MariaDB 10.11 and MySQL 9.7:
///   - a quotient compares, and prints, with the scale of its left side plus four digits; inside
///     arithmetic MariaDB keeps more digits (1/3*3 is 1.0000 there, 0.9999 in MySQL), so there it
///     is refused;
///   - AVG compares as it prints in MariaDB, and exactly in MySQL (HAVING AVG(x) > 0.3333 holds for
///     0, 0, 1), where AVG(x) > c is asked as SUM(x) > c * COUNT(x);
///   - AVG inside arithmetic keeps more digits in both: refused;
///   - text is passed on, never compared.
namespace mosaic::plan {
namespace {

using merge::Scalar;
using sql::Expr;
using sql::ExprKind;
using sql::Operator;
using Op = Scalar::Op;

/// An expression with what is known of its value.
struct Made {
    Scalar scalar = {};
    bool is_number = false;   ///< Arithmetic and comparisons may use it.
    bool is_rounded = false;  ///< A quotient or AVG: not for arithmetic.
    bool is_direct = true;    ///< A rounded value itself, not passed on by COALESCE or IF.
    std::optional<GroupedValue::Average> average = {};
    bool is_double = false;
    bool is_integer = false;
};

std::optional<Op> comparison_of(Operator op) {
    switch (op) {
        case Operator::kEqual:
            return Op::kEqual;
        case Operator::kNullSafeEqual:
            return Op::kNullSafeEqual;
        case Operator::kNotEqual:
            return Op::kNotEqual;
        case Operator::kLess:
            return Op::kLess;
        case Operator::kLessEqual:
            return Op::kLessEqual;
        case Operator::kGreater:
            return Op::kGreater;
        case Operator::kGreaterEqual:
            return Op::kGreaterEqual;
        default:
            return std::nullopt;  // NOLINT: no comparison
    }
}

std::optional<Op> logic_of(Operator op) {
    switch (op) {
        case Operator::kAnd:
            return Op::kAnd;
        case Operator::kOr:
            return Op::kOr;
        case Operator::kXor:
            return Op::kXor;
        default:
            return std::nullopt;  // NOLINT: no logic
    }
}

std::optional<Op> arithmetic_of(Operator op) {
    switch (op) {
        case Operator::kAdd:
            return Op::kAdd;
        case Operator::kSubtract:
            return Op::kSubtract;
        case Operator::kMultiply:
            return Op::kMultiply;
        case Operator::kDivide:
            return Op::kDivide;
        case Operator::kIntegerDivide:
            return Op::kIntegerDivide;
        case Operator::kModulo:
            return Op::kModulo;
        default:
            return std::nullopt;  // NOLINT: no arithmetic
    }
}

std::optional<Value> number_of(const Expr& expr) {
    const absl::string_view digits(expr.text.data(), expr.text.size());
    switch (expr.kind) {
        case ExprKind::kTrue:
            return Value(1);
        case ExprKind::kFalse:
            return Value(0);
        case ExprKind::kInteger: {
            std::int64_t integer = 0;
            if (absl::SimpleAtoi(digits, &integer))
                return Value(integer);
            std::uint64_t large = 0;
            if (absl::SimpleAtoi(digits, &large))
                return Value(large);
            return Value::decimal(std::string(expr.text));
        }
        case ExprKind::kDecimal:
            return Value::decimal(std::string(expr.text));
        case ExprKind::kDouble: {
            double number = 0;
            return absl::SimpleAtod(digits, &number) ? std::optional<Value>(number) : std::nullopt;
        }
        default:
            return std::nullopt;  // NOLINT: no number
    }
}

Scalar make(Op op, std::vector<Scalar> args) {
    Scalar scalar;
    scalar.op = op;
    scalar.args = std::move(args);
    return scalar;
}

Scalar column(std::size_t position) {
    Scalar scalar;
    scalar.op = Op::kColumn;
    scalar.column = position;
    return scalar;
}

class ScalarMaker {
public:
    ScalarMaker(const FindGrouped& find, bool is_mariadb) : find_(find), is_mariadb_(is_mariadb) {}

    absl::StatusOr<Made> made(const Expr& expr) const {
        MOSAIC_ASSIGN_OR_RETURN(const std::optional<GroupedValue> grouped, find_(expr));
        if (grouped) {
            Made result{.scalar = column(grouped->column)};
            result.is_number = is_numeric(grouped->value);
            result.average = grouped->average;
            result.is_rounded = grouped->average.has_value();
            result.is_double = grouped->value == ValueClass::kDouble;
            result.is_integer = grouped->value == ValueClass::kInteger;
            return result;
        }
        if (const std::optional<Value> number = number_of(expr)) {
            Made result{.is_number = true};
            result.scalar.value = *number;
            result.is_integer = expr.kind == ExprKind::kInteger;
            return result;
        }
        switch (expr.kind) {
            case ExprKind::kNull:
                return Made{.scalar = Scalar{}, .is_number = true};
            case ExprKind::kParameter: {
                Made result{.is_number = true};
                result.scalar.op = Op::kParameter;
                result.scalar.column = expr.index;
                return result;
            }
            case ExprKind::kUnary:
                return unary(expr);
            case ExprKind::kBinary:
                return binary(expr);
            case ExprKind::kBetween:
                return between(expr);
            case ExprKind::kIn:
                return in(expr);
            case ExprKind::kIs:
                return is(expr);
            case ExprKind::kFunction:
                return function(expr);
            case ExprKind::kCase:
                return case_of(expr);
            default:
                return refuse_here(
                    expr, "it is not computed over merged values yet"
                );  // NOLINT: all others
        }
    }

private:
    static absl::Status refuse_here(const Expr& expr, std::string_view why) {
        const std::string_view what =
            expr.kind == ExprKind::kFunction || expr.kind == ExprKind::kAggregate
                ? expr.text
                : std::string_view("an expression over aggregates");
        return refuse(
            errors::kNeedsGather,
            place(what, expr.begin),
            why,
            "select its aggregates and compute it in the application"
        );
    }

    absl::StatusOr<Made> number(const Expr& expr) const {
        MOSAIC_ASSIGN_OR_RETURN(Made result, made(expr));
        if (!result.is_number)
            return refuse_here(expr, "values other than numbers are not compared after a merge");
        return result;
    }

    absl::StatusOr<Made> exact_number(const Expr& expr) const {
        MOSAIC_ASSIGN_OR_RETURN(Made result, number(expr));
        if (result.is_rounded && !result.is_double)
            return refuse_here(expr, "servers keep more digits of a quotient than it shows");
        return result;
    }

    absl::StatusOr<Made> unary(const Expr& expr) const {
        if (expr.op == Operator::kNot || expr.op == Operator::kBang) {
            MOSAIC_ASSIGN_OR_RETURN(Made arg, exact_number(*expr.args[0]));
            return Made{.scalar = make(Op::kNot, {arg.scalar}), .is_number = true};
        }
        if (expr.op != Operator::kNegate && expr.op != Operator::kPlus)
            return refuse_here(expr, "it is not computed over merged values yet");
        MOSAIC_ASSIGN_OR_RETURN(Made arg, exact_number(*expr.args[0]));
        if (expr.op == Operator::kNegate)
            arg.scalar = make(Op::kNegate, {arg.scalar});
        return arg;
    }

    // The remainder of -7.00 by 7 is -0.00, which servers find less than 0.
    static absl::StatusOr<Made> modulo(const Expr& expr, const Made& left, const Made& right) {
        if (!left.is_integer || !right.is_integer)
            return refuse_here(expr, "servers tell a remainder of -0.00 from 0.00");
        return Made{
            .scalar = make(Op::kModulo, {left.scalar, right.scalar}),
            .is_number = true,
            .is_integer = true};
    }

    absl::StatusOr<Made> binary(const Expr& expr) const {
        if (const std::optional<Op> op = comparison_of(expr.op))
            return compare(expr, *op, *expr.args[0], *expr.args[1]);
        if (const std::optional<Op> op = logic_of(expr.op)) {
            MOSAIC_ASSIGN_OR_RETURN(Made left, exact_number(*expr.args[0]));
            MOSAIC_ASSIGN_OR_RETURN(Made right, exact_number(*expr.args[1]));
            return Made{.scalar = make(*op, {left.scalar, right.scalar}), .is_number = true};
        }
        const std::optional<Op> op = arithmetic_of(expr.op);
        if (!op)
            return refuse_here(expr, "it is not computed over merged values yet");
        MOSAIC_ASSIGN_OR_RETURN(Made left, exact_number(*expr.args[0]));
        MOSAIC_ASSIGN_OR_RETURN(Made right, exact_number(*expr.args[1]));
        if (*op == Op::kModulo)
            return modulo(expr, left, right);
        Made result{.scalar = make(*op, {left.scalar, right.scalar}), .is_number = true};
        result.is_rounded = *op == Op::kDivide;
        return result;
    }

    /// AVG(x) op c of MySQL as SUM(x) op c * COUNT(x): the quotient itself is not exact.
    [[nodiscard]] bool multiplies(const Made& side) const {
        return !is_mariadb_ && side.average.has_value() && !side.is_double;
    }

    absl::StatusOr<Made> compare(const Expr& whole, Op op, const Expr& a, const Expr& b) const {
        MOSAIC_ASSIGN_OR_RETURN(Made left, number(a));
        MOSAIC_ASSIGN_OR_RETURN(Made right, number(b));
        for (const Made* side : {&left, &right}) {
            if (side->is_rounded && !side->is_direct)
                return refuse_here(whole, "servers keep more digits of a quotient than it shows");
        }
        if (multiplies(left) && multiplies(right))
            return refuse_here(whole, "two averages are not compared exactly yet");
        if (multiplies(left) || multiplies(right)) {
            Made& average = multiplies(left) ? left : right;
            Made& other = multiplies(left) ? right : left;
            if (other.is_rounded || op == Op::kNullSafeEqual)
                return refuse_here(whole, "an average and a quotient are not compared exactly yet");
            average.scalar = column(average.average->sum);
            other.scalar = make(Op::kMultiply, {other.scalar, column(average.average->count)});
        }
        return Made{.scalar = make(op, {left.scalar, right.scalar}), .is_number = true};
    }

    static Made negated(Made made_value, bool is_negated) {
        if (is_negated)
            made_value.scalar = make(Op::kNot, {made_value.scalar});
        return made_value;
    }

    absl::StatusOr<Made> between(const Expr& expr) const {
        MOSAIC_ASSIGN_OR_RETURN(
            Made low, compare(expr, Op::kGreaterEqual, *expr.args[0], *expr.args[1])
        );
        MOSAIC_ASSIGN_OR_RETURN(
            Made high, compare(expr, Op::kLessEqual, *expr.args[0], *expr.args[2])
        );
        low.scalar = make(Op::kAnd, {low.scalar, high.scalar});
        return negated(low, expr.is_negated);
    }

    absl::StatusOr<Made> in(const Expr& expr) const {
        if (expr.query != nullptr)
            return refuse_here(expr, "a subquery is not compared with merged values");
        Scalar scalar = make(Op::kIn, {});
        for (const Expr* arg : expr.args) {
            MOSAIC_ASSIGN_OR_RETURN(Made part, exact_number(*arg));
            scalar.args.push_back(part.scalar);
        }
        return negated(Made{.scalar = scalar, .is_number = true}, expr.is_negated);
    }

    absl::StatusOr<Made> is(const Expr& expr) const {
        if (expr.text != "NULL" && expr.text != "UNKNOWN")
            return refuse_here(expr, "it is not computed over merged values yet");
        MOSAIC_ASSIGN_OR_RETURN(Made arg, made(*expr.args[0]));
        const Op op = expr.is_negated ? Op::kIsNotNull : Op::kIsNull;
        return Made{.scalar = make(op, {arg.scalar}), .is_number = true};
    }

    /// Branches that are passed on: all numbers, or none is used as one.
    absl::StatusOr<Made> passed(
        Op op, std::vector<Scalar> before, std::span<const Expr* const> args
    ) const {
        Made result{.scalar = make(op, std::move(before)), .is_number = true, .is_direct = false};
        for (const Expr* arg : args) {
            MOSAIC_ASSIGN_OR_RETURN(Made branch, number(*arg));
            result.scalar.args.push_back(branch.scalar);
            result.is_rounded = result.is_rounded || branch.is_rounded;
        }
        return result;
    }

    absl::StatusOr<Made> function(const Expr& expr) const {
        const std::string name =
            absl::AsciiStrToUpper(absl::string_view(expr.text.data(), expr.text.size()));
        if ((name == "COALESCE" && !expr.args.empty()) ||
            (name == "IFNULL" && expr.args.size() == 2))
            return passed(Op::kCoalesce, {}, expr.args);
        if (name == "IF" && expr.args.size() == 3) {
            MOSAIC_ASSIGN_OR_RETURN(Made condition, exact_number(*expr.args[0]));
            return passed(Op::kIf, {condition.scalar}, expr.args.subspan(1));
        }
        if (name == "NULLIF" && expr.args.size() == 2) {
            MOSAIC_ASSIGN_OR_RETURN(Made first, exact_number(*expr.args[0]));
            MOSAIC_ASSIGN_OR_RETURN(Made second, exact_number(*expr.args[1]));
            return Made{
                .scalar = make(Op::kNullIf, {first.scalar, second.scalar}), .is_number = true};
        }
        if (name == "MOD" && expr.args.size() == 2) {
            MOSAIC_ASSIGN_OR_RETURN(Made first, exact_number(*expr.args[0]));
            MOSAIC_ASSIGN_OR_RETURN(Made second, exact_number(*expr.args[1]));
            return modulo(expr, first, second);
        }
        return refuse_here(expr, "this function is not computed over merged values yet");
    }

    absl::StatusOr<Made> case_of(const Expr& expr) const {
        const std::size_t first = expr.has_operand ? 1 : 0;
        const std::size_t end = expr.args.size() - (expr.has_else ? 1 : 0);
        Made result{.scalar = Scalar{}, .is_number = true, .is_direct = false};
        if (expr.has_else) {
            MOSAIC_ASSIGN_OR_RETURN(Made last, number(*expr.args.back()));
            result.scalar = last.scalar;
            result.is_rounded = last.is_rounded;
        }
        for (std::size_t at = end; at >= first + 2; at -= 2) {
            absl::StatusOr<Made> condition =
                expr.has_operand ? compare(expr, Op::kEqual, *expr.args[0], *expr.args[at - 2])
                                 : exact_number(*expr.args[at - 2]);
            MOSAIC_RETURN_IF_ERROR(condition.status());
            MOSAIC_ASSIGN_OR_RETURN(Made then, number(*expr.args[at - 1]));
            result.scalar = make(Op::kIf, {condition->scalar, then.scalar, result.scalar});
            result.is_rounded = result.is_rounded || then.is_rounded;
        }
        return result;
    }

    const FindGrouped& find_;
    bool is_mariadb_;
};

}  // namespace

absl::StatusOr<merge::Scalar> make_scalar(
    const Expr& canonical, ScalarUse use, const FindGrouped& find, bool is_mariadb
) {
    MOSAIC_ASSIGN_OR_RETURN(Made result, ScalarMaker(find, is_mariadb).made(canonical));
    const bool is_bare_average = use == ScalarUse::kCondition && result.is_rounded;
    if (!result.is_number || is_bare_average) {
        return refuse(
            errors::kNeedsGather,
            place("an expression over aggregates", canonical.begin),
            result.is_number ? "a quotient is no condition that is computed exactly"
                             : "values other than numbers are not computed after a merge",
            "select its aggregates and compute it in the application"
        );
    }
    return result.scalar;
}

}  // namespace mosaic::plan
