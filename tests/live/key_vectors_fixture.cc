#include "key_vectors_fixture.h"

#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <limits>

namespace mosaic::test {

using namespace mosaic::keys;

namespace {

TestColumn integer_column(const char* name, ColumnType type, bool is_unsigned) {
    TestColumn made;
    made.declaration = std::string(name) + (is_unsigned ? " UNSIGNED" : "");
    made.column.type = type;
    made.column.is_unsigned = is_unsigned;
    return made;
}

TestColumn text_column(
    bool is_fixed, std::uint32_t length, const std::string& charset, const std::string& collation
) {
    TestColumn made;
    made.declaration = absl::StrFormat(
        "%s(%d) CHARACTER SET %s COLLATE %s",
        is_fixed ? "CHAR" : "VARCHAR",
        length,
        charset,
        collation
    );
    made.column.type = is_fixed ? ColumnType::kChar : ColumnType::kVarchar;
    made.column.length_max = length;
    made.column.charset = charset;
    made.column.collation = collation;
    return made;
}

std::vector<TestColumn> integer_columns() {
    std::vector<TestColumn> columns;
    for (const bool is_unsigned : {false, true}) {
        columns.push_back(integer_column("TINYINT", ColumnType::kTinyInt, is_unsigned));
        columns.push_back(integer_column("SMALLINT", ColumnType::kSmallInt, is_unsigned));
        columns.push_back(integer_column("MEDIUMINT", ColumnType::kMediumInt, is_unsigned));
        columns.push_back(integer_column("INT", ColumnType::kInt, is_unsigned));
        columns.push_back(integer_column("BIGINT", ColumnType::kBigInt, is_unsigned));
    }
    return columns;
}

std::vector<TestColumn> text_columns() {
    std::vector<std::pair<std::string, std::string>> collations = {
        {"utf8mb4", "utf8mb4_bin"},
        {"utf8mb3", "utf8mb3_bin"},
        {"latin1", "latin1_bin"},
        {"ascii", "ascii_bin"}};
    if (TestServers::is_mysql()) {
        collations.emplace_back("utf8mb4", "utf8mb4_0900_bin");
    } else {
        for (const char* charset : {"utf8mb4", "utf8mb3", "latin1", "ascii"})
            collations.emplace_back(charset, std::string(charset) + "_nopad_bin");
    }
    std::vector<TestColumn> columns;
    for (const auto& [charset, collation] : collations) {
        for (const bool is_fixed : {false, true})
            columns.push_back(text_column(is_fixed, 12, charset, collation));
    }
    return columns;
}

std::string utf8(std::uint64_t character) {
    const auto byte = [&](int shift, unsigned mark) {
        return static_cast<char>(mark | (character >> shift & 0x3F));
    };
    if (character < 0x80)
        return std::string(1, static_cast<char>(character));
    if (character < 0x800)
        return {static_cast<char>(0xC0 | character >> 6), byte(0, 0x80)};
    if (character < 0x10000)
        return {static_cast<char>(0xE0 | character >> 12), byte(6, 0x80), byte(0, 0x80)};
    return {
        static_cast<char>(0xF0 | character >> 18), byte(12, 0x80), byte(6, 0x80), byte(0, 0x80)};
}

}  // namespace

TestColumn bytes_column(bool is_fixed, std::uint32_t length) {
    TestColumn made;
    made.declaration = absl::StrFormat("%s(%d)", is_fixed ? "BINARY" : "VARBINARY", length);
    made.column.type = is_fixed ? ColumnType::kChar : ColumnType::kVarchar;
    made.column.is_binary = true;
    made.column.length_max = length;
    return made;
}

std::vector<TestColumn> all_columns() {
    std::vector<TestColumn> columns = integer_columns();
    columns.push_back(bytes_column(true, 16));
    columns.push_back(bytes_column(false, 16));
    for (TestColumn& text : text_columns()) columns.push_back(std::move(text));
    return columns;
}

Value Keys::key_of(const KeyType& type) {
    switch (type.key_class) {
        case KeyClass::kInteger:
            return integer_of(type);
        case KeyClass::kBytes:
            return Value::bytes(bytes_of(type));
        case KeyClass::kText:
            return text_of(type);
    }
    return {};
}

Value Keys::integer_of(const KeyType& type) {
    const int bits = type.integer_bytes * 8;
    const std::uint64_t all = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
    const std::uint64_t drawn = (random_() >> below(64)) & all;
    if (type.is_unsigned)
        return drawn;
    const auto magnitude = static_cast<std::int64_t>(drawn >> 1);
    return below(2) == 0 ? magnitude : -magnitude - 1;
}

std::string Keys::bytes_of(const KeyType& type) {
    std::string bytes(below(type.length_max + 1), '\0');
    for (char& byte : bytes)
        byte = below(4) == 0 ? "\0 \\'"[below(4)] : static_cast<char>(below(256));
    return bytes;
}

std::string Keys::text_of(const KeyType& type) {
    static const std::string kOdd[] = {" ", "\t", "'", "\\", "%", std::string(1, '\0'), "\x7f"};
    std::string text;
    for (std::uint64_t left = below(type.length_max + 1); left > 0; --left)
        text += below(4) == 0 ? kOdd[below(std::size(kOdd))] : character_of(type.charset);
    if (below(3) == 0 && text.size() < 10)
        text += "  ";
    return text;
}

std::string Keys::character_of(const std::string& charset) {
    if (charset == "ascii")
        return std::string(1, static_cast<char>(' ' + below(95)));
    if (charset == "latin1") {
        static const char* const kLatin1[] = {
            "é", "€", "ÿ", "Ÿ", "™", "\u0081", "\u009d", "\u00a0"};
        return below(2) == 0 ? kLatin1[below(8)] : utf8(0xA0 + below(0x60));
    }
    if (charset == "utf8mb4" && below(4) == 0)
        return utf8(0x10000 + below(0x100000));
    const std::uint64_t character = below(0xFFFF) + 1;
    return character >= 0xD800 && character <= 0xDFFF ? "漢" : utf8(character);
}

std::string literal_of(const Value& value) {
    std::string literal;
    append_literal(literal, value, Backslash::kEscapes);
    return literal;
}

std::vector<Value> edge_values(const KeyType& type) {
    if (type.key_class == KeyClass::kInteger) {
        const int bits = type.integer_bytes * 8;
        const std::uint64_t all = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
        if (type.is_unsigned)
            return {0U, 1U, all, all - 1, "7", 8.0, Value::decimal("9.00")};
        const auto max = static_cast<std::int64_t>(all >> 1);
        return {0, -1, max, -max - 1, "-7", "+8", "009", "10.0", -11.0, Value::decimal("-12.0")};
    }
    const std::string nul(1, '\0');
    std::vector<Value> values = {
        "",
        " ",
        "  ",
        "a",
        "a ",
        "a  ",
        " a",
        "A",
        nul,
        "a" + nul,
        nul + "a",
        "a\t",
        "'",
        "\\",
        42};
    if (type.key_class == KeyClass::kBytes) {
        for (const char* bytes : {"", "ab", "0123456789abcdef", "\xff\xfe"})
            values.push_back(Value::bytes(bytes));
        values.push_back("é漢😀");
        return values;
    }
    if (type.charset != "ascii")
        values.push_back("é");
    if (type.charset == "latin1")
        values.push_back("€");
    if (type.charset == "utf8mb4")
        values.push_back("😀😀😀😀😀😀😀😀😀😀😀😀");
    return values;
}

std::vector<Value> odd_values(Keys& random) {
    const std::string nul(1, '\0');
    std::vector<Value> values = {
        Value(),
        0,
        1,
        -1,
        42,
        42U,
        127,
        128,
        255,
        -128,
        300,
        9007199254740991,
        9007199254740992,
        9007199254740993,
        std::numeric_limits<std::int64_t>::max(),
        std::numeric_limits<std::int64_t>::min(),
        std::numeric_limits<std::uint64_t>::max(),
        0.0,
        -0.0,
        1.0,
        42.0,
        42.5,
        -1.0,
        1e30,
        127.5,
        9007199254740991.0,
        9007199254740992.0,
        9007199254740994.0,
        9223372036854775807.0,
        Value::decimal("42"),
        Value::decimal("42.0"),
        Value::decimal("42.5"),
        Value::decimal("-1.000"),
        Value::decimal("0.0"),
        Value::decimal("9007199254740993.0"),
        Value::decimal("9007199254740993.4"),
        Value::decimal("18446744073709551615.00"),
        Value::decimal("42.0000000000000000000000000000001"),
        Value::decimal("042.0"),
        "42",
        " 42",
        "42 ",
        "42  ",
        "+42",
        "042",
        "4.2e1",
        "42.0",
        "42.",
        "42.5",
        "42a",
        "0x2a",
        "-1",
        "- 1",
        "--1",
        "-0",
        "0",
        "00",
        ".0",
        "",
        " ",
        "1",
        "01",
        "1 ",
        "1e0",
        "a",
        "a ",
        "A",
        "a\t",
        "a" + nul,
        nul,
        "ab",
        "ab" + nul + nul,
        "ab  ",
        "abcd",
        "é",
        "é ",
        "e",
        "€",
        "漢",
        "😀",
        "?",
        "9007199254740993",
        "+9007199254740993",
        "9007199254740993.0",
        "9007199254740993.4",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "-9223372036854775808",
        Value::bytes("42"),
        Value::bytes("*"),
        Value::bytes("a"),
        Value::bytes("a "),
        Value::bytes("ab"),
        Value::bytes("ab" + nul + nul),
        Value::bytes("é"),
        Value::bytes("\xe9"),
        Value::bytes(""),
        Value::bytes("abcd"),
        Value::bytes("1")};
    for (int i = 0; i < 30; ++i) {
        const auto small = static_cast<std::int64_t>(random.below(300)) - 150;
        values.emplace_back(small);
        values.emplace_back(static_cast<double>(small));
        values.emplace_back(std::to_string(small) + (i % 3 == 0 ? ".0" : ""));
        values.emplace_back(std::string(random.below(3), ' ') + std::to_string(small));
        values.push_back(Value::decimal(absl::StrFormat("%d.%0*d", small, i % 5 + 1, i % 2)));
    }
    return values;
}

}  // namespace mosaic::test
