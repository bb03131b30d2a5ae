// Migrations as files: their statements, names and checksums, and where each statement goes.
#include "base/status.h"
#include "migrate/check.h"
#include "migrate/delivery.h"
#include "migrate/files.h"
#include "migrate/scan.h"

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace mosaic;
using namespace mosaic::migrate;

namespace fs = std::filesystem;

namespace {

Scanned scanned(std::string_view sql, const sql::Syntax& syntax = {}) {
    const std::vector<Token> tokens = tokenize(sql, syntax);
    auto result = scan(tokens);
    INFO(sql << ": " << result.status());
    REQUIRE(result.ok());
    return *std::move(result);
}

std::string refusal(std::string_view sql) {
    const std::vector<Token> tokens = tokenize(sql, sql::Syntax{});
    const auto result = scan(tokens);
    INFO(sql);
    REQUIRE_FALSE(result.ok());
    return std::string(message_of(result.status()));
}

using Names = std::vector<std::string>;

MigrationFile parsed(std::string_view text, const char* name = "20260102030405_first.sql") {
    auto file = MigrationFile::parse(name, text, sql::Syntax{});
    INFO(text << ": " << file.status());
    REQUIRE(file.ok());
    return *std::move(file);
}

// Three shards; users and orders in one group, events in another.
topology::Topology topology_of_three() {
    topology::Topology topology;
    topology.servers = {{"s1", {}, "root", "", 1}};
    topology.shards = {{"app_00", ServerId{0}}, {"app_01", ServerId{0}}, {"app_02", ServerId{0}}};
    topology.groups.resize(2);
    topology.groups[0].name = "users";
    topology.groups[1].name = "events";
    const auto add = [&](const char* name, topology::TableKind kind, std::size_t group) {
        topology::Table table;
        table.name = name;
        table.kind = kind;
        table.group = group;
        table.shard = ShardId{1};
        topology.tables[name] = table;
    };
    add("users", topology::TableKind::kSharded, 0);
    add("orders", topology::TableKind::kSharded, 0);
    add("events", topology::TableKind::kSharded, 1);
    add("countries", topology::TableKind::kReference, 0);
    add("notes", topology::TableKind::kLocal, 0);
    topology.tables["users"].triggers = {"audit"};
    return topology;
}

absl::StatusOr<std::vector<Delivery>> addressed(std::string_view text) {
    static const topology::Topology topology = topology_of_three();
    const MigrationFile file = parsed(text);
    return address(file, topology);
}

std::size_t shard_count(std::string_view text) {
    const auto deliveries = addressed(text);
    INFO(text << ": " << deliveries.status());
    REQUIRE(deliveries.ok());
    REQUIRE(deliveries->size() == 1);
    return deliveries->front().shards.size();
}

std::string not_shipped(std::string_view text) {
    const auto deliveries = addressed(text);
    INFO(text);
    REQUIRE_FALSE(deliveries.ok());
    CHECK(error_detail(deliveries.status())->id.number == errors::kMigrationStatement.number);
    return std::string(message_of(deliveries.status()));
}

bool has(const std::string& text, std::string_view part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("the table of each kind of statement is found", "[migrate]") {
    CHECK(scanned("CREATE TABLE t (id INT)").tables == Names{"t"});
    CHECK(scanned("create or replace table if not exists `t` (id INT)").tables == Names{"t"});
    CHECK(scanned("/* x */ CREATE -- y\n TABLE t LIKE u").tables == Names{"t", "u"});
    CHECK(scanned("CREATE TABLE t (LIKE u)").tables == Names{"t", "u"});
    CHECK(scanned("ALTER TABLE t ADD COLUMN x INT, RENAME COLUMN a TO b").tables == Names{"t"});
    CHECK(scanned("ALTER TABLE t DROP INDEX i, RENAME TO u").tables == Names{"t", "u"});
    CHECK(scanned("ALTER TABLE t RENAME KEY a TO b").tables == Names{"t"});
    CHECK(scanned("ALTER ONLINE IGNORE TABLE IF EXISTS t FORCE").tables == Names{"t"});
    CHECK(scanned("ALTER TABLE t EXCHANGE PARTITION p WITH TABLE u").tables == Names{"t", "u"});
    CHECK(scanned("DROP TABLE IF EXISTS t").kind == StatementKind::kDropTable);
    CHECK(scanned("DROP TABLE t CASCADE").tables == Names{"t"});
    CHECK(scanned("RENAME TABLE t TO u").tables == Names{"t", "u"});
    CHECK(scanned("TRUNCATE t").tables == Names{"t"});
    CHECK(scanned("TRUNCATE TABLE t").tables == Names{"t"});
    CHECK(scanned("CREATE UNIQUE INDEX i USING BTREE ON t (a)").tables == Names{"t"});
    CHECK(scanned("CREATE FULLTEXT INDEX IF NOT EXISTS i ON t (a)").tables == Names{"t"});
    CHECK(scanned("DROP INDEX IF EXISTS i ON t").kind == StatementKind::kDropIndex);
    CHECK(scanned("INSERT IGNORE INTO t VALUES (1)").kind == StatementKind::kInsert);
    CHECK(scanned("REPLACE t SET a = 1").tables == Names{"t"});
    CHECK(scanned("UPDATE LOW_PRIORITY t SET a = 1").tables == Names{"t"});
    CHECK(scanned("DELETE QUICK FROM t WHERE a = 1").tables == Names{"t"});
    CHECK(
        scanned("CREATE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW SET @a = 1").trigger ==
        "audit"
    );
    CHECK(scanned("DROP TRIGGER IF EXISTS audit").kind == StatementKind::kDropTrigger);
}

TEST_CASE("quoted names mean what they say", "[migrate]") {
    CHECK(scanned("CREATE TABLE `a``b` (id INT)").tables == Names{"a`b"});
    CHECK(scanned("CREATE TABLE \"t\" (id INT)", {.ansi_quotes = true}).tables == Names{"t"});
    CHECK(scanned("INSERT INTO t VALUES ('a '' SELECT', \"b \\\" SELECT\")").holds_query == false);
    CHECK(
        scanned("INSERT INTO t VALUES ('a\\')", {.no_backslash_escapes = true}).tables == Names{"t"}
    );
}

TEST_CASE("what decides over shipping is seen in a statement", "[migrate]") {
    CHECK(scanned("CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY)").makes_auto_increment);
    CHECK(scanned("ALTER TABLE t MODIFY id INT /*!50000 AUTO_INCREMENT */").makes_auto_increment);
    CHECK_FALSE(scanned("CREATE TABLE t (id INT) AUTO_INCREMENT = 5").makes_auto_increment);
    CHECK_FALSE(scanned("CREATE TABLE t (id INT COMMENT 'AUTO_INCREMENT')").makes_auto_increment);
    CHECK(scanned("CREATE TABLE t AS SELECT 1").holds_query);
    CHECK(scanned("INSERT INTO t SELECT * FROM u").holds_query);
    CHECK(scanned("INSERT INTO t TABLE u").holds_query);
    CHECK(scanned("UPDATE t SET a = (SELECT 1)").holds_query);
    CHECK(scanned("INSERT INTO t VALUES (uuid())").unsteady == "UUID");
    CHECK(scanned("INSERT INTO t VALUES (@a)").unsteady == "@");
    CHECK(scanned("DELETE FROM t LIMIT 1").unsteady == "LIMIT");
    CHECK(scanned("INSERT INTO t (uuid) VALUES (NOW())").unsteady.empty());
    CHECK(
        scanned("CREATE TABLE t (a INT, FOREIGN KEY (a) REFERENCES `u` (id))").referenced ==
        Names{"u"}
    );
}

TEST_CASE("what cannot be shipped is refused with what to do", "[migrate]") {
    CHECK(has(refusal("CREATE TABLE app.t (id INT)"), "schema app"));
    CHECK(has(refusal("ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES app.u (id)"), "schema app"));
    CHECK(has(refusal("ALTER TABLE t RENAME TO app.u"), "schema app"));
    CHECK(has(refusal("CREATE TEMPORARY TABLE t (id INT)"), "TEMPORARY"));
    CHECK(has(refusal("DROP TABLE t, u"), "a statement for each"));
    CHECK(has(refusal("RENAME TABLE a TO b, b TO c"), "a statement for each"));
    CHECK(has(refusal("UPDATE t, u SET t.a = u.a"), "several tables"));
    CHECK(has(refusal("UPDATE t JOIN u SET t.a = u.a"), "several tables"));
    CHECK(has(refusal("DELETE t FROM t JOIN u"), "through a join"));
    CHECK(has(refusal("DELETE FROM t USING t JOIN u"), "through a join"));
    CHECK(has(refusal("CREATE VIEW v AS SELECT 1"), "CREATE VIEW"));
    CHECK(has(refusal("SET NAMES utf8"), "SET"));
    CHECK(has(refusal("SELECT 1"), "SELECT"));
    CHECK(has(refusal("CREATE /*!99999 TABLE a */ TABLE b (id INT)"), "executable comment"));
    CHECK(has(refusal("CREATE TABLE"), "missing at its end"));
}

TEST_CASE("a statement goes where its table lives", "[migrate]") {
    CHECK(shard_count("CREATE TABLE users (id BINARY(16) PRIMARY KEY)") == 3);
    CHECK(shard_count("CREATE TABLE countries (id INT PRIMARY KEY)") == 3);
    CHECK(shard_count("INSERT INTO countries VALUES (1, NOW())") == 3);
    CHECK(shard_count("CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY)") == 1);
    CHECK(shard_count("INSERT INTO notes (text) VALUES (UUID())") == 1);
    CHECK(shard_count("ALTER TABLE orders ADD FOREIGN KEY (user_id) REFERENCES users (id)") == 3);
    CHECK(shard_count("ALTER TABLE events ADD FOREIGN KEY (c) REFERENCES countries (id)") == 3);
    CHECK(shard_count("CREATE TRIGGER audit BEFORE INSERT ON users FOR EACH ROW SET @a = 1") == 3);
    CHECK(shard_count("DROP TRIGGER audit") == 3);
    CHECK(shard_count("-- mosaic: old is local to app_02\nDROP TABLE old") == 1);
    CHECK(shard_count("-- mosaic: old is sharded\nALTER TABLE old RENAME TO users") == 3);
}

TEST_CASE("what shards cannot do alone is not shipped", "[migrate]") {
    CHECK(has(not_shipped("\n\nCREATE TABLE other (id INT)"), "first.sql:3: "));
    CHECK(has(not_shipped("CREATE TABLE other (id INT)"), "-- mosaic: other is sharded"));
    CHECK(has(not_shipped("CREATE TABLE users (id INT AUTO_INCREMENT)"), "scheme: ticket"));
    CHECK(has(not_shipped("CREATE TABLE countries (id INT AUTO_INCREMENT)"), "explicit ids"));
    CHECK(has(not_shipped("INSERT INTO users VALUES (1)"), "through the client"));
    CHECK(has(not_shipped("DELETE FROM orders"), "through the client"));
    CHECK(has(not_shipped("INSERT INTO countries VALUES (UUID())"), "`UUID`"));
    CHECK(has(not_shipped("INSERT INTO notes SELECT * FROM countries"), "query"));
    CHECK(has(not_shipped("CREATE TABLE users AS SELECT 1"), "query"));
    CHECK(has(not_shipped("RENAME TABLE users TO events"), "group"));
    CHECK(has(not_shipped("CREATE TABLE users LIKE countries"), "a reference table"));
    CHECK(has(
        not_shipped("ALTER TABLE orders ADD FOREIGN KEY (e) REFERENCES events (id)"), "foreign key"
    ));
    CHECK(
        has(not_shipped("ALTER TABLE countries ADD FOREIGN KEY (e) REFERENCES users (id)"),
            "foreign key")
    );
    CHECK(has(
        not_shipped("CREATE TRIGGER b BEFORE INSERT ON users FOR EACH ROW SET @a = 1"), "vouches"
    ));
    CHECK(has(not_shipped("DROP TRIGGER b"), "trigger b"));
    CHECK(has(not_shipped("-- mosaic: old is local to app_09\nDROP TABLE old"), "app_09"));
}

TEST_CASE("all statements that cannot be shipped are told at once", "[migrate]") {
    const std::string message = not_shipped(
        "CREATE TABLE a (id INT);\nCREATE TABLE users (id INT);\nCREATE TABLE b (id INT);"
    );
    CHECK(has(message, "first.sql:1: "));
    CHECK(has(message, "first.sql:3: "));
    CHECK_FALSE(has(message, "first.sql:2: "));
}

TEST_CASE("a file's statements have the lines on which they begin", "[migrate]") {
    const MigrationFile file =
        parsed("-- head\n\nCREATE TABLE a (\n  id INT\n);\n/* c */\nDROP TABLE b;\n");
    REQUIRE(file.statements().size() == 2);
    CHECK(file.statements()[0].line == 3);
    CHECK(file.statements()[1].line == 7);
    CHECK(file.statements()[1].text == "DROP TABLE b");
    CHECK(file.version() == 20260102030405);
    CHECK(file.title() == "first");
    CHECK(file.unix_time() == 1767323045);
}

TEST_CASE("a checksum changes with words, not with blanks and comments", "[migrate]") {
    const std::string first = parsed("CREATE TABLE a (id INT);\nDROP TABLE b;").checksum(2);
    CHECK(parsed("create").checksum(1) != parsed("CREATE").checksum(1));
    CHECK(parsed("-- c\r\nCREATE  TABLE a (id INT);\r\n\r\nDROP TABLE b").checksum(2) == first);
    CHECK(parsed("CREATE TABLE a (id BIGINT);\nDROP TABLE b;").checksum(2) != first);
    CHECK(
        parsed("CREATE TABLE a (id INT);").checksum(1) ==
        parsed("CREATE TABLE a (id INT); DROP TABLE b").checksum(1)
    );
    CHECK(
        parsed("INSERT INTO a VALUES ('x y')").checksum(1) !=
        parsed("INSERT INTO a VALUES ('x  y')").checksum(1)
    );
}

TEST_CASE("a file named otherwise is no migration", "[migrate]") {
    for (const char* name :
         {"first.sql",
          "20260102030405.sql",
          "20260102030405_.sql",
          "20261302030405_x.sql",
          "20260230000000_x.sql",
          "2026010203040_x.sql",
          "20260102030405_a b.sql"}) {
        INFO(name);
        const auto file = MigrationFile::parse(name, "", sql::Syntax{});
        REQUIRE_FALSE(file.ok());
        CHECK(error_detail(file.status())->id.number == errors::kMigrationName.number);
    }
    CHECK_FALSE(MigrationFile::parse("20260102030405_x.sql", "-- mosaic: t is local", {}).ok());
}

TEST_CASE("a ledger row fits the file whose statements were run", "[migrate]") {
    const MigrationFile file = parsed("CREATE TABLE a (id INT); DROP TABLE b; DROP TABLE c");
    LedgerRow row;
    row.version = file.version();
    row.statement_count = 3;
    row.statements_done = 1;
    row.checksum = file.checksum(1);
    CHECK(is_as_applied(file, row));
    // What is not done yet may be mended,
    const MigrationFile mended = parsed("CREATE TABLE a (id INT); DROP TABLE d; DROP TABLE c");
    CHECK(is_as_applied(mended, row));
    // but not what was begun.
    row.running = RunningNote{file.checksum(2), "none"};
    CHECK(is_as_applied(file, row));
    CHECK_FALSE(is_as_applied(mended, row));
    row.running.reset();
    row.statements_done = 3;
    row.checksum = file.checksum(3);
    row.finished = "2026-01-01 00:00:00";
    CHECK(is_as_applied(file, row));
    CHECK_FALSE(is_as_applied(mended, row));
    CHECK_FALSE(is_as_applied(
        parsed("CREATE TABLE a (id INT); DROP TABLE b; DROP TABLE c; DROP TABLE d"), row
    ));
}

TEST_CASE("new migrations are named for the time and never twice", "[migrate]") {
    std::string pattern = (fs::temp_directory_path() / "mosaic-migrate-XXXXXX").string();
    REQUIRE(::mkdtemp(pattern.data()) != nullptr);
    const fs::path folder = fs::path(pattern) / "migrations";
    const auto first = make_file(folder, "Add a  Column!", 1767323045999);
    const auto second = make_file(folder, "other", 1767323045000);
    REQUIRE(first.ok());
    REQUIRE(second.ok());
    CHECK(first->filename() == "20260102030405_add_a_column.sql");
    CHECK(second->filename() == "20260102030406_other.sql");
    CHECK_FALSE(make_file(folder, "!!", 1767323045000).ok());
    const auto files = read_folder(folder, sql::Syntax{});
    REQUIRE(files.ok());
    CHECK(files->size() == 2);
    CHECK(files->front().statements().empty());
    std::ofstream(folder / "20260102030405_twin.sql") << "";
    CHECK_FALSE(read_folder(folder, sql::Syntax{}).ok());
    CHECK_FALSE(read_folder(folder / "none", sql::Syntax{}).ok());
    fs::remove_all(pattern);
}
