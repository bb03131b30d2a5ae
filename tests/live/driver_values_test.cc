// Values are exact in both directions, on both drivers.
#include "live/driver_fixture.h"

#include <absl/strings/str_format.h>

#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace mosaic;
using namespace mosaic::driver;

namespace {

std::string literal(const Value& value, Backslash backslash = Backslash::kEscapes) {
    std::string out;
    append_literal(out, value, backslash);
    return out;
}

struct TypeCase {
    const char* type;
    Value value;
    std::string text;
    ColumnType column;
    bool is_unsigned = false;
    bool is_binary = false;
};

std::string bytes(std::initializer_list<int> list) {
    std::string out;
    for (const int byte : list) out.push_back(static_cast<char>(byte));
    return out;
}

std::vector<TypeCase> type_cases() {
    const std::string decimal65 =
        "-99999999999999999999999999999999999.999999999999999999999999999999";
    const std::string emoji = "\xF0\x9F\x90\xAC na\xC3\xAFve";
    using enum ColumnType;
    return {
        {"BIGINT UNSIGNED", UINT64_MAX, "18446744073709551615", kBigInt, true},
        {"BIGINT", INT64_MIN, "-9223372036854775808", kBigInt},
        {"INT UNSIGNED", 4294967295U, "4294967295", kInt, true},
        {"MEDIUMINT", -8388608, "-8388608", kMediumInt},
        {"SMALLINT", -32768, "-32768", kSmallInt},
        {"TINYINT", -128, "-128", kTinyInt},
        {"DECIMAL(65,30)", Value::decimal(decimal65), decimal65, kDecimal},
        {"DOUBLE", 0.1, "0.1", kDouble},
        {"DOUBLE", 1.7976931348623157e308, "1.7976931348623157e308", kDouble},
        {"YEAR", 2155, "2155", kYear},
        {"DATE", "1000-01-01", "1000-01-01", kDate},
        {"DATETIME(6)", "9999-12-31 23:59:59.999999", "9999-12-31 23:59:59.999999", kDatetime},
        {"DATETIME(3)", "2024-05-01 10:00:00.678", "2024-05-01 10:00:00.678", kDatetime},
        {"TIMESTAMP(6)", "2024-02-29 12:34:56.000001", "2024-02-29 12:34:56.000001", kTimestamp},
        {"TIME(6)", "-838:59:58.000001", "-838:59:58.000001", kTime},
        {"VARCHAR(40)", emoji, emoji, kVarchar},
        {"VARCHAR(40)", "", "", kVarchar},
        {"CHAR(5)", "ab", "ab", kChar},
        {"VARBINARY(40)",
         Value::bytes(bytes({0, 255, 39, 92, 0})),
         bytes({0, 255, 39, 92, 0}),
         kVarchar,
         false,
         true},
        {"BINARY(4)", Value::bytes("ab"), bytes({'a', 'b', 0, 0}), kChar, false, true},
        {"BLOB", Value::bytes(bytes({0, 0, 254, 26})), bytes({0, 0, 254, 26}), kText, false, true},
        {"TEXT", emoji, emoji, kText},
        {"BIT(1)", 1, bytes({1}), kBit, true, true},
        {"BIT(12)", 0xABC, bytes({0x0A, 0xBC}), kBit, true, true},
        {"BIT(64)", UINT64_MAX, bytes({255, 255, 255, 255, 255, 255, 255, 255}), kBit, true, true},
        {"BIT(64)", 0, bytes({0, 0, 0, 0, 0, 0, 0, 0}), kBit, true, true},
        {"ENUM('a','b''c')", "b'c", "b'c", kEnum},
        {"SET('a','b','c')", "a,c", "a,c", kSet},
    };
}

}  // namespace

TEST_CASE("every type comes back exactly as it was bound", "[values]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS vals");
    rows_of(*on, "USE vals");

    for (const TypeCase& tried : type_cases()) {
        INFO(driver << " " << tried.type);
        rows_of(*on, "DROP TABLE IF EXISTS v");
        rows_of(*on, std::string("CREATE TABLE v (x ") + tried.type + ")");
        rows_of(*on, "INSERT INTO v VALUES (" + literal(tried.value) + "), (NULL)");
        const Outcomes read = run(*on, "SELECT x FROM v ORDER BY x IS NULL");
        REQUIRE(read.status.ok());
        CHECK(read.rows[0][0][0] == tried.text);
        CHECK(read.rows[0][1][0] == std::nullopt);
        const Column& column = read.replies[0].columns.at(0);
        CHECK(column.name == "x");
        CHECK(column.type == tried.column);
        CHECK(column.is_unsigned == tried.is_unsigned);
        CHECK(column.is_binary == tried.is_binary);
    }
}

TEST_CASE("zero dates come back as they are", "[values]") {
    const auto driver = GENERATE(from_range(driver_names()));
    ConnectOptions options = options_for();
    options.sql_mode = "ALLOW_INVALID_DATES";
    const auto on = connect(driver, options);

    CHECK(cell_of(*on, "SELECT CAST('0000-00-00' AS DATE)") == "0000-00-00");
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS vals");
    rows_of(*on, "CREATE TEMPORARY TABLE vals.z (d DATE NOT NULL, t DATETIME(6) NOT NULL)");
    rows_of(
        *on,
        "INSERT INTO vals.z VALUES ('0000-00-00', '0000-00-00 00:00:00'), ('2024-02-31', "
        "'2024-00-00')"
    );
    const std::vector<Cells> rows = rows_of(*on, "SELECT d, t FROM vals.z ORDER BY d");
    CHECK(rows[0] == Cells{"0000-00-00", "0000-00-00 00:00:00.000000"});
    CHECK(rows[1] == Cells{"2024-02-31", "2024-00-00 00:00:00.000000"});
}

TEST_CASE("JSON comes back as text", "[values]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS vals");
    rows_of(*on, "CREATE TEMPORARY TABLE vals.j (x JSON)");
    rows_of(*on, R"(INSERT INTO vals.j VALUES ('{"a": [1, "\\u00e9\\n"]}'))");

    const Outcomes read = run(*on, "SELECT x FROM vals.j");
    REQUIRE(read.status.ok());
    const bool is_mysql = on->facts().kind == ServerKind::kMySql;
    CHECK(read.replies[0].columns[0].type == (is_mysql ? ColumnType::kJson : ColumnType::kText));
    CHECK(!read.replies[0].columns[0].is_binary);
    CHECK(
        read.rows[0][0][0] ==
        (is_mysql ? "{\"a\": [1, \"\u00e9\\n\"]}" : R"({"a": [1, "\u00e9\n"]})")
    );
}

TEST_CASE("a blob of 16 MiB comes back whole", "[values]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS vals");
    rows_of(*on, "CREATE TEMPORARY TABLE vals.big (x LONGBLOB)");
    std::string blob(std::size_t{16} << 20, '\0');
    std::mt19937_64 random(5);
    for (char& byte : blob) byte = static_cast<char>(random());

    rows_of(*on, "INSERT INTO vals.big VALUES (" + literal(Value::bytes(blob)) + ")");

    CHECK((cell_of(*on, "SELECT x FROM vals.big") == blob));
}

TEST_CASE("rows come in batches, all of them", "[values]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    const int wanted = GENERATE(0, 1, 1023, 1024, 1025, 5000);

    std::string text =
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) "
        "SELECT i FROM n WHERE i <= " +
        std::to_string(wanted) + " ORDER BY i";
    const bool is_mysql = on->facts().kind == ServerKind::kMySql;
    rows_of(
        *on,
        is_mysql ? "SET cte_max_recursion_depth = 10000" : "SET max_recursive_iterations = 10000"
    );
    const std::vector<Cells> rows = rows_of(*on, text);

    REQUIRE(rows.size() == static_cast<std::size_t>(wanted));
    for (std::size_t i = 0; i < rows.size(); ++i) REQUIRE(rows[i][0] == std::to_string(i + 1));
}

TEST_CASE("no text, bytes or name can break out of its literal", "[values][property]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto mode = GENERATE("", "NO_BACKSLASH_ESCAPES", "ANSI_QUOTES,NO_BACKSLASH_ESCAPES");
    ConnectOptions options = options_for();
    options.sql_mode = mode;
    const auto on = connect(driver, options);
    const Backslash backslash = on->facts().backslash;
    CHECK((backslash == Backslash::kIsLiteral) == (std::string_view(mode) != ""));
    const char* given = std::getenv("MOSAIC_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    INFO("MOSAIC_SEED=" << seed << " driver " << driver << " sql_mode " << mode);
    std::mt19937_64 random(seed);
    const std::vector<std::string> pieces = {
        "'",
        "\\",
        "\"",
        "`",
        ";",
        "--",
        " -- ",
        "/*",
        "*/",
        "#",
        "\n",
        "\r",
        std::string(1, '\0'),
        "\x1a",
        "%",
        "_",
        "\\'",
        "''",
        "\xC3\xA9",
        "\xF0\x9F\x90\xAC",
        "\xE6\xBC\xA2",
        "OR 1=1",
        "x'",
        "?",
        ":a",
        "@a",
        "{",
        "}",
        "a"};

    for (int round = 0; round < 400; ++round) {
        std::string text;
        for (auto left = random() % 12; left > 0; --left) text += pieces[random() % pieces.size()];
        std::string raw;
        for (auto left = random() % 24; left > 0; --left)
            raw.push_back(static_cast<char>(random()));
        std::string query = "SELECT HEX(" + literal(text, backslash) + "), HEX(" +
                            literal(Value::bytes(raw), backslash) + "), " +
                            literal(text, backslash);
        const Outcomes read = run(*on, query);
        INFO(query << " " << read.status.ToString());
        REQUIRE(read.status.ok());
        REQUIRE(read.replies.size() == 1);
        REQUIRE(read.rows[0].size() == 1);
        const auto hex = [](std::string_view data) {
            std::string out;
            for (const char c : data) out += absl::StrFormat("%02X", static_cast<unsigned char>(c));
            return out;
        };
        REQUIRE(read.rows[0][0] == Cells{hex(text), hex(raw), text});
    }
}

TEST_CASE("numbers keep every bit on their way through a literal", "[values][property]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    std::mt19937_64 random(7);
    for (int round = 0; round < 200; ++round) {
        const std::uint64_t bits = random();
        double number = 0;
        std::memcpy(&number, &bits, sizeof number);
        if (!std::isfinite(number))
            continue;
        INFO(number);
        CHECK(cell_of(*on, "SELECT " + literal(bits)) == std::to_string(bits));
        CHECK(
            cell_of(*on, "SELECT 5 - " + literal(static_cast<std::int64_t>(bits >> 2))) ==
            std::to_string(5 - static_cast<std::int64_t>(bits >> 2))
        );
        // Subnormal numbers aside, which servers round to zero.
        if (std::isnormal(number))
            CHECK(
                std::strtod(cell_of(*on, "SELECT " + literal(number))->c_str(), nullptr) == number
            );
    }
}

TEST_CASE("bulk rows arrive as bound, in one statement", "[values][bulk]") {
    const auto on = connect("mariadb");
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS vals");
    rows_of(*on, "USE vals");
    rows_of(*on, "DROP TABLE IF EXISTS bulk");
    rows_of(
        *on,
        "CREATE TABLE bulk (i BIGINT UNSIGNED PRIMARY KEY, n INT, d DOUBLE, "
        "m DECIMAL(65,30), t VARCHAR(40), b VARBINARY(40), nothing INT)"
    );
    std::vector<std::vector<Value>> rows;
    for (std::uint64_t i = 0; i < 1000; ++i)
        rows.push_back(
            {UINT64_MAX - i,
             i % 3 == 0 ? Value() : Value(-static_cast<int>(i)),
             static_cast<double>(i) / 8,
             Value::decimal("1.000000000000000000000000000001"),
             std::string("\xF0\x9F\x90\xAC'\\") + std::to_string(i),
             Value::bytes(bytes({0, 255})),
             nullptr}
        );
    Request request;
    request.text = "INSERT INTO bulk VALUES (?, ?, ?, ?, ?, ?, ?)";
    request.rows = &rows;
    if (on->facts().kind == ServerKind::kMySql) {
        CHECK(has_id(run(*on, request).status, errors::kBulkRows));
        return;
    }

    const Outcomes done = run(*on, request);
    REQUIRE(done.status.ok());
    CHECK(done.replies[0].affected_rows == 1000);
    const std::vector<Cells> read = rows_of(*on, "SELECT * FROM bulk ORDER BY i DESC");
    REQUIRE(read.size() == 1000);
    CHECK(
        read[5] ==
        Cells{
            "18446744073709551610",
            "-5",
            "0.625",
            "1.000000000000000000000000000001",
            "\xF0\x9F\x90\xAC'\\5",
            bytes({0, 255}),
            std::nullopt}
    );
    CHECK(read[3][1] == std::nullopt);

    rows_of(*on, "DELETE FROM bulk WHERE i < 18446744073709551000");
    const Outcomes again = run(*on, request);  // 616 of them exist
    CHECK(has_id(again.status, errors::kServerDuplicateKey));
    CHECK(cell_of(*on, "SELECT COUNT(*) FROM bulk") == "616");
    CHECK(!on->is_poisoned());

    rows_of(*on, "DELETE FROM bulk");
    rows[7][4] = 7;
    const absl::Status mixed = run(*on, request).status;
    CHECK(has_id(mixed, errors::kBulkRows));
    CHECK(detail_of(mixed).outcome == Outcome::kNotSent);
    rows.resize(1);
    CHECK(run(*on, request).status.ok());
    request.text = "INSERT INTO nowhere VALUES (?, ?, ?, ?, ?, ?, ?)";
    CHECK(has_id(run(*on, request).status, errors::kServerNotFound));
    CHECK(has_id(run(*on, request).status, errors::kServerNotFound));
    CHECK(cell_of(*on, "SELECT COUNT(*) FROM bulk") == "1");
}

TEST_CASE("bulk rows are refused by the driver that has none", "[bulk]") {
    const auto on = connect("connector-cpp");
    const std::vector<std::vector<Value>> rows = {{1}};
    Request request;
    request.text = "INSERT INTO t VALUES (?)";
    request.rows = &rows;
    CHECK(!make_driver("connector-cpp")->traits().bulk);
    CHECK(has_id(run(*on, request).status, errors::kBulkRows));
    CHECK(cell_of(*on, "SELECT 1") == "1");
}
