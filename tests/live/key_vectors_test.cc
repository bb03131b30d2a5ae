// Canonical bytes and their hash as the library has them, against what real servers store, return
// and compute; and predicates on keys against the rows that servers find.
#include "driver/connection.h"
#include "inspect/fetch.h"
#include "key_vectors_fixture.h"
#include "keys/stable_hash.h"
#include "support/test_servers.h"

#include <absl/strings/str_format.h>
#include <catch2/catch.hpp>

#include <cstdlib>
#include <map>
#include <random>
#include <set>

using namespace mosaic;
using namespace mosaic::keys;
using namespace mosaic::test;

namespace {

constexpr std::size_t kRandomKeys = 10'000;

/// The server of this binary, started with the first case.
TestServers& servers() {
    static TestServers started(1);
    return started;
}

std::unique_ptr<driver::Connection> connect() {
    return must(driver::make_driver("mariadb")->connect(servers().options(0)));
}

/// A connection, and an empty database `app` there.
std::unique_ptr<driver::Connection> connect_to_empty_database() {
    std::unique_ptr<driver::Connection> connection = connect();
    must(run(*connection, "DROP DATABASE IF EXISTS app"));
    must(run(*connection, "CREATE DATABASE app"));
    return connection;
}

std::uint64_t seed_of_run() {
    if (const char* given = std::getenv("MOSAIC_SEED"))
        return std::strtoull(given, nullptr, 10);
    return std::random_device()();
}

void insert_all(
    driver::Connection& connection, const std::string& table, const std::vector<Value>& keys
) {
    constexpr std::size_t kRowsPerInsert = 2500;
    for (std::size_t begin = 0; begin < keys.size(); begin += kRowsPerInsert) {
        std::string sql = "INSERT INTO " + table + " (n, k) VALUES ";
        for (std::size_t i = begin; i < keys.size() && i < begin + kRowsPerInsert; ++i) {
            absl::StrAppendFormat(&sql, "%s(%d,", i == begin ? "" : ",", i);
            sql += literal_of(keys[i]) + ")";
        }
        must(run(connection, sql, "app"));
    }
}

/// Puts every value that the column takes as it is into table t; those that it does not are left
/// out.
void fill_with(
    driver::Connection& connection, const KeyType& type, const std::vector<Value>& pool
) {
    std::vector<Value> kept;
    std::set<std::string> distinct;
    for (const Value& value : pool) {
        if (canonical_for_insert(type, value).ok() && distinct.insert(literal_of(value)).second)
            kept.push_back(value);
    }
    insert_all(connection, "t", kept);
}

/// How a session may be set up that reads keys or computes their hash.
const std::vector<std::string>& sessions() {
    static const std::vector<std::string> kMariaDb = {
        "SET SESSION sql_mode = 'STRICT_TRANS_TABLES'",
        "SET SESSION sql_mode = ''",
        "SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,IGNORE_SPACE'",
        "SET SESSION sql_mode = 'MSSQL'",
        "SET collation_connection = latin1_swedish_ci",
        "SET character_set_connection = cp1251",
        "SET collation_connection = utf8mb4_general_ci",
        "SET NAMES utf8mb4 COLLATE utf8mb4_nopad_bin"};
    static const std::vector<std::string> kMySql = {
        "SET SESSION sql_mode = 'STRICT_TRANS_TABLES'",
        "SET SESSION sql_mode = ''",
        "SET SESSION sql_mode = 'ANSI,NO_BACKSLASH_ESCAPES,HIGH_NOT_PRECEDENCE,IGNORE_SPACE'",
        "SET SESSION sql_mode = 'TRADITIONAL'",
        "SET collation_connection = latin1_swedish_ci",
        "SET character_set_connection = cp1251",
        "SET collation_connection = utf8mb4_general_ci",
        "SET NAMES utf8mb4 COLLATE utf8mb4_0900_bin"};
    return TestServers::is_mysql() ? kMySql : kMariaDb;
}

Batch fetch(driver::Connection& connection, const std::string& sql) {
    return must(inspect::fetch_all(connection, sql, TimePoint::max()));
}

}  // namespace

TEST_CASE("keys are stored as the library expects, and servers compute its hash", "[keys]") {
    const std::uint64_t seed = seed_of_run();
    INFO("MOSAIC_SEED=" << seed);
    const auto writer = connect_to_empty_database();
    const auto reader = connect();
    Keys random(seed);
    std::size_t turn = 0;
    for (const TestColumn& column : all_columns()) {
        INFO(column.declaration);
        const KeyType type = column.type();
        must(run(*writer, "DROP TABLE IF EXISTS t", "app"));
        must(
            run(*writer,
                "CREATE TABLE t (n INT PRIMARY KEY, k " + column.declaration + " NOT NULL)",
                "app")
        );
        std::vector<Value> keys = edge_values(type);
        while (keys.size() < kRandomKeys) keys.push_back(random.key_of(type));
        insert_all(*writer, "t", keys);

        must(run(*reader, sessions()[turn++ % sessions().size()]));
        const Batch rows =
            fetch(*reader, "SELECT k, " + crc32_sql(type, "k") + " FROM app.t ORDER BY n");
        REQUIRE(rows.row_count() == keys.size());
        for (std::size_t i = 0; i < keys.size(); ++i) {
            const auto expected = canonical_for_insert(type, keys[i]);
            const std::string stored = canonical_of_stored(type, *rows.cell(i, 0));
            if (!expected.ok() || *expected != stored ||
                std::to_string(stable_hash(stored)) != *rows.cell(i, 1)) {
                INFO("key " << literal_of(keys[i]) << ", stored " << *rows.cell(i, 0));
                REQUIRE(expected.ok());
                REQUIRE(*expected == stored);
                REQUIRE(std::to_string(stable_hash(stored)) == *rows.cell(i, 1));
            }
        }
    }
}

TEST_CASE("the hash of keys is the same in every session that the library allows", "[keys]") {
    const auto connection = connect_to_empty_database();
    int n = 0;
    for (const TestColumn& column : all_columns()) {
        const KeyType type = column.type();
        const std::string table = absl::StrFormat("t%d", n++);
        must(run(
            *connection,
            "CREATE TABLE " + table + " (n INT PRIMARY KEY, k " + column.declaration + " NOT NULL)",
            "app"
        ));
        insert_all(*connection, table, edge_values(type));
    }
    for (const std::string& session : sessions()) {
        INFO(session);
        must(run(*connection, session));
        n = 0;
        for (const TestColumn& column : all_columns()) {
            INFO(column.declaration);
            const KeyType type = column.type();
            const std::vector<Value> keys = edge_values(type);
            const Batch rows = fetch(
                *connection,
                absl::StrFormat("SELECT %s FROM app.t%d ORDER BY n", crc32_sql(type, "k"), n++)
            );
            for (std::size_t i = 0; i < keys.size(); ++i) {
                const std::string canonical = must(canonical_for_insert(type, keys[i]));
                REQUIRE(*rows.cell(i, 0) == std::to_string(stable_hash(canonical)));
            }
        }
    }
}

TEST_CASE("a predicate that names a key finds exactly the rows with that key", "[keys]") {
    const std::uint64_t seed = seed_of_run();
    INFO("MOSAIC_SEED=" << seed);
    const auto connection = connect_to_empty_database();
    must(run(*connection, "SET SESSION group_concat_max_len = 1000000"));
    Keys random(seed);
    std::vector<TestColumn> columns = all_columns();
    columns.push_back(bytes_column(true, 4));
    columns.push_back(bytes_column(false, 4));
    const std::vector<Value> pool = odd_values(random);
    std::size_t routed = 0;
    std::size_t asked = 0;
    for (const TestColumn& column : columns) {
        INFO(column.declaration);
        const KeyType type = column.type();
        for (const bool is_indexed : {false, true}) {
            must(run(*connection, "DROP TABLE IF EXISTS t", "app"));
            must(
                run(*connection,
                    "CREATE TABLE t (n INT PRIMARY KEY, k " + column.declaration + " NOT NULL" +
                        (is_indexed ? ", KEY (k)" : "") + ")",
                    "app")
            );
            fill_with(*connection, type, pool);
            std::map<std::string, std::set<std::string>> rows_of;  // canonical -> n
            const Batch stored = fetch(*connection, "SELECT n, k FROM app.t");
            for (std::size_t i = 0; i < stored.row_count(); ++i) {
                rows_of[canonical_of_stored(type, *stored.cell(i, 1))].emplace(*stored.cell(i, 0));
            }
            for (const Value& value : pool) {
                const auto canonical = canonical_for_predicate(type, value);
                ++asked;
                if (!canonical)
                    continue;
                ++routed;
                const std::string literal = literal_of(value);
                INFO("value " << literal << ", canonical " << *canonical);
                for (const std::string& predicate :
                     {"k = " + literal,
                      literal + " = k",
                      "k IN (" + literal + ")",
                      "(k, 1) = (" + literal + ", 1)"}) {
                    const Batch found =
                        fetch(*connection, "SELECT n FROM app.t WHERE " + predicate);
                    std::set<std::string> rows;
                    for (std::size_t i = 0; i < found.row_count(); ++i)
                        rows.emplace(*found.cell(i, 0));
                    INFO(predicate);
                    REQUIRE(rows == rows_of[*canonical]);
                }
            }
        }
    }
    CHECK(asked > 5000);
    CHECK(routed > asked / 10);  // else this test would show little
}
