// Expressions over merged values follow MySQL, or are refused.
#include "base/status.h"
#include "unit/merge_fixture.h"

#include <catch2/catch.hpp>

using namespace mosaic;
using namespace mosaic::test;
using merge::MergeSpec;
using merge::Scalar;
using Op = Scalar::Op;

namespace {

Scalar literal(Value value) {
    Scalar made;
    made.value = std::move(value);
    return made;
}

Scalar of(Op op, std::vector<Scalar> args) {
    Scalar made;
    made.op = op;
    made.args = std::move(args);
    return made;
}

Scalar at(std::size_t position) {
    Scalar made;
    made.op = Op::kColumn;
    made.column = position;
    return made;
}

Scalar decimal(const char* digits) {
    return literal(Value::decimal(digits));
}

Column answer(const char* type) {
    const std::string_view name = type;
    if (name == "int")
        return column(ColumnType::kBigInt);
    if (name == "double")
        return column(ColumnType::kDouble, 31);
    if (name == "text")
        return column(ColumnType::kVarchar);
    return column(ColumnType::kDecimal, static_cast<std::uint8_t>(std::atoi(type)));
}

// Evaluates into a column of type: `int`, `double`, `text`, or the decimals of a DECIMAL.
absl::StatusOr<Rows> evaluate(Scalar scalar, const char* type) {
    MergeSpec spec;
    spec.output = {{.column = 0, .scalar = std::move(scalar)}};
    return merged({answer(type)}, {{{std::nullopt}}}, spec);
}

std::string value_of(Scalar scalar, const char* type = "int") {
    const auto result = evaluate(std::move(scalar), type);
    return result.ok() ? (*result)[0][0].value_or("NULL")
                       : error_detail(result.status()).value().id.to_string();
}

const Scalar kNull = literal(nullptr);

}  // namespace

TEST_CASE("integers add, subtract and multiply up to their range") {
    CHECK(value_of(of(Op::kAdd, {literal(1), literal(2)})) == "3");
    CHECK(value_of(of(Op::kSubtract, {literal(1), literal(2)})) == "-1");
    CHECK(value_of(of(Op::kMultiply, {literal(-3), literal(4)})) == "-12");
    CHECK(value_of(of(Op::kAdd, {literal(UINT64_MAX - 1), literal(1)})) == "18446744073709551615");
    CHECK(value_of(of(Op::kAdd, {literal(1), kNull})) == "NULL");
    for (const Scalar& scalar :
         {of(Op::kAdd, {literal(INT64_MAX), literal(1)}),
          of(Op::kAdd, {literal(UINT64_MAX), literal(1)}),
          of(Op::kMultiply, {literal(INT64_MAX), literal(2)}),
          of(Op::kNegate, {literal(INT64_MIN)}),
          of(Op::kIntegerDivide, {literal(INT64_MIN), literal(-1)})}) {
        const auto result = evaluate(scalar, "int");
        REQUIRE_FALSE(result.ok());
        const ErrorDetail detail = error_detail(result.status()).value();
        CHECK(detail.id.number == errors::kServerValue.number);
        CHECK(detail.mysql_errno == 1690);
        CHECK(detail.sqlstate == "22003");
    }
}

TEST_CASE("division has four digits more than its left side, and rounds half away from zero") {
    CHECK(value_of(of(Op::kDivide, {literal(7), literal(2)}), "4") == "3.5000");
    CHECK(value_of(of(Op::kDivide, {literal(-7), literal(3)}), "4") == "-2.3333");
    CHECK(value_of(of(Op::kDivide, {literal(2), literal(3)}), "4") == "0.6667");
    CHECK(value_of(of(Op::kDivide, {decimal("1.5"), literal(7)}), "5") == "0.21429");
    CHECK(value_of(of(Op::kDivide, {literal(5), decimal("3.00")}), "4") == "1.6667");
    CHECK(value_of(of(Op::kDivide, {literal(1), literal(0)}), "4") == "NULL");
    CHECK(value_of(of(Op::kDivide, {literal(1.0), literal(3)}), "double") == "0.3333333333333333");
    CHECK(value_of(of(Op::kDivide, {literal(1.0), literal(0)}), "double") == "NULL");
}

TEST_CASE("DIV cuts, MOD has the sign of its left side") {
    CHECK(value_of(of(Op::kIntegerDivide, {literal(7), literal(2)})) == "3");
    CHECK(value_of(of(Op::kIntegerDivide, {literal(-7), literal(2)})) == "-3");
    CHECK(value_of(of(Op::kIntegerDivide, {decimal("7.5"), literal(2)})) == "3");
    CHECK(value_of(of(Op::kIntegerDivide, {literal(7), literal(0)})) == "NULL");
    CHECK(value_of(of(Op::kModulo, {literal(-7), literal(3)})) == "-1");
    CHECK(value_of(of(Op::kModulo, {literal(7), literal(-3)})) == "1");
    CHECK(value_of(of(Op::kModulo, {decimal("7.5"), literal(2)}), "1") == "1.5");
    CHECK(value_of(of(Op::kModulo, {literal(-7), decimal("2.0")}), "1") == "-1.0");
    CHECK(value_of(of(Op::kModulo, {literal(7), literal(0)})) == "NULL");
    CHECK(value_of(of(Op::kModulo, {literal(-5.5), literal(2)}), "double") == "-1.5");
    CHECK(value_of(of(Op::kIntegerDivide, {literal(5.0), literal(2)})) == "MO-4105");
}

TEST_CASE("logic has three values") {
    const auto a_null = [](Op op, int other) {
        return value_of(of(op, {kNull, literal(other)})) + " " +
               value_of(of(op, {literal(other), kNull}));
    };
    CHECK(a_null(Op::kAnd, 0) == "0 0");
    CHECK(a_null(Op::kAnd, 1) == "NULL NULL");
    CHECK(a_null(Op::kOr, 1) == "1 1");
    CHECK(a_null(Op::kOr, 0) == "NULL NULL");
    CHECK(a_null(Op::kXor, 1) == "NULL NULL");
    CHECK(value_of(of(Op::kXor, {literal(2), literal(1)})) == "0");
    CHECK(value_of(of(Op::kNot, {kNull})) == "NULL");
    CHECK(value_of(of(Op::kNot, {decimal("0.00")})) == "1");
    CHECK(value_of(of(Op::kNullSafeEqual, {kNull, kNull})) == "1");
    CHECK(value_of(of(Op::kNullSafeEqual, {kNull, literal(1)})) == "0");
    CHECK(value_of(of(Op::kIn, {literal(1), literal(2), kNull})) == "NULL");
    CHECK(value_of(of(Op::kIn, {literal(1), literal(1), kNull})) == "1");
    CHECK(value_of(of(Op::kIn, {literal(1), literal(2)})) == "0");
    CHECK(value_of(of(Op::kBetween, {literal(2), kNull, literal(1)})) == "0");
    CHECK(value_of(of(Op::kBetween, {literal(1), literal(0), kNull})) == "NULL");
    CHECK(value_of(of(Op::kBetween, {literal(1), literal(1), literal(1)})) == "1");
    CHECK(value_of(of(Op::kIsNull, {kNull})) == "1");
    CHECK(value_of(of(Op::kIsNotNull, {kNull})) == "0");
}

TEST_CASE("numbers of different types compare by value, with a double as doubles") {
    CHECK(value_of(of(Op::kLess, {literal(-1), literal(UINT64_MAX)})) == "1");
    CHECK(value_of(of(Op::kEqual, {literal(2), decimal("2.00")})) == "1");
    CHECK(value_of(of(Op::kNotEqual, {literal(2), decimal("2.01")})) == "1");
    CHECK(
        value_of(of(Op::kEqual, {literal(9007199254740993), literal(9007199254740992.0)})) == "1"
    );
    CHECK(value_of(of(Op::kEqual, {decimal("0.1"), literal(0.1)})) == "1");
    CHECK(value_of(of(Op::kGreaterEqual, {literal(2), literal(3)})) == "0");
    CHECK(value_of(of(Op::kEqual, {literal("a"), literal(1)})) == "MO-4105");
}

TEST_CASE("alternatives take the type of all of them") {
    CHECK(value_of(of(Op::kCoalesce, {kNull, literal(1), decimal("2.5")}), "1") == "1.0");
    CHECK(value_of(of(Op::kIf, {kNull, literal(1), decimal("2.5")}), "1") == "2.5");
    CHECK(value_of(of(Op::kNullIf, {literal(1), literal(1)})) == "NULL");
    CHECK(value_of(of(Op::kNullIf, {decimal("1.50"), literal(1)}), "2") == "1.50");
    CHECK(value_of(of(Op::kCoalesce, {kNull, literal("a")}), "text") == "a");
    CHECK(value_of(of(Op::kCoalesce, {literal(1), literal("a")}), "text") == "MO-4105");
    CHECK(value_of(of(Op::kCoalesce, {kNull, literal(1), literal(2.0)}), "double") == "1");
}

TEST_CASE("an inexact quotient is used only where servers agree") {
    const Scalar third = of(Op::kDivide, {literal(10), literal(3)});
    CHECK(value_of(of(Op::kMultiply, {third, literal(3)}), "4") == "MO-4105");
    CHECK(value_of(of(Op::kEqual, {third, decimal("3.3333")})) == "MO-4105");
    CHECK(value_of(of(Op::kGreater, {third, decimal("3.3332")})) == "1");
    CHECK(value_of(of(Op::kGreater, {third, literal(4)})) == "0");
    CHECK(value_of(of(Op::kNegate, {third}), "4") == "-3.3333");
    CHECK(value_of(of(Op::kCoalesce, {third, literal(0)}), "4") == "3.3333");
    const Scalar half = of(Op::kDivide, {literal(7), literal(2)});
    CHECK(value_of(of(Op::kMultiply, {half, literal(3)}), "4") == "10.5000");
    CHECK(value_of(of(Op::kEqual, {half, decimal("3.5")})) == "1");
}

TEST_CASE("a value that does not fit its column is refused, not rounded") {
    CHECK(value_of(decimal("1.25"), "1") == "MO-4105");
    CHECK(value_of(decimal("1.20"), "1") == "1.2");
    CHECK(value_of(literal(1.5), "1") == "MO-4105");
    CHECK(value_of(literal("1"), "int") == "MO-4105");
    CHECK(value_of(decimal("1.25"), "double") == "1.25");
}

TEST_CASE("having keeps the groups for which it is true, computed columns are sorted by") {
    const std::vector<Column> columns = {
        column(ColumnType::kInt),
        column(ColumnType::kDecimal, 0),
        column(ColumnType::kBigInt),
        column(ColumnType::kDecimal, 4)};
    merge::Aggregate first;
    first.type_of = 0;
    merge::Aggregate average;
    average.kind = merge::Aggregate::Kind::kAverage;
    average.column = 1;
    average.count = 2;
    average.type_of = 3;
    MergeSpec spec;
    spec.aggregate = merge::AggregateSpec{
        .keys = {{.column = 0, .comparison = {}}}, .aggregates = {first, average}};
    Scalar parameter;
    parameter.op = Op::kParameter;
    spec.having = of(Op::kGreaterEqual, {at(1), parameter});
    spec.computed = {of(Op::kNegate, {at(1)})};
    spec.sort = {{.column = 2, .is_descending = false, .comparison = {}}};
    spec.output = {{.column = 0, .scalar = std::nullopt}, {.column = 1, .scalar = std::nullopt}};
    const std::vector<Rows> shards = {
        {{"1", "4", "2", "2.0000"}, {"2", "10", "2", "5.0000"}, {"3", "1", "1", "1.0000"}},
        {{"2", "0", "1", "0.0000"},
         {"1", "2", "1", "2.0000"},
         {"4", std::nullopt, "0", std::nullopt}}};
    CHECK(
        merged(columns, shards, spec, {Value(2)}).value() == Rows{{"2", "3.3333"}, {"1", "2.0000"}}
    );
}
