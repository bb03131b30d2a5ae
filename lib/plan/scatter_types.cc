#include "plan/scatter_types.h"

#include "plan/scatter_functions.h"
#include "plan/scatter_tree.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>

#include <algorithm>
#include <string>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;
using sql::Operator;

absl::string_view view(std::string_view text) {
    return {text.data(), text.size()};
}

ExprType of(ValueClass value) {
    ExprType type;
    type.value = value;
    return type;
}

ExprType of_temporal(ColumnType column_type) {
    ExprType type = of(ValueClass::kTemporal);
    type.column_type = column_type;
    return type;
}

bool is_ascii_text(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
}

/// As text, in characters; 0: not known.
std::uint32_t text_length_max(const ExprType& type) {
    constexpr std::uint32_t kIntegerDigits = 21;  // a sign and 20 digits
    constexpr std::uint32_t kTemporalLength = 26;  // `2024-02-29 12:00:00.000001`
    if (type.value == ValueClass::kText || type.value == ValueClass::kEnum)
        return type.length_max;
    if (type.value == ValueClass::kInteger)
        return kIntegerDigits;
    return type.value == ValueClass::kTemporal ? kTemporalLength : 0;
}

class Typer {
public:
    Typer(const Scope& scope, const schema::Schema& schema) : scope_(scope), schema_(schema) {}

    [[nodiscard]] ExprType type(const Expr& expr) const;

private:
    [[nodiscard]] ExprType column(const Expr& expr) const;
    [[nodiscard]] ExprType function(const Expr& expr) const;
    [[nodiscard]] ExprType aggregate(const Expr& expr) const;
    [[nodiscard]] ExprType window(const Expr& expr) const;
    [[nodiscard]] ExprType unary(const Expr& expr) const;
    [[nodiscard]] ExprType binary(const Expr& expr) const;
    [[nodiscard]] ExprType cast(const Expr& expr) const;
    [[nodiscard]] ExprType common(std::span<const Expr* const> branches) const;
    [[nodiscard]] ExprType joined_text(std::span<const Expr* const> args) const;
    [[nodiscard]] ExprType concatenated(std::span<const Expr* const> args) const;
    [[nodiscard]] ExprType first_text(const Expr& expr) const;
    [[nodiscard]] ExprType case_type(const Expr& expr) const;
    [[nodiscard]] ExprType connection_text(Coercibility coercibility) const;
    [[nodiscard]] ExprType join_collations(const ExprType& a, const ExprType& b) const;

    const Scope& scope_;
    const schema::Schema& schema_;
};

ExprType Typer::connection_text(Coercibility coercibility) const {
    ExprType type = of(ValueClass::kText);
    type.collation = schema_.connection_collation;
    type.coercibility = coercibility;
    return type;
}

ExprType Typer::column(const Expr& expr) const {
    const absl::StatusOr<BoundColumn> bound = resolve(expr, scope_);
    if (!bound.ok() || bound->column == nullptr)
        return {};
    return type_of(*bound->column);
}

/// Which collation two texts are compared or joined in; kUnknown: not provable.
ExprType Typer::join_collations(const ExprType& a, const ExprType& b) const {
    if (a.value != ValueClass::kText || b.value != ValueClass::kText)
        return {};
    const bool a_wins = a.coercibility >= b.coercibility;
    ExprType winner = a_wins ? a : b;
    const ExprType& other = a_wins ? b : a;
    winner.is_ascii = false;
    winner.length_max = 0;
    if (winner.collation == other.collation)
        return winner;
    // A literal gives way if its characters exist in the other's character set.
    const bool gives_way = winner.coercibility > other.coercibility &&
                           other.coercibility == Coercibility::kLiteral &&
                           (other.is_ascii || absl::StartsWith(view(winner.collation), "utf8mb4"));
    return gives_way ? winner : ExprType{};
}

ExprType Typer::joined_text(std::span<const Expr* const> args) const {
    ExprType result;
    for (const Expr* arg : args) {
        ExprType next = type(*arg);
        if (is_numeric(next.value) || next.value == ValueClass::kTemporal ||
            next.value == ValueClass::kNull) {
            next = connection_text(Coercibility::kLiteral);  // Its digits, as a literal would be.
            next.is_ascii = true;
        }
        if (next.value == ValueClass::kEnum)
            next.value = ValueClass::kText;
        result = arg == args.front() ? next : join_collations(result, next);
        if (result.value != ValueClass::kText)
            return {};
    }
    result.length_max = 0;
    return result;
}

/// CONCAT's: no longer than its arguments together.
ExprType Typer::concatenated(std::span<const Expr* const> args) const {
    ExprType result = joined_text(args);
    std::uint32_t length = 0;
    for (const Expr* arg : args) {
        const std::uint32_t part = text_length_max(type(*arg));
        if (part == 0)
            return result;
        length += part;
    }
    result.length_max = length;
    return result;
}

ExprType Typer::first_text(const Expr& expr) const {
    if (expr.args.empty())
        return {};
    ExprType type_of_first = joined_text(expr.args.first(1));
    const ExprType raw = type(*expr.args.front());
    if (type_of_first.value == ValueClass::kText && raw.value == ValueClass::kText)
        type_of_first.length_max = raw.length_max;
    const bool is_cut = is_same_name(expr.text, "LEFT") || is_same_name(expr.text, "RIGHT");
    std::uint32_t length = 0;
    if (is_cut && expr.args.size() == 2 && expr.args[1]->kind == ExprKind::kInteger &&
        absl::SimpleAtoi(view(expr.args[1]->text), &length) && length > 0 &&
        (type_of_first.length_max == 0 || length < type_of_first.length_max))
        type_of_first.length_max = length;
    return type_of_first;
}

ExprType Typer::common(std::span<const Expr* const> branches) const {
    ExprType result = of(ValueClass::kNull);
    for (const Expr* branch : branches) {
        ExprType next = type(*branch);
        if (next.value == ValueClass::kNull)
            continue;
        if (next.value == ValueClass::kEnum)
            next.value = ValueClass::kText;
        if (result.value == ValueClass::kNull) {
            result = next;
        } else if (is_numeric(result.value) && is_numeric(next.value)) {
            if (result.value != next.value)
                result = of(ValueClass::kNumeric);
        } else if (result.value == ValueClass::kText && next.value == ValueClass::kText) {
            const std::uint32_t length_max = std::max(result.length_max, next.length_max);
            const bool is_bounded = result.length_max != 0 && next.length_max != 0;
            result = join_collations(result, next);
            result.length_max = is_bounded ? length_max : 0;
        } else if (result.value != ValueClass::kTemporal || next.value != ValueClass::kTemporal || result.column_type != next.column_type) {
            return {};
        }
    }
    // FLOAT, TIME, BIT and the like change their type in company: alone they were not proved.
    const bool is_plain = is_numeric(result.value) || result.value == ValueClass::kText ||
                          result.value == ValueClass::kTemporal ||
                          result.value == ValueClass::kNull;
    return is_plain ? result : ExprType{};
}

ExprType Typer::case_type(const Expr& expr) const {
    std::vector<const Expr*> results;
    std::size_t at = expr.has_operand ? 1 : 0;
    const std::size_t end = expr.args.size() - (expr.has_else ? 1 : 0);
    for (; at + 1 < end; at += 2) results.push_back(expr.args[at + 1]);
    if (expr.has_else)
        results.push_back(expr.args.back());
    return common(results);
}

ExprType Typer::function(const Expr& expr) const {
    const std::string name = absl::AsciiStrToUpper(view(expr.text));
    if (name == "IF" && expr.args.size() == 3)
        return common(expr.args.subspan(1));
    if (name == "NULLIF" && expr.args.size() == 2)
        return common(expr.args.first(1));
    if (name == "TRIM") {
        // How a parser hands over BOTH, LEADING and FROM is its business: joined is the safe
        // reading.
        return joined_text(expr.args);
    }
    if (name == "CONCAT")
        return concatenated(expr.args);
    const std::optional<Gives> gives = gives_of(name);
    if (!gives)
        return {};
    switch (*gives) {
        case Gives::kInteger:
            return of(ValueClass::kInteger);
        case Gives::kDouble:
            return of(ValueClass::kDouble);
        case Gives::kNumeric:
            return of(ValueClass::kNumeric);
        case Gives::kDate:
            return of_temporal(ColumnType::kDate);
        case Gives::kFirstText:
            return first_text(expr);
        case Gives::kJoinedText:
            return joined_text(expr.args);
        case Gives::kConnectionText:
            return connection_text(Coercibility::kLiteral);
        case Gives::kCommonType:
            return common(expr.args);
    }
    return {};
}

ExprType Typer::aggregate(const Expr& expr) const {
    if (expr.text == "COUNT" || expr.text == "BIT_AND" || expr.text == "BIT_OR" ||
        expr.text == "BIT_XOR")
        return of(ValueClass::kInteger);
    if ((expr.text == "SUM" || expr.text == "AVG") && expr.args.size() == 1) {
        const ValueClass arg = type(*expr.args[0]).value;
        if (arg == ValueClass::kInteger || arg == ValueClass::kDecimal)
            return of(ValueClass::kDecimal);
        if (arg == ValueClass::kDouble || arg == ValueClass::kFloat)
            return of(ValueClass::kDouble);
        return of(ValueClass::kNumeric);
    }
    if ((expr.text == "MIN" || expr.text == "MAX") && expr.args.size() == 1) {
        ExprType arg = type(*expr.args[0]);
        if (arg.value == ValueClass::kEnum)
            arg.value = ValueClass::kText;
        return arg;
    }
    const bool is_spread =
        absl::StartsWith(view(expr.text), "STD") || absl::StartsWith(view(expr.text), "VAR");
    return is_spread ? of(ValueClass::kDouble) : ExprType{};
}

ExprType Typer::window(const Expr& expr) const {
    const Expr& call = *expr.args[0];
    if (call.kind == ExprKind::kAggregate)
        return aggregate(call);
    const std::string name = absl::AsciiStrToUpper(view(call.text));
    if (name == "ROW_NUMBER" || name == "RANK" || name == "DENSE_RANK" || name == "NTILE")
        return of(ValueClass::kInteger);
    if (name == "PERCENT_RANK" || name == "CUME_DIST")
        return of(ValueClass::kDouble);
    return {};
}

ExprType Typer::unary(const Expr& expr) const {
    const ExprType arg = type(*expr.args[0]);
    switch (expr.op) {
        case Operator::kNot:
        case Operator::kBang:
            return of(ValueClass::kInteger);
        case Operator::kNegate: {
            const bool keeps =
                arg.value == ValueClass::kDecimal || arg.value == ValueClass::kDouble;
            return of(keeps ? arg.value : ValueClass::kNumeric);
        }
        case Operator::kPlus:
            return arg;
        case Operator::kBitNot:
            return arg.value == ValueClass::kInteger ? arg : ExprType{};
        default:
            return {};  // NOLINT: BINARY x, and operators that are not unary: not proved.
    }
}

ExprType Typer::binary(const Expr& expr) const {
    const auto is_arithmetic = expr.op == Operator::kAdd || expr.op == Operator::kSubtract ||
                               expr.op == Operator::kMultiply || expr.op == Operator::kDivide ||
                               expr.op == Operator::kModulo;
    if (expr.op >= Operator::kOr && expr.op <= Operator::kGreaterEqual)
        return of(ValueClass::kInteger);
    if (expr.op == Operator::kConcat)
        return concatenated(expr.args);
    if (expr.op == Operator::kSoundsLike || expr.op == Operator::kMemberOf ||
        expr.op == Operator::kIntegerDivide)
        return of(ValueClass::kInteger);
    for (const Expr* arg : expr.args) {
        if (arg->kind == ExprKind::kInterval)
            return {};  // A date, a datetime or a text, by its left side's form.
    }
    const ValueClass left = type(*expr.args[0]).value;
    const ValueClass right = type(*expr.args[1]).value;
    if (!is_arithmetic) {
        const bool is_integer = left == ValueClass::kInteger && right == ValueClass::kInteger &&
                                expr.op >= Operator::kBitOr && expr.op <= Operator::kBitXor;
        return is_integer ? of(ValueClass::kInteger) : ExprType{};
    }
    const auto is_exact = [](ValueClass value) {
        return value == ValueClass::kInteger || value == ValueClass::kDecimal;
    };
    if (left == ValueClass::kInteger && right == ValueClass::kInteger &&
        expr.op != Operator::kDivide)
        return of(ValueClass::kInteger);
    if (is_exact(left) && is_exact(right))
        return of(ValueClass::kDecimal);
    if (left == ValueClass::kDouble || right == ValueClass::kDouble || left == ValueClass::kFloat ||
        right == ValueClass::kFloat)
        return of(ValueClass::kDouble);
    return of(ValueClass::kNumeric);
}

ExprType Typer::cast(const Expr& expr) const {
    const std::string as = absl::AsciiStrToUpper(view(expr.text));
    if (absl::StartsWith(as, "SIGNED") || absl::StartsWith(as, "UNSIGNED") || as == "INTEGER" ||
        as == "INT")
        return of(ValueClass::kInteger);
    if (absl::StartsWith(as, "DEC"))
        return of(ValueClass::kDecimal);
    if (as == "DOUBLE")
        return of(ValueClass::kDouble);
    if (as == "DATE")
        return of_temporal(ColumnType::kDate);
    if (absl::StartsWith(as, "DATETIME"))
        return of_temporal(ColumnType::kDatetime);
    if (as == "TIME" || absl::StartsWith(as, "TIME("))
        return of(ValueClass::kTime);
    if (as == "BINARY") {
        constexpr std::uint32_t kCharacterBytesMax = 4;
        ExprType bytes = of(ValueClass::kBytes);
        bytes.length_max = text_length_max(type(*expr.args[0])) * kCharacterBytesMax;
        return bytes;
    }
    const bool is_char = as == "CHAR" || (absl::StartsWith(as, "CHAR(") && as.back() == ')') ||
                         (absl::StartsWith(as, "CHAR (") && as.back() == ')');
    return is_char ? connection_text(Coercibility::kImplicit) : ExprType{};
}

ExprType Typer::type(const Expr& expr) const {
    switch (expr.kind) {
        case ExprKind::kNull:
            return of(ValueClass::kNull);
        case ExprKind::kTrue:
        case ExprKind::kFalse:
        case ExprKind::kInteger:
            return of(ValueClass::kInteger);
        case ExprKind::kDecimal:
            return of(ValueClass::kDecimal);
        case ExprKind::kDouble:
            return of(ValueClass::kDouble);
        case ExprKind::kText: {
            if (!expr.qualifier.empty())
                return {};
            ExprType literal = connection_text(Coercibility::kLiteral);
            literal.is_ascii = is_ascii_text(expr.text);
            literal.length_max =
                static_cast<std::uint32_t>(std::max<std::size_t>(1, expr.text.size()));
            return literal;
        }
        case ExprKind::kColumn:
            return column(expr);
        case ExprKind::kUnary:
            return unary(expr);
        case ExprKind::kBinary:
            return binary(expr);
        case ExprKind::kBetween:
        case ExprKind::kIn:
        case ExprKind::kLike:
        case ExprKind::kRegexp:
        case ExprKind::kIs:
        case ExprKind::kExists:
        case ExprKind::kQuantified:
            return of(ValueClass::kInteger);
        case ExprKind::kFunction:
            return function(expr);
        case ExprKind::kAggregate:
            return aggregate(expr);
        case ExprKind::kWindow:
            return window(expr);
        case ExprKind::kCase:
            return case_type(expr);
        case ExprKind::kCast:
            return cast(expr);
        case ExprKind::kCollate: {
            ExprType text = joined_text(expr.args.first(1));
            if (text.value != ValueClass::kText)
                return {};
            text.collation = expr.text;
            text.coercibility = Coercibility::kExplicit;
            text.length_max = type(*expr.args[0]).length_max;
            return text;
        }
        case ExprKind::kTemporal:
            return absl::EqualsIgnoreCase(view(expr.qualifier), "DATE")
                       ? of_temporal(ColumnType::kDate)
                       : ExprType{};
        case ExprKind::kHex:
        case ExprKind::kBit:
        case ExprKind::kParameter:
        case ExprKind::kStar:
        case ExprKind::kSystemVariable:
        case ExprKind::kUserVariable:
        case ExprKind::kAssign:
        case ExprKind::kRow:
        case ExprKind::kConvert:
        case ExprKind::kInterval:
        case ExprKind::kMatch:
        case ExprKind::kSubquery:
        case ExprKind::kDefault:
        case ExprKind::kValues:
        case ExprKind::kHole:
            return {};
    }
    return {};
}

}  // namespace

bool is_numeric(ValueClass value) {
    return value == ValueClass::kInteger || value == ValueClass::kDecimal ||
           value == ValueClass::kDouble || value == ValueClass::kNumeric;
}

ExprType type_of(const schema::ColumnDef& column) {
    if (column.is_other)
        return of(ValueClass::kRefused);
    switch (column.type) {
        case ColumnType::kTinyInt:
        case ColumnType::kSmallInt:
        case ColumnType::kMediumInt:
        case ColumnType::kInt:
        case ColumnType::kBigInt:
        case ColumnType::kYear:
            return of(ValueClass::kInteger);
        case ColumnType::kDecimal:
            return of(ValueClass::kDecimal);
        case ColumnType::kDouble:
            return of(ValueClass::kDouble);
        case ColumnType::kFloat:
            return of(ValueClass::kFloat);
        case ColumnType::kDate:
        case ColumnType::kDatetime:
        case ColumnType::kTimestamp:
            return of_temporal(column.type);
        case ColumnType::kTime:
            return of(ValueClass::kTime);
        case ColumnType::kBit:
            return of(ValueClass::kBit);
        case ColumnType::kChar:
        case ColumnType::kVarchar:
        case ColumnType::kText:
        case ColumnType::kEnum:
        case ColumnType::kSet: {
            const bool is_enum =
                column.type == ColumnType::kEnum || column.type == ColumnType::kSet;
            ExprType type = of(is_enum ? ValueClass::kEnum : ValueClass::kText);
            if (column.is_binary && !is_enum)
                type.value = ValueClass::kBytes;
            type.collation = column.collation;
            type.length_max = column.length_max;
            return type;
        }
        case ColumnType::kNull:
        case ColumnType::kJson:
        case ColumnType::kGeometry:
            return of(ValueClass::kRefused);
    }
    return {};
}

ExprType type_of(const Expr& expr, const Scope& scope, const schema::Schema& schema) {
    return Typer(scope, schema).type(expr);
}

}  // namespace mosaic::plan
