#include "types/decimal.h"

#include <catch2/catch.hpp>

using mosaic::Decimal;

namespace {
Decimal decimal(std::string_view text) {
    return Decimal::parse(text).value();
}
}  // namespace

TEST_CASE("a decimal prints what it read, with its scale") {
    for (const char* text :
         {"0",
          "-1",
          "12.50",
          "-0.001",
          "0.00",
          "99999999999999999999999999999999999.999999999999999999999999999999"})
        CHECK(decimal(text).to_string() == text);
    CHECK(decimal("007.10").to_string() == "7.10");
}

TEST_CASE("what is no plain decimal is not read") {
    for (const char* text : {"", "-", "1e3", " 1", "1 ", "1.2.3", "0x10", "."})
        CHECK_FALSE(Decimal::parse(text).has_value());
}

TEST_CASE("sums keep the larger scale and never round") {
    Decimal sum = decimal("0.1");
    sum += decimal("0.02");
    CHECK(sum.to_string() == "0.12");
    sum += decimal("18446744073709551615");
    CHECK(sum.to_string() == "18446744073709551615.12");
    sum -= decimal("18446744073709551615.13");
    CHECK(sum.to_string() == "-0.01");
}

TEST_CASE("division and rescaling round half away from zero") {
    CHECK(Decimal::divide(decimal("10"), decimal("3"), 4).to_string() == "3.3333");
    CHECK(Decimal::divide(decimal("20"), decimal("3"), 4).to_string() == "6.6667");
    CHECK(Decimal::divide(decimal("-1"), decimal("2"), 0).to_string() == "-1");
    CHECK(Decimal::divide(decimal("1.005"), decimal("1"), 2).to_string() == "1.01");
    CHECK(decimal("-2.45").rescaled(1).to_string() == "-2.5");
    CHECK(decimal("2.4").rescaled(3).to_string() == "2.400");
}

TEST_CASE("decimals compare by value") {
    CHECK(decimal("1.0") == decimal("1.00"));
    CHECK(decimal("-1.5") < decimal("-1.25"));
    CHECK(decimal("10") > decimal("9.999"));
}
