#include "types/literal.h"

#include <catch2/catch.hpp>

#include <limits>

using namespace mosaic;

namespace {
std::string literal(const Value& value, Backslash backslash = Backslash::kEscapes) {
    std::string out;
    append_literal(out, value, backslash);
    return out;
}
}  // namespace

TEST_CASE("numbers are written exactly") {
    CHECK(literal(42) == "42");
    CHECK(literal(std::numeric_limits<std::int64_t>::min()) == " -9223372036854775808");
    CHECK(literal(std::numeric_limits<std::uint64_t>::max()) == "18446744073709551615");
    CHECK(literal(0.1) == "1e-01");
    CHECK(literal(Value::decimal("-1.50")) == " -1.50");
    CHECK(literal(true) == "1");
}

TEST_CASE("text cannot end its own literal") {
    CHECK(literal("it's") == "'it''s'");
    CHECK(literal("a\\' OR 1=1 -- ") == "'a\\\\'' OR 1=1 -- '");
    CHECK(literal("a\\", Backslash::kIsLiteral) == "'a\\'");
    CHECK(literal(std::string_view("\0x", 2)) == std::string("'\0x'", 4));
}

TEST_CASE("bytes are hex, NULL is NULL") {
    CHECK(literal(Value::bytes(std::string("\x00\xff'", 3))) == "x'00ff27'");
    CHECK(literal(nullptr) == "NULL");
    CHECK(literal(std::optional<int>()) == "NULL");
}

TEST_CASE("identifiers double their backquotes") {
    std::string out;
    append_identifier(out, "a`b");
    CHECK(out == "`a``b`");
}
