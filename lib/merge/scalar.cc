#include "merge/scalar.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <cmath>
#include <cstdlib>
#include <utility>

namespace mosaic::merge {
namespace {

using Op = Scalar::Op;
using boost::multiprecision::cpp_int;

constexpr std::size_t kDigitsMax = 65;  // of a DECIMAL

Result exact_result(Decimal number) {
    Result result;
    result.kind = Result::Kind::kExact;
    result.exact = std::move(number);
    return result;
}

Result truth_result(std::optional<bool> truth) {
    return truth ? exact_result(Decimal(*truth ? 1 : 0)) : Result();
}

// As the servers report it.
absl::Status out_of_range(std::string_view type) {
    ErrorDetail detail;
    detail.mysql_errno = 1690;
    detail.sqlstate = "22003";
    return make_error(
        errors::kServerValue,
        absl::StrFormat("computing with merged values: %s value is out of range", type),
        std::move(detail)
    );
}

absl::StatusOr<Result> in_range(Decimal number, const Column& type) {
    if (type.type == ColumnType::kDecimal) {
        std::size_t digits = 0;
        const std::string text = number.to_string();
        for (const char c : text) digits += c >= '0' && c <= '9' ? 1 : 0;
        if (digits > kDigitsMax)
            return type_error("a DECIMAL of more than 65 digits");
        return exact_result(std::move(number));
    }
    static const Decimal kSignedMin(cpp_int(INT64_MIN));
    static const Decimal kSignedMax(cpp_int(INT64_MAX));
    static const Decimal kUnsignedMax(cpp_int(UINT64_MAX));
    if (type.is_unsigned ? number < Decimal() || number > kUnsignedMax
                         : number < kSignedMin || number > kSignedMax)
        return out_of_range(type.is_unsigned ? "BIGINT UNSIGNED" : "BIGINT");
    return exact_result(std::move(number));
}

}  // namespace

absl::Status inexact_used() {
    return type_error(
        "an inexact quotient is used further, of which MariaDB and MySQL keep different digits"
    );
}

double as_double(const Result& number) {
    if (number.kind == Result::Kind::kDouble)
        return number.real;
    // Read from its digits, which rounds once.
    return std::strtod(number.exact.to_string().c_str(), nullptr);
}

absl::StatusOr<Result> Expression::read_value(const Node& node) {
    Result result;
    switch (node.value.kind()) {
        case ValueKind::kNull:
            return result;
        case ValueKind::kInt:
            return exact_result(Decimal(node.value.as_int()));
        case ValueKind::kUint:
            return exact_result(Decimal(node.value.as_uint()));
        case ValueKind::kDecimal:
            return exact_result(*Decimal::parse(node.value.text()));
        case ValueKind::kDouble:
            result.kind = Result::Kind::kDouble;
            result.real = node.value.as_double();
            return result;
        case ValueKind::kText:
        case ValueKind::kBytes:
            result.kind = Result::Kind::kText;
            result.text = node.value.text();
            return result;
    }
    return result;
}

absl::StatusOr<Result> Expression::read_column(
    const Node& node, const Batch& batch, std::size_t row
) {
    const auto cell = batch.cell(row, node.column);
    Result result;
    if (!cell)
        return result;
    switch (cell_class(node.type)) {
        case CellClass::kInteger:
        case CellClass::kDecimal: {
            const std::optional<Decimal> number = Decimal::parse(*cell);
            if (!number)
                return cell_error(*cell, node.type);
            result = exact_result(*number);
            result.is_inexact =
                node.type.type == ColumnType::kDecimal && number->scale() > node.type.decimals;
            return result;
        }
        case CellClass::kDouble: {
            const std::optional<double> number = parse_double(*cell);
            if (!number)
                return cell_error(*cell, node.type);
            result.kind = Result::Kind::kDouble;
            result.real = *number;
            return result;
        }
        case CellClass::kBits:
            if (cell->size() > 8)
                return cell_error(*cell, node.type);
            return exact_result(Decimal(parse_bits(*cell)));
        case CellClass::kNull:
            return cell_error(*cell, node.type);
        case CellClass::kFloat:
        case CellClass::kDate:
        case CellClass::kTime:
        case CellClass::kBytes:
        case CellClass::kText:
        case CellClass::kOpaque:
            break;
    }
    result.kind = Result::Kind::kText;
    result.text = *cell;
    return result;
}

absl::StatusOr<Result> Expression::evaluate(const Node& node, const Batch& batch, std::size_t row) {
    switch (node.op) {
        case Op::kColumn:
            return read_column(node, batch, row);
        case Op::kLiteral:
        case Op::kParameter:
            return read_value(node);
        case Op::kNegate:
            return negate(node, batch, row);
        case Op::kAdd:
        case Op::kSubtract:
        case Op::kMultiply:
        case Op::kDivide:
        case Op::kIntegerDivide:
        case Op::kModulo:
            return arithmetic(node, batch, row);
        case Op::kCoalesce:
        case Op::kNullIf:
        case Op::kIf:
            return choose(node, batch, row);
        default:
            break;
    }
    MOSAIC_ASSIGN_OR_RETURN(const Truth truth, predicate(node, batch, row));
    return truth_result(truth);
}

absl::StatusOr<Result> Expression::negate(const Node& node, const Batch& batch, std::size_t row) {
    MOSAIC_ASSIGN_OR_RETURN(Result number, evaluate(node.args[0], batch, row));
    if (number.is_null())
        return number;
    if (number.kind == Result::Kind::kDouble) {
        number.real = -number.real;
        return number;
    }
    Decimal negated;
    negated -= number.exact;
    MOSAIC_ASSIGN_OR_RETURN(Result result, in_range(std::move(negated), node.type));
    result.is_inexact = number.is_inexact;
    return result;
}

absl::StatusOr<Result> Expression::arithmetic(
    const Node& node, const Batch& batch, std::size_t row
) {
    MOSAIC_ASSIGN_OR_RETURN(const Result a, evaluate(node.args[0], batch, row));
    MOSAIC_ASSIGN_OR_RETURN(const Result b, evaluate(node.args[1], batch, row));
    if (a.is_null() || b.is_null())
        return Result();
    if (a.is_inexact || b.is_inexact)
        return inexact_used();
    if (node.type.type == ColumnType::kDouble)
        return double_arithmetic(node, as_double(a), as_double(b));
    return exact_arithmetic(node, a.exact, b.exact);
}

absl::StatusOr<Result> Expression::exact_arithmetic(
    const Node& node, const Decimal& a, const Decimal& b
) {
    const bool divides =
        node.op == Op::kDivide || node.op == Op::kIntegerDivide || node.op == Op::kModulo;
    if (divides && b.is_zero())
        return Result();
    Decimal number = a;
    switch (node.op) {
        case Op::kAdd:
            number += b;
            break;
        case Op::kSubtract:
            number -= b;
            break;
        case Op::kMultiply:
            number = a * b;
            break;
        case Op::kIntegerDivide:
            number = divide_truncated(a, b);
            break;
        case Op::kModulo:
            number -= divide_truncated(a, b) * b;
            break;
        default: {
            Result quotient = exact_result(divide_marked(a, b, node.type.decimals));
            quotient.is_inexact = quotient.exact.scale() > node.type.decimals;
            return quotient;
        }
    }
    return in_range(std::move(number), node.type);
}

absl::StatusOr<Result> Expression::double_arithmetic(const Node& node, double a, double b) {
    Result result;
    if ((node.op == Op::kDivide || node.op == Op::kModulo) && b == 0)
        return result;
    result.kind = Result::Kind::kDouble;
    switch (node.op) {
        case Op::kAdd:
            result.real = a + b;
            break;
        case Op::kSubtract:
            result.real = a - b;
            break;
        case Op::kMultiply:
            result.real = a * b;
            break;
        case Op::kDivide:
            result.real = a / b;
            break;
        default:
            result.real = std::fmod(a, b);
            break;
    }
    if (!std::isfinite(result.real))
        return out_of_range("DOUBLE");
    return result;
}

absl::StatusOr<Result> Expression::choose(const Node& node, const Batch& batch, std::size_t row) {
    if (node.op == Op::kNullIf) {
        MOSAIC_ASSIGN_OR_RETURN(
            const Truth are_equal, compare(Op::kEqual, node.args[0], node.args[1], batch, row)
        );
        return are_equal.value_or(false) ? Result() : evaluate(node.args[0], batch, row);
    }
    Result chosen;
    if (node.op == Op::kIf) {
        MOSAIC_ASSIGN_OR_RETURN(const Truth is_true, truth(node.args[0], batch, row));
        MOSAIC_ASSIGN_OR_RETURN(
            chosen, evaluate(node.args[is_true.value_or(false) ? 1 : 2], batch, row)
        );
    } else {
        for (std::size_t i = 0; i < node.args.size() && chosen.is_null(); ++i) {
            MOSAIC_ASSIGN_OR_RETURN(chosen, evaluate(node.args[i], batch, row));
        }
    }
    if (chosen.kind != Result::Kind::kExact)
        return chosen;
    if (node.type.type == ColumnType::kDouble) {
        if (chosen.is_inexact)
            return inexact_used();
        chosen.real = as_double(chosen);
        chosen.kind = Result::Kind::kDouble;
    } else if (chosen.is_inexact) {
        if (chosen.exact.scale() - 2 != node.type.decimals)
            return inexact_used();  // one server fills up with zeros, the other with digits
    } else {
        chosen.exact =
            chosen.exact.rescaled(node.type.type == ColumnType::kDecimal ? node.type.decimals : 0);
        return in_range(std::move(chosen.exact), node.type);
    }
    return chosen;
}

absl::Status append_result(Batch& out, const Result& result, const Column& column) {
    if (result.is_null()) {
        out.append_null();
        return absl::OkStatus();
    }
    const CellClass cells = cell_class(column);
    const bool is_number =
        cells == CellClass::kInteger || cells == CellClass::kDecimal || cells == CellClass::kDouble;
    if (result.kind == Result::Kind::kText && !is_number) {
        out.append(result.text);
        return absl::OkStatus();
    }
    if (cells == CellClass::kDouble && result.kind != Result::Kind::kText) {
        if (result.is_inexact)
            return inexact_used();
        out.append(print_double(as_double(result), column.decimals));
        return absl::OkStatus();
    }
    if (result.kind != Result::Kind::kExact || !is_number)
        return type_error(absl::StrFormat(
            "column %s: the computed value is no %s", column.name, to_string(column.type)
        ));
    const int scale = cells == CellClass::kInteger ? 0 : column.decimals;
    const int scale_kept = result.exact.scale() - (result.is_inexact ? 2 : 0);
    const Decimal number = result.exact.rescaled(scale);
    if (result.is_inexact ? scale != scale_kept : number != result.exact)
        return type_error(absl::StrFormat(
            "column %s: %s has not the scale of its column, %d",
            column.name,
            result.exact.to_string(),
            scale
        ));
    out.append(number.to_string());
    return absl::OkStatus();
}

}  // namespace mosaic::merge
