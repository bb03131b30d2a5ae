#include "plan/constants.h"

#include <charconv>
#include <limits>
#include <string>

namespace mosaic::plan {
namespace {

constexpr std::uint64_t kIntMax = std::numeric_limits<std::int64_t>::max();

Value integer_of(std::string_view digits, std::string_view sign) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    const bool is_whole = error == std::errc() && end == digits.data() + digits.size();
    if (is_whole && sign.empty())
        return number <= kIntMax ? Value(static_cast<std::int64_t>(number)) : Value(number);
    if (is_whole && number <= kIntMax)
        return Value(-static_cast<std::int64_t>(number));
    // Servers read longer digits as a decimal.
    return Value::decimal(std::string(sign).append(digits));
}

std::optional<ValueRef> double_of(std::string_view text, std::string_view sign) {
    const std::string digits = std::string(sign).append(text);
    double number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size())
        return std::nullopt;
    return Value(number);
}

std::optional<ValueRef> number_of(const sql::Expr& expr, std::string_view sign) {
    if (expr.kind == sql::ExprKind::kInteger)
        return integer_of(expr.text, sign);
    if (expr.kind == sql::ExprKind::kDecimal)
        return Value::decimal(std::string(sign).append(expr.text));
    if (expr.kind == sql::ExprKind::kDouble)
        return double_of(expr.text, sign);
    return std::nullopt;
}

int nibble(char digit) {
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    const char lower = static_cast<char>(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::optional<ValueRef> bytes_of(std::string_view hex) {
    std::string digits(hex);
    if (digits.size() % 2 != 0)
        digits.insert(digits.begin(), '0');
    std::string bytes;
    for (std::size_t i = 0; i < digits.size(); i += 2) {
        const int high = nibble(digits[i]);
        const int low = nibble(digits[i + 1]);
        if (high < 0 || low < 0)
            return std::nullopt;
        bytes.push_back(static_cast<char>(high * 16 + low));
    }
    return Value::bytes(std::move(bytes));
}

std::optional<std::int64_t> small_integer(const sql::Expr& expr) {
    const std::optional<ValueRef> constant = constant_of(expr);
    if (!constant)
        return std::nullopt;
    const Value* value = std::get_if<Value>(&*constant);
    if (value == nullptr || value->kind() != ValueKind::kInt)
        return std::nullopt;
    return value->as_int();
}

}  // namespace

std::optional<ValueRef> constant_of(const sql::Expr& expr) {
    using Kind = sql::ExprKind;
    switch (expr.kind) {
        case Kind::kNull:
            return Value();
        case Kind::kTrue:
            return Value(1);
        case Kind::kFalse:
            return Value(0);
        case Kind::kInteger:
        case Kind::kDecimal:
        case Kind::kDouble:
            return number_of(expr, "");
        case Kind::kText:
            if (!expr.qualifier.empty())
                return std::nullopt;
            return Value(expr.text);
        case Kind::kHex:
            if (!expr.qualifier.empty())
                return std::nullopt;
            return bytes_of(expr.text);
        case Kind::kParameter:
            return expr.index;
        case Kind::kUnary:
            if (expr.op == sql::Operator::kNegate)
                return number_of(*expr.args[0], "-");
            if (expr.op == sql::Operator::kPlus)
                return number_of(*expr.args[0], "");
            return std::nullopt;
        default:  // NOLINT: of some sixty kinds only these are constants
            return std::nullopt;
    }
}

std::optional<bool> truth_of(const sql::Expr& expr) {
    if (expr.kind == sql::ExprKind::kNull)
        return false;
    if (const std::optional<std::int64_t> number = small_integer(expr))
        return *number != 0;
    if (expr.kind != sql::ExprKind::kBinary)
        return std::nullopt;
    const std::optional<std::int64_t> left = small_integer(*expr.args[0]);
    const std::optional<std::int64_t> right = small_integer(*expr.args[1]);
    if (!left || !right)
        return std::nullopt;
    if (expr.op == sql::Operator::kEqual || expr.op == sql::Operator::kNullSafeEqual)
        return *left == *right;
    if (expr.op == sql::Operator::kNotEqual)
        return *left != *right;
    return std::nullopt;
}

std::span<const sql::Expr* const> parts_of(const sql::Expr* const& expr) {
    if (expr->kind == sql::ExprKind::kRow)
        return expr->args;
    return {&expr, 1};
}

}  // namespace mosaic::plan
