// Table definitions as they are read from a server.
#include "base/status.h"
#include "driver/connection.h"
#include "inspect/read_table.h"
#include "support/test_servers.h"

#include <catch2/catch.hpp>

using namespace mosaic;
using namespace mosaic::test;

TEST_CASE("a table's definition is read as it was declared", "[inspect]") {
    TestServers servers(1);
    const auto connection = must(driver::make_driver("mariadb")->connect(servers.options(0)));
    must(run(*connection, "CREATE DATABASE app_00"));
    must(run(*connection, "CREATE TABLE parent (id BIGINT UNSIGNED PRIMARY KEY)", "app_00"));
    must(
        run(*connection,
            "CREATE TABLE t (id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, price DECIMAL(12,3),"
            " name VARCHAR(40) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL,"
            " code BINARY(4) NOT NULL DEFAULT 'ab', at DATETIME(3) DEFAULT CURRENT_TIMESTAMP(3),"
            " twice INT AS (1 + 1) VIRTUAL, parent_id BIGINT UNSIGNED NOT NULL,"
            " PRIMARY KEY (id), UNIQUE KEY by_name (name, code),"
            " CONSTRAINT to_parent FOREIGN KEY (parent_id) REFERENCES parent (id))",
            "app_00")
    );
    must(run(
        *connection, "CREATE TRIGGER audit BEFORE INSERT ON t FOR EACH ROW SET @x = 1", "app_00"
    ));

    const schema::TableDef table =
        must(inspect::read_table(*connection, "app_00", "t", TimePoint::max()));

    REQUIRE(table.columns.size() == 7);
    const schema::ColumnDef& id = table.columns[0];
    CHECK(id.type == ColumnType::kBigInt);
    CHECK(id.is_unsigned);
    CHECK(id.is_auto_increment);
    CHECK_FALSE(id.is_nullable);
    const schema::ColumnDef& price = *table.find_column("PRICE");
    CHECK(price.precision == 12);
    CHECK(price.scale == 3);
    CHECK(price.is_nullable);
    const schema::ColumnDef& name = *table.find_column("name");
    CHECK(name.collation == "utf8mb4_bin");
    CHECK(name.length_max == 40);
    CHECK_FALSE(name.has_default);
    const schema::ColumnDef& code = *table.find_column("code");
    CHECK(code.is_binary);
    CHECK(code.type == ColumnType::kChar);
    CHECK(code.has_default);
    CHECK(table.find_column("at")->scale == 3);
    CHECK_FALSE(table.find_column("at")->is_generated);
    CHECK(table.find_column("twice")->is_generated);
    REQUIRE(table.indexes.size() >= 2);
    CHECK(table.foreign_keys.size() == 1);
    CHECK(table.foreign_keys[0].referenced_table == "parent");
    CHECK(table.triggers == std::vector<std::string>{"audit"});
    for (const schema::IndexDef& index : table.indexes) {
        if (index.name == "by_name") {
            CHECK(index.is_unique);
            CHECK(index.columns == std::vector<std::string>{"name", "code"});
        }
    }
}

TEST_CASE("a missing table is said to be missing, with the remedy", "[inspect]") {
    TestServers servers(1);
    const auto connection = must(driver::make_driver("mariadb")->connect(servers.options(0)));
    const absl::Status missing =
        inspect::read_table(*connection, "app_00", "nope", TimePoint::max()).status();
    CHECK(error_detail(missing)->id.number == errors::kTableMissing.number);
    CHECK(error_detail(missing)->mysql_errno == 1146);
}

TEST_CASE("collations tell how they pad", "[inspect]") {
    TestServers servers(1);
    const auto connection = must(driver::make_driver("mariadb")->connect(servers.options(0)));
    const auto read = [&](const char* name) {
        return must(inspect::read_collation(*connection, name, TimePoint::max()));
    };
    CHECK(read("utf8mb4_bin").is_bytes);
    CHECK(read("utf8mb4_bin").pads_space);
    CHECK(read("utf8mb4_general_ci").pads_space);
    CHECK(read("utf8mb4_general_ci").space_weight == std::string("\0 ", 2));
    CHECK_FALSE(read("latin1_bin").is_bytes);
    CHECK_FALSE(read(TestServers::is_mysql() ? "utf8mb4_0900_bin" : "utf8mb4_nopad_bin").pads_space
    );
    CHECK_FALSE(inspect::read_collation(*connection, "nonsense_ci", TimePoint::max()).ok());
}
