// Which columns may be shard keys, and the canonical bytes of their values. The live test
// key_vectors shows that servers agree.
#include "keys/key_type.h"

#include "base/status.h"
#include "keys/stable_hash.h"

#include <catch2/catch.hpp>

#include <functional>
#include <limits>

using namespace mosaic;
using namespace mosaic::keys;

namespace {

KeyColumn text_column(ColumnType type, const char* charset, const char* collation) {
    KeyColumn column;
    column.type = type;
    column.length_max = 8;
    column.charset = charset;
    column.collation = collation;
    return column;
}

KeyType key_type(const KeyColumn& column) {
    const auto type = key_type_of(column);
    INFO(type.status());
    REQUIRE(type.ok());
    return *type;
}

KeyType integer(ColumnType type, bool is_unsigned = false) {
    KeyColumn column;
    column.type = type;
    column.is_unsigned = is_unsigned;
    return key_type(column);
}

KeyType bytes(ColumnType type, std::uint32_t length_max) {
    KeyColumn column;
    column.type = type;
    column.is_binary = true;
    column.length_max = length_max;
    return key_type(column);
}

KeyType text(ColumnType type, const char* charset, const char* collation) {
    return key_type(text_column(type, charset, collation));
}

}  // namespace

TEST_CASE("a type that is not allowed is refused as shard key, with its id and a remedy") {
    for (const ColumnType type :
         {ColumnType::kNull,
          ColumnType::kFloat,
          ColumnType::kDouble,
          ColumnType::kDecimal,
          ColumnType::kYear,
          ColumnType::kDate,
          ColumnType::kTime,
          ColumnType::kDatetime,
          ColumnType::kTimestamp,
          ColumnType::kText,
          ColumnType::kEnum,
          ColumnType::kSet,
          ColumnType::kBit,
          ColumnType::kJson,
          ColumnType::kGeometry}) {
        for (const bool is_binary : {false, true}) {
            KeyColumn column = text_column(type, "utf8mb4", "utf8mb4_bin");
            column.is_binary = is_binary;
            INFO(to_string(type));
            const auto refused = key_type_of(column);
            REQUIRE_FALSE(refused.ok());
            CHECK(error_detail(refused.status())->id.number == errors::kKeyTypeRefused.number);
            CHECK_THAT(
                std::string(message_of(refused.status())), Catch::Contains("; use an integer")
            );
        }
    }
}

TEST_CASE("a column that may be NULL, is generated or has ZEROFILL is refused as shard key") {
    struct Case {
        std::function<void(KeyColumn&)> change;
        const char* remedy;
    };

    const Case cases[] = {
        {[](KeyColumn& column) { column.is_nullable = true; }, "declare it NOT NULL"},
        {[](KeyColumn& column) { column.is_generated = true; }, "give a value to"},
        {[](KeyColumn& column) { column.is_zerofill = true; }, "drop ZEROFILL"},
    };
    for (const Case& one : cases) {
        KeyColumn column;
        column.type = ColumnType::kInt;
        REQUIRE(key_type_of(column).ok());
        one.change(column);
        const auto refused = key_type_of(column);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused.status())->id.number == errors::kKeyTypeRefused.number);
        CHECK_THAT(std::string(message_of(refused.status())), Catch::Contains(one.remedy));
    }
}

TEST_CASE("text is a shard key only in four character sets and in their binary collations") {
    struct Case {
        const char* charset;
        const char* collation;
        bool is_allowed;
        bool pads_space;
    };

    const Case cases[] = {
        {"utf8mb4", "utf8mb4_bin", true, true},
        {"utf8mb4", "utf8mb4_nopad_bin", true, false},
        {"utf8mb4", "utf8mb4_0900_bin", true, false},
        {"utf8mb3", "utf8mb3_bin", true, true},
        {"utf8mb3", "utf8_bin", true, true},
        {"utf8", "utf8_bin", true, true},
        {"utf8mb3", "utf8mb3_nopad_bin", true, false},
        {"latin1", "latin1_bin", true, true},
        {"latin1", "latin1_nopad_bin", true, false},
        {"ascii", "ascii_bin", true, true},
        {"ascii", "ascii_nopad_bin", true, false},
        {"utf8mb4", "utf8mb4_general_ci", false, false},
        {"utf8mb4", "utf8mb4_0900_ai_ci", false, false},
        {"utf8mb4", "utf8mb4_0900_as_cs", false, false},
        {"utf8mb4", "uca1400_ai_ci", false, false},
        {"utf8mb4", "latin1_bin", false, false},
        {"utf8mb3", "utf8mb4_bin", false, false},
        {"latin1", "latin1_swedish_ci", false, false},
        {"latin1", "latin1_general_cs", false, false},
        {"ascii", "ascii_general_ci", false, false},
        {"latin2", "latin2_bin", false, false},
        {"gbk", "gbk_bin", false, false},
        {"utf16", "utf16_bin", false, false},
        {"ucs2", "ucs2_bin", false, false},
        {"", "", false, false},
    };
    for (const Case& one : cases) {
        for (const ColumnType column_type : {ColumnType::kChar, ColumnType::kVarchar}) {
            INFO(one.charset << " " << one.collation);
            const auto type = key_type_of(text_column(column_type, one.charset, one.collation));
            REQUIRE(type.ok() == one.is_allowed);
            if (!one.is_allowed) {
                CHECK(error_detail(type.status())->id.number == errors::kKeyTypeRefused.number);
                continue;
            }
            CHECK(type->key_class == KeyClass::kText);
            CHECK(type->pads_space == one.pads_space);
            CHECK(type->is_fixed == (column_type == ColumnType::kChar));
            CHECK(type->class_name() == (one.pads_space ? "text (PAD SPACE)" : "text (NO PAD)"));
        }
    }
}

TEST_CASE("classes of keys are integer, bytes, and text by its padding") {
    CHECK(integer(ColumnType::kTinyInt).class_name() == "integer");
    CHECK(integer(ColumnType::kBigInt, true).class_name() == "integer");
    CHECK(bytes(ColumnType::kChar, 16).class_name() == "bytes");
    CHECK(bytes(ColumnType::kVarchar, 16).class_name() == "bytes");
}

TEST_CASE("whatever equals one integer key gives its decimal text") {
    const KeyType type = integer(ColumnType::kBigInt);
    for (const Value& value :
         {Value(42),
          Value(42U),
          Value(42.0),
          Value("42"),
          Value("+42"),
          Value("042"),
          Value("42."),
          Value("42.000"),
          Value::decimal("42"),
          Value::decimal("42.00")})
        CHECK(canonical_for_predicate(type, value) == "42");
    CHECK(canonical_for_predicate(type, -0.0) == "0");
    CHECK(canonical_for_predicate(type, "-0") == "0");
    CHECK(canonical_for_predicate(type, "9007199254740993") == "9007199254740993");
    CHECK(
        canonical_for_predicate(type, Value::decimal("9007199254740993.0")) == "9007199254740993"
    );
    CHECK(canonical_for_predicate(type, -9007199254740991.0) == "-9007199254740991");
    CHECK(
        canonical_for_predicate(type, std::numeric_limits<std::int64_t>::min()) ==
        "-9223372036854775808"
    );
}

TEST_CASE("what equals no integer key, or perhaps several, names none") {
    const KeyType type = integer(ColumnType::kBigInt);
    for (const Value& value :
         {Value(),
          Value(42.5),
          Value(9007199254740992.0),
          Value(std::numeric_limits<double>::infinity()),
          Value(std::numeric_limits<double>::quiet_NaN()),
          Value(1e300),
          Value(""),
          Value(" 42"),
          Value("42 "),
          Value("42a"),
          Value("4.2e1"),
          Value("42.5"),
          Value("."),
          Value(".0"),
          Value("+"),
          Value("--1"),
          Value("+-1"),
          Value("0x2a"),
          Value(std::string("42\0", 3)),
          Value("+9007199254740993"),
          Value("9007199254740993.0"),
          Value("9223372036854775808"),
          Value(std::numeric_limits<std::uint64_t>::max()),
          Value::decimal("42.5"),
          Value::decimal("1e2"),
          Value::decimal("42." + std::string(80, '0')),
          Value::bytes("42"),
          Value::bytes("*")}) {
        INFO(static_cast<int>(value.kind()) << " " << value.text());
        CHECK(canonical_for_predicate(type, value) == std::nullopt);
    }
}

TEST_CASE("an integer key lies in its column's range") {
    struct Case {
        ColumnType type;
        std::int64_t min;
        std::int64_t max;
        std::uint64_t unsigned_max;
    };

    const Case cases[] = {
        {ColumnType::kTinyInt, -128, 127, 255},
        {ColumnType::kSmallInt, -32768, 32767, 65535},
        {ColumnType::kMediumInt, -8388608, 8388607, 16777215},
        {ColumnType::kInt, -2147483648, 2147483647, 4294967295},
        {ColumnType::kBigInt,
         std::numeric_limits<std::int64_t>::min(),
         std::numeric_limits<std::int64_t>::max(),
         std::numeric_limits<std::uint64_t>::max()},
    };
    for (const Case& one : cases) {
        const KeyType is_signed = integer(one.type);
        const KeyType is_unsigned = integer(one.type, true);
        CHECK(canonical_for_predicate(is_signed, one.min) == std::to_string(one.min));
        CHECK(canonical_for_predicate(is_signed, one.max) == std::to_string(one.max));
        CHECK(
            canonical_for_predicate(is_unsigned, one.unsigned_max) ==
            std::to_string(one.unsigned_max)
        );
        CHECK(canonical_for_predicate(is_unsigned, 0) == "0");
        CHECK(canonical_for_predicate(is_unsigned, -1) == std::nullopt);
        CHECK(
            canonical_for_predicate(is_signed, static_cast<std::uint64_t>(one.max) + 1) ==
            std::nullopt
        );
        if (one.type == ColumnType::kBigInt)
            continue;
        CHECK(canonical_for_predicate(is_signed, one.min - 1) == std::nullopt);
        CHECK(canonical_for_predicate(is_unsigned, one.unsigned_max + 1) == std::nullopt);
        const auto refused = canonical_for_insert(is_unsigned, one.unsigned_max + 1);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused.status())->id.number == errors::kKeyNotExact.number);
    }
}

TEST_CASE("bytes are compared as they are, and BINARY(n) only at its full length") {
    const KeyType fixed = bytes(ColumnType::kChar, 4);
    CHECK(canonical_for_predicate(fixed, Value::bytes("abcd")) == "abcd");
    CHECK(canonical_for_predicate(fixed, "abcd") == "abcd");
    CHECK(canonical_for_predicate(fixed, "ab") == std::nullopt);
    CHECK(canonical_for_predicate(fixed, "abcde") == std::nullopt);
    CHECK(canonical_for_predicate(fixed, 1234) == std::nullopt);
    const KeyType varying = bytes(ColumnType::kVarchar, 4);
    CHECK(canonical_for_predicate(varying, "a ") == "a ");
    CHECK(canonical_for_predicate(varying, "") == "");
    CHECK(canonical_for_predicate(varying, std::string("a\0", 2)) == std::string("a\0", 2));
    CHECK(canonical_for_predicate(varying, "abcde") == std::nullopt);
    CHECK(canonical_for_predicate(varying, Value()) == std::nullopt);
}

TEST_CASE("text is compared without its trailing blanks where the collation pads") {
    const KeyType pads = text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_bin");
    CHECK(canonical_for_predicate(pads, "a") == "a");
    CHECK(canonical_for_predicate(pads, "a  ") == "a");
    CHECK(canonical_for_predicate(pads, "a" + std::string(40, ' ')) == "a");
    CHECK(canonical_for_predicate(pads, " ") == "");
    CHECK(canonical_for_predicate(pads, " a") == " a");
    CHECK(canonical_for_predicate(pads, "a\t") == "a\t");
    CHECK(canonical_for_predicate(pads, "12345678") == "12345678");
    CHECK(canonical_for_predicate(pads, "123456789") == std::nullopt);
    CHECK(canonical_for_predicate(pads, 1) == std::nullopt);
    CHECK(canonical_for_predicate(pads, Value::decimal("1")) == std::nullopt);
    CHECK(canonical_for_predicate(pads, 1.0) == std::nullopt);
    CHECK(canonical_for_predicate(pads, Value::bytes("a")) == std::nullopt);
    const KeyType exact = text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_0900_bin");
    CHECK(canonical_for_predicate(exact, "a") == "a");
    CHECK(canonical_for_predicate(exact, "a ") == "a ");
    // CHAR gives 'a' back where 'a ' was stored, so 'a ' equals nothing that it holds.
    const KeyType fixed = text(ColumnType::kChar, "utf8mb4", "utf8mb4_0900_bin");
    CHECK(canonical_for_predicate(fixed, "a") == "a");
    CHECK(canonical_for_predicate(fixed, "a ") == std::nullopt);
}

TEST_CASE("text that its column's character set lacks names no key, and is not inserted") {
    struct Case {
        const char* charset;
        const char* collation;
        std::vector<std::string> has;
        std::vector<std::string> lacks;
    };

    const Case cases[] = {
        {"utf8mb4",
         "utf8mb4_bin",
         {"é", "漢", "😀"},
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xe6\xbc"}},
        {"utf8mb3", "utf8mb3_bin", {"é", "漢"}, {"😀", "\xf0\x9f"}},
        {"latin1",
         "latin1_bin",
         {"é", "€", "Ÿ", "™", "ÿ", "\xc2\xa0", "\xc2\x81"},
         {"漢", "Ā", "\xc2\x80", "\xc2\x9f", "😀"}},
        {"ascii", "ascii_bin", {"a", "\x7f"}, {"é", "€"}},
    };
    for (const Case& one : cases) {
        const KeyType type = text(ColumnType::kVarchar, one.charset, one.collation);
        for (const std::string& word : one.has) {
            CHECK(canonical_for_predicate(type, word) == word);
            CHECK(*canonical_for_insert(type, word) == word);
        }
        for (const std::string& word : one.lacks) {
            INFO(one.charset << " " << word);
            CHECK(canonical_for_predicate(type, word) == std::nullopt);
            const auto refused = canonical_for_insert(type, word);
            REQUIRE_FALSE(refused.ok());
            CHECK(error_detail(refused.status())->id.number == errors::kKeyNotExact.number);
        }
    }
    const KeyType eight = text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_bin");
    CHECK(canonical_for_predicate(eight, "漢漢漢漢漢漢漢漢").has_value());
    CHECK_FALSE(canonical_for_predicate(eight, "漢漢漢漢漢漢漢漢漢").has_value());
}

TEST_CASE("an INSERT pads and trims a key as its column does") {
    CHECK(*canonical_for_insert(bytes(ColumnType::kChar, 4), "ab") == std::string("ab\0\0", 4));
    CHECK(*canonical_for_insert(bytes(ColumnType::kVarchar, 4), "ab ") == "ab ");
    CHECK(*canonical_for_insert(bytes(ColumnType::kVarchar, 4), 1234) == "1234");
    CHECK(
        *canonical_for_insert(text(ColumnType::kChar, "utf8mb4", "utf8mb4_0900_bin"), "a ") == "a"
    );
    CHECK(*canonical_for_insert(text(ColumnType::kVarchar, "latin1", "latin1_bin"), "a ") == "a");
    CHECK(
        *canonical_for_insert(text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_nopad_bin"), "a ") ==
        "a "
    );
    CHECK(*canonical_for_insert(text(ColumnType::kVarchar, "ascii", "ascii_bin"), -5) == "-5");
    CHECK(*canonical_for_insert(integer(ColumnType::kInt), "42") == "42");
    CHECK(*canonical_for_insert(integer(ColumnType::kInt), 42.0) == "42");
}

TEST_CASE("an INSERT of a key that does not convert exactly is refused") {
    const KeyType number = integer(ColumnType::kInt);
    const KeyType word = text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_bin");
    const KeyType four = bytes(ColumnType::kVarchar, 4);

    struct Case {
        const KeyType& type;
        Value value;
    };

    const Case cases[] = {
        {number, Value()},
        {number, 42.5},
        {number, "42a"},
        {number, ""},
        {number, Value::bytes("42")},
        {number, Value::decimal("0.1")},
        {word, Value()},
        {word, 1.0},
        {word, Value::decimal("1.0")},
        {word, Value::bytes("a")},
        {word, "123456789"},
        {four, Value()},
        {four, 1.0},
        {four, "12345"},
    };
    for (const Case& one : cases) {
        const auto refused = canonical_for_insert(one.type, one.value);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused.status())->id.number == errors::kKeyNotExact.number);
    }
}

TEST_CASE("the SQL of a key's hash follows its column") {
    CHECK(crc32_sql(integer(ColumnType::kInt), "`k`") == "CRC32(`k`)");
    CHECK(crc32_sql(bytes(ColumnType::kChar, 4), "`k`") == "CRC32(`k`)");
    CHECK(
        crc32_sql(text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_0900_bin"), "`k`") ==
        "CRC32(CONVERT(`k` USING utf8mb4))"
    );
    const std::string trimmed =
        "COALESCE(CRC32(TRIM(TRAILING ' ' FROM CONVERT(`k` USING utf8mb4))), 0)";
    CHECK(crc32_sql(text(ColumnType::kVarchar, "latin1", "latin1_bin"), "`k`") == trimmed);
    CHECK(crc32_sql(text(ColumnType::kChar, "utf8mb4", "utf8mb4_0900_bin"), "`k`") == trimmed);
}

// The numbers are CRC-32 of the bytes as zlib has it, written down once.
TEST_CASE("golden vectors: canonical bytes and their hash never change") {
    struct Vector {
        KeyType type;
        Value value;
        std::string canonical;
        std::uint32_t hash;
    };

    const Vector vectors[] = {
        {integer(ColumnType::kBigInt), 12345, "12345", 3421846044U},
        {integer(ColumnType::kBigInt), 0, "0", 4108050209U},
        {integer(ColumnType::kTinyInt), -128, "-128", 2479344567U},
        {integer(ColumnType::kBigInt, true),
         std::numeric_limits<std::uint64_t>::max(),
         "18446744073709551615",
         3221115162U},
        {bytes(ColumnType::kChar, 4), "ab", std::string("ab\0\0", 4), 3918352436U},
        {bytes(ColumnType::kVarchar, 4), "", "", 0},
        {text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_bin"), "MariaDB ", "MariaDB", 4227209140U},
        {text(ColumnType::kVarchar, "utf8mb4", "utf8mb4_0900_bin"), "a ", "a ", 105998545U},
        {text(ColumnType::kVarchar, "latin1", "latin1_bin"), "é€", "é€", 608641629U},
        {text(ColumnType::kChar, "utf8mb4", "utf8mb4_bin"), "😀  ", "😀", 88978756U},
    };
    for (const Vector& one : vectors) {
        CHECK(*canonical_for_insert(one.type, one.value) == one.canonical);
        CHECK(stable_hash(one.canonical) == one.hash);
    }
}
