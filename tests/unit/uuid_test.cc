#include "mosaic/uuid.h"

#include "keys/stable_hash.h"
#include "mosaic/id.h"

#include <catch2/catch.hpp>

#include <string>

using namespace mosaic;

TEST_CASE("a UUID reads what it prints, in any case, with hyphens or without") {
    const std::string text = "018f2b3c-4d5e-7f60-8a1b-2c3d4e5f6071";
    const auto uuid = Uuid::parse(text);
    REQUIRE(uuid);
    CHECK(uuid->to_string() == text);
    CHECK(uuid->version() == 7);
    CHECK(uuid->unix_ms() == 0x018f2b3c4d5eULL);
    CHECK(Uuid::parse("018F2B3C-4D5E-7F60-8A1B-2C3D4E5F6071") == uuid);
    CHECK(Uuid::parse("018f2b3c4d5e7f608a1b2c3d4e5f6071") == uuid);
    CHECK(Uuid::from_bytes(uuid->view()) == uuid);
}

TEST_CASE("what is no UUID is not read") {
    for (const char* text :
         {"",
          "018f2b3c-4d5e-7f60-8a1b-2c3d4e5f607",
          "018f2b3c-4d5e-7f60-8a1b-2c3d4e5f607g",
          "018f2b3c04d5e-7f60-8a1b-2c3d4e5f60711",
          "{18f2b3c-4d5e-7f60-8a1b-2c3d4e5f607}"})
        CHECK_FALSE(Uuid::parse(text).has_value());
    CHECK_FALSE(Uuid::from_bytes("short").has_value());
}

TEST_CASE("an id binds as what it is") {
    CHECK(Value(Id(42ULL)).kind() == ValueKind::kUint);
    CHECK(Value(Id(Uuid())).kind() == ValueKind::kBytes);
    CHECK(Id(18446744073709551615ULL).to_string() == "18446744073709551615");
}

// 3421846044 and 4227209140 (of 'MariaDB') are what servers answer; the rest is zlib's check value.
TEST_CASE("the stable hash is CRC-32 as servers compute it") {
    CHECK(keys::stable_hash("") == 0);
    CHECK(keys::stable_hash("123456789") == 0xCBF43926);
    CHECK(keys::stable_hash("12345") == 3421846044U);
    CHECK(keys::stable_hash("MariaDB") == 4227209140U);
    CHECK(keys::stable_hash(std::uint64_t{12345}) == 3421846044U);
    CHECK(keys::stable_hash(std::int64_t{-1}) == keys::stable_hash("-1"));
    CHECK(keys::stable_hash("The quick brown fox jumps over the lazy dog") == 0x414FA339);
}
