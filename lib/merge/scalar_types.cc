// How the type of an expression follows from its parts.
#include "base/status.h"
#include "merge/scalar.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::merge {
namespace {

using Op = Scalar::Op;

constexpr int kDivisionIncrement = 4;  // div_precision_increment
constexpr int kScaleMax = 30;          // of a DECIMAL, on every server
constexpr std::uint8_t kNotFixed = 31;

Column exact_type(int scale) {
    Column type;
    type.type = ColumnType::kDecimal;
    type.decimals = static_cast<std::uint8_t>(scale);
    return type;
}

Column integer_type(bool is_unsigned) {
    Column type;
    type.type = ColumnType::kBigInt;
    type.is_unsigned = is_unsigned;
    return type;
}

Column double_type() {
    Column type;
    type.type = ColumnType::kDouble;
    type.decimals = kNotFixed;
    return type;
}

bool is_text(CellClass cells) {
    return cells != CellClass::kNull && cells != CellClass::kInteger &&
           cells != CellClass::kDecimal && cells != CellClass::kDouble && cells != CellClass::kBits;
}

int scale_of(const Column& type) {
    return cell_class(type) == CellClass::kDecimal ? type.decimals : 0;
}

bool is_unsigned(const Column& type) {
    return type.is_unsigned || cell_class(type) == CellClass::kBits;
}

std::size_t least_args(Op op) {
    switch (op) {
        case Op::kColumn:
        case Op::kLiteral:
        case Op::kParameter:
            return 0;
        case Op::kNegate:
        case Op::kNot:
        case Op::kIsNull:
        case Op::kIsNotNull:
        case Op::kCoalesce:
            return 1;
        case Op::kBetween:
        case Op::kIf:
            return 3;
        case Op::kAdd:
        case Op::kSubtract:
        case Op::kMultiply:
        case Op::kDivide:
        case Op::kIntegerDivide:
        case Op::kModulo:
        case Op::kEqual:
        case Op::kNullSafeEqual:
        case Op::kNotEqual:
        case Op::kLess:
        case Op::kLessEqual:
        case Op::kGreater:
        case Op::kGreaterEqual:
        case Op::kAnd:
        case Op::kOr:
        case Op::kXor:
        case Op::kIn:
        case Op::kNullIf:
            return 2;
    }
    return 0;
}

absl::Status refuse_text(std::string_view what) {
    return type_error(
        absl::StrFormat("an expression %s that is no number; only the server can", what)
    );
}

}  // namespace

absl::StatusOr<Expression> Expression::make(
    const Scalar& scalar, const ScalarInputs& inputs, std::optional<int> quotient_scale
) {
    Expression made;
    MOSAIC_ASSIGN_OR_RETURN(made.root_, compile(scalar, inputs));
    if (scalar.op == Op::kDivide && quotient_scale && scale_of(made.root_.type) > 0)
        made.root_.type.decimals = static_cast<std::uint8_t>(*quotient_scale);
    return made;
}

absl::StatusOr<Expression::Node> Expression::compile_value(Value value) {
    Node node;
    switch (value.kind()) {
        case ValueKind::kNull:
            break;
        case ValueKind::kInt:
            node.type = integer_type(false);
            break;
        // As in SQL: a number is unsigned only where it does not fit a signed one.
        case ValueKind::kUint:
            node.type = integer_type(value.as_uint() > INT64_MAX);
            break;
        case ValueKind::kDouble:
            node.type = double_type();
            break;
        case ValueKind::kDecimal:
            if (!Decimal::parse(value.text()))
                return type_error(absl::StrFormat("'%s' is no decimal", value.text()));
            node.type = exact_type(merge::scale_of(value.text()));
            break;
        case ValueKind::kText:
            node.type.type = ColumnType::kVarchar;
            break;
        case ValueKind::kBytes:
            node.type.type = ColumnType::kVarchar;
            node.type.is_binary = true;
            break;
    }
    node.value = std::move(value);
    return node;
}

absl::StatusOr<Expression::Node> Expression::compile(
    const Scalar& scalar, const ScalarInputs& inputs
) {
    if (scalar.op == Op::kLiteral)
        return compile_value(scalar.value);
    if (scalar.op == Op::kParameter) {
        if (scalar.column >= inputs.values.size())
            return type_error(absl::StrFormat("there is no bound value %d", scalar.column + 1));
        return compile_value(inputs.values[scalar.column]);
    }
    Node node;
    node.op = scalar.op;
    if (scalar.op == Op::kColumn) {
        if (scalar.column >= inputs.columns.size())
            return type_error(
                absl::StrFormat("there is no column %d to compute with", scalar.column)
            );
        node.column = scalar.column;
        node.type = inputs.columns[scalar.column];
        return node;
    }
    if (scalar.args.size() < least_args(scalar.op))
        return type_error("an expression lacks an operand");
    for (const Scalar& arg : scalar.args) {
        MOSAIC_ASSIGN_OR_RETURN(Node compiled, compile(arg, inputs));
        node.args.push_back(std::move(compiled));
    }
    absl::Status typed;
    switch (scalar.op) {
        case Op::kAdd:
        case Op::kSubtract:
        case Op::kMultiply:
        case Op::kDivide:
        case Op::kIntegerDivide:
        case Op::kModulo:
        case Op::kNegate:
            typed = type_arithmetic(node);
            break;
        case Op::kCoalesce:
            typed = type_choice(node, 0);
            break;
        case Op::kIf:
            typed = type_choice(node, 1);
            break;
        case Op::kNullIf:
            node.type = node.args[0].type;
            break;
        default:
            node.type = integer_type(false);
            break;  // a truth value
    }
    MOSAIC_RETURN_IF_ERROR(typed);
    return node;
}

absl::Status Expression::type_arithmetic(Node& node) {
    bool is_double = false;
    bool is_decimal = false;
    for (const Node& arg : node.args) {
        const CellClass cells = cell_class(arg.type);
        if (is_text(cells))
            return refuse_text("computes with a value");
        is_double = is_double || cells == CellClass::kDouble;
        is_decimal = is_decimal || cells == CellClass::kDecimal;
    }
    const Column& left = node.args[0].type;
    const Column& right = node.args.back().type;
    const bool either_unsigned = is_unsigned(left) || is_unsigned(right);
    if (node.op == Op::kIntegerDivide) {
        if (is_double)
            return refuse_text("takes DIV of a double, which is a value");
        node.type = integer_type(either_unsigned);
        return absl::OkStatus();
    }
    if (is_double) {
        node.type = double_type();
        return absl::OkStatus();
    }
    int scale = std::max(scale_of(left), scale_of(right));
    if (node.op == Op::kMultiply)
        scale = scale_of(left) + scale_of(right);
    if (node.op == Op::kDivide)
        scale = std::min(scale_of(left) + kDivisionIncrement, kScaleMax);
    if (scale > kScaleMax)
        return type_error(absl::StrFormat("a product would have %d decimals", scale));
    if (is_decimal || node.op == Op::kDivide)
        node.type = exact_type(scale);
    else if (node.op == Op::kNegate)
        node.type = integer_type(false);
    else
        node.type = integer_type(node.op == Op::kModulo ? is_unsigned(left) : either_unsigned);
    return absl::OkStatus();
}

// The type that all alternatives from argument `first` on can take.
absl::Status Expression::type_choice(Node& node, std::size_t first) {
    const Node* text = nullptr;
    bool has_number = false;
    bool is_double = false;
    bool is_decimal = false;
    bool all_unsigned = true;
    int scale = 0;
    for (std::size_t i = first; i < node.args.size(); ++i) {
        const Column& type = node.args[i].type;
        const CellClass cells = cell_class(type);
        if (cells == CellClass::kNull)
            continue;
        if (is_text(cells)) {
            text = &node.args[i];
            continue;
        }
        has_number = true;
        is_double = is_double || cells == CellClass::kDouble;
        is_decimal = is_decimal || cells == CellClass::kDecimal;
        all_unsigned = all_unsigned && is_unsigned(type);
        scale = std::max(scale, scale_of(type));
    }
    if (text != nullptr && has_number)
        return type_error("an expression gives now a number, now a text");
    if (text != nullptr)
        node.type = text->type;
    else if (is_double)
        node.type = double_type();
    else if (is_decimal)
        node.type = exact_type(scale);
    else if (has_number)
        node.type = integer_type(all_unsigned);
    return absl::OkStatus();
}

}  // namespace mosaic::merge
