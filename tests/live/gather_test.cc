// Level 3: rows of several shards meet on one server. What the oracle cannot show: exact values
// under a time zone with two equal hours, bounds, one view per shard, and that nothing stays
// behind.
#include "base/status.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <memory>
#include <string>
#include <thread>

using namespace mosaic;
using namespace mosaic::test;
using namespace std::chrono_literals;

namespace {

constexpr char kTables[] = R"(
groups:
  - name: accounts
    partitioner: hash
    buckets: 1024
    tables:
      - {name: accounts, shard_key: id}
      - {name: kinds, shard_key: id}
)";

const std::vector<std::string> kDdl = {
    "CREATE TABLE accounts (id INT NOT NULL PRIMARY KEY, owner INT NOT NULL, amount INT NOT NULL, "
    "KEY (owner))",
    "CREATE TABLE kinds (id INT NOT NULL PRIMARY KEY, f FLOAT, d DOUBLE, b BIT(64), e ENUM('b', "
    "'a'), "
    "s SET('y', 'x'), ts TIMESTAMP(6) NULL, dt DATETIME(6), t TIME(6), da DATE, de DECIMAL(65, "
    "30), "
    "bl BLOB, tx TEXT, la VARCHAR(9) CHARACTER SET latin1, wide INT AS (id * 2) STORED, "
    "rest VARCHAR(50) NOT NULL DEFAULT 'as it was')",
};

TestCluster::Spec spec() {
    TestCluster::Spec spec;
    spec.tables = kTables;
    spec.ddl = kDdl;
    return spec;
}

void fill_accounts(Client& client, int count) {
    std::string sql = "INSERT INTO accounts VALUES ";
    for (int i = 0; i < count; ++i)
        sql += (i > 0 ? ", (" : "(") + std::to_string(i) + ", " + std::to_string(i % 100) + ", 10)";
    static_cast<void>(must(client.execute(Statement(sql).best_effort())));
}

/// How many tables with our names each shard's server has that are not temporary.
std::string tables_left(TestCluster& cluster) {
    std::string left;
    for (std::uint32_t i = 0; i < cluster.topology().shards.size(); ++i) {
        const auto connection = cluster.connect(ShardId{i});
        left += must(run(
            *connection,
            "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_NAME LIKE '\\_mosaic\\_1%'"
        ));
    }
    return left;
}

/// And a reference table of owners, with a number each.
TestCluster::Spec with_owners(const std::string& column) {
    TestCluster::Spec with_reference = spec();
    with_reference.tables += "reference_tables: [owners]\n";
    with_reference.ddl.push_back(
        "CREATE TABLE owners (id INT NOT NULL PRIMARY KEY, " + column + " INT)"
    );
    return with_reference;
}

}  // namespace

TEST_CASE("values reach the server where they meet exactly as they are", "[gather]") {
    TestCluster::Spec with_zone = spec();
    with_zone.more = "session: {time_zone: '+02:00'}\n";
    TestCluster cluster(with_zone);
    Client client = cluster.open();
    for (const std::string& row : {
             std::string("1, 16777215, -0.0, b'1111', 'a', 'x,y', FROM_UNIXTIME(1729992600.25), "
                         "'9999-12-31 23:59:59.999999', '-838:59:59', '1000-01-01', "
                         "12345678901234567890123456789012345.123456789012345678901234567890, "
                         "x'0001ff', 'Ünï \\'\\\\ 😀', 'é'"),
             std::string(
                 "2, 1.17549e-38, 1.7976931348623157e308, "
                 "b'1111111111111111111111111111111111111111111111111111111111111111', 'b', '', "
                 "FROM_UNIXTIME(1), '1000-01-01', '838:59:58.999999', '9999-12-31', "
                 "-0.000000000000000000000000000001, x'', '', ''"
             ),
             std::string("3, NULL, 4.9e-324, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
                         "NULL, NULL"),
         }) {
        static_cast<void>(must(client.execute(
            "INSERT INTO kinds (id, f, d, b, e, s, ts, dt, t, da, de, bl, tx, la) VALUES (" + row +
            ")"
        )));
    }
    const std::string columns =
        "a.id, a.f + 0e0, a.d, a.b + 0, a.e, a.e + 0, a.s, a.s + 0, UNIX_TIMESTAMP(a.ts), a.ts, "
        "a.dt, "
        "a.t, a.da, a.de, HEX(a.bl), a.tx, HEX(a.la), a.wide, a.rest";
    for (int id = 1; id <= 3; ++id) {
        CAPTURE(id);
        const auto direct = must(
            client.query("SELECT " + columns + " FROM kinds a WHERE a.id = " + std::to_string(id))
        );
        // Not joined by keys alone: the rows must meet.
        const auto met = must(client.query(
            "SELECT " + columns +
            " FROM kinds a JOIN kinds b ON b.id = a.id + 0 WHERE a.id + 0 = " + std::to_string(id)
        ));
        REQUIRE(direct.row_count() == 1);
        REQUIRE(met.row_count() == 1);
        for (std::size_t c = 0; c < direct.columns().size(); ++c) {
            CAPTURE(direct.columns()[c].name);
            CHECK(met.cell(0, c) == direct.cell(0, c));
            CHECK(met.columns()[c].type == direct.columns()[c].type);
        }
    }
}

TEST_CASE("all mentions of a table see one state of each shard", "[gather]") {
    TestCluster cluster(spec());
    Client client = cluster.open();
    fill_accounts(client, 300);
    std::atomic<bool> is_over{false};
    std::thread writer([&] {
        Client other = cluster.open();
        for (int i = 0; !is_over; ++i) {
            const int id = i % 300;
            static_cast<void>(
                must(other.execute("UPDATE accounts SET amount = amount + 1 WHERE id = ?", id))
            );
        }
    });
    int torn = 0;
    for (int i = 0; i < 20; ++i) {
        const auto different = client.query(
            "SELECT COUNT(*) FROM accounts a JOIN accounts b ON b.id = a.id + 0 WHERE a.amount <> "
            "b.amount"
        );
        torn += one_cell(different) == "0" ? 0 : 1;
    }
    is_over = true;
    writer.join();
    CHECK(torn == 0);
}

TEST_CASE("more rows than the statement may bring together are refused, and named", "[gather]") {
    TestCluster cluster(spec());
    Client client = cluster.open();
    fill_accounts(client, 2000);
    const char* sql = "SELECT COUNT(*) FROM accounts a JOIN accounts b ON b.owner = a.owner + 1";
    const absl::Status status = client.query(Statement(sql).bytes_max(10'000)).status();
    CHECK(id_of(status) == errors::kBytesMax.number);
    CHECK(status.message().find("table accounts") != absl::string_view::npos);
    CHECK(status.message().find("10000") != absl::string_view::npos);
    // What a condition leaves out is not brought.
    const char* few =
        "SELECT COUNT(*) FROM accounts a JOIN accounts b ON b.owner = a.owner + 1 WHERE a.id < 5 "
        "AND "
        "b.id < 5";
    CHECK(one_cell(client.query(Statement(few).bytes_max(10'000))) == "4");
    CHECK(one_cell(client.query(sql)) == "39600");
}

TEST_CASE("nothing stays behind, however a gathered statement ends", "[gather]") {
    TestCluster::Spec narrow = spec();
    narrow.more = "pool: {size_max: 6}\n";
    TestCluster cluster(narrow);
    Client client = cluster.open();
    fill_accounts(client, 2000);
    const std::string joined =
        "SELECT a.id FROM accounts a JOIN accounts b ON b.owner = a.owner + 1";
    for (int i = 0; i < 20; ++i) {
        Stream stream = must(client.stream(joined));
        Batch batch;
        CHECK(must(stream.next(batch)));
        // dropped with its rows unread
    }
    for (int i = 0; i < 20; ++i) {
        const absl::Status status =
            client
                .query(
                    "SELECT a.id, (SELECT b.id FROM accounts b WHERE b.owner = a.owner) FROM "
                    "accounts a WHERE a.id < 100"
                )
                .status();
        const auto detail = error_detail(status);
        REQUIRE(detail);
        CHECK(detail->mysql_errno == 1242);  // the server's own
    }
    // A connection that comes back to the pool sees the tables themselves.
    for (int i = 0; i < 30; ++i) {
        CHECK(one_cell(client.query("SELECT COUNT(*) FROM accounts")) == "2000");
        CHECK(one_cell(client.query("SELECT amount FROM accounts WHERE id = ?", i)) == "10");
    }
    CHECK(tables_left(cluster) == "0\n0\n0\n0\n");
}

TEST_CASE("a column that the plan does not know is no default", "[gather]") {
    TestCluster cluster(spec());
    Client client = cluster.open();
    fill_accounts(client, 100);
    const char* sql = "SELECT SUM(a.amount) FROM accounts a JOIN accounts b ON b.id = a.id + 0";
    CHECK(one_cell(client.query(sql)) == "1000");
    for (std::uint32_t i = 0; i < cluster.topology().shards.size(); ++i) {
        const auto connection = cluster.connect(ShardId{i});
        const std::string& schema = cluster.topology().shards[i].name;
        static_cast<void>(must(
            run(*connection, "ALTER TABLE accounts ADD COLUMN extra INT NOT NULL DEFAULT 5", schema)
        ));
        static_cast<void>(must(run(*connection, "UPDATE accounts SET extra = 7", schema)));
    }
    const char* extra = "SELECT SUM(a.extra) FROM accounts a JOIN accounts b ON b.id = a.id + 0";
    CHECK(one_cell(client.query(extra)) == "700");
    std::this_thread::sleep_for(1100ms);  // definitions are read anew once a second at most
    CHECK(one_cell(client.query(sql)) == "1000");
    CHECK(one_cell(client.query(extra)) == "700");
}

TEST_CASE("a reference table that was looked up is the one that the query reads", "[gather]") {
    TestCluster cluster(with_owners("is_on"));
    Client client = cluster.open();
    fill_accounts(client, 300);
    std::vector<std::unique_ptr<driver::Connection>> copies;
    for (std::uint32_t i = 0; i < cluster.topology().shards.size(); ++i) {
        copies.push_back(cluster.connect(ShardId{i}));
        static_cast<void>(must(
            run(*copies.back(),
                "INSERT INTO owners VALUES (1, 1), (2, 0)",
                cluster.topology().shards[i].name)
        ));
    }
    const std::string sql =
        "SELECT COUNT(*) FROM owners o JOIN accounts a ON a.owner = o.id JOIN accounts b ON b.id = "
        "a.id + 0 WHERE o.is_on = 1";
    REQUIRE(
        must(client.explain(Statement(sql))).find("keys   `a`.`owner` IN `o`.`id`") !=
        std::string::npos
    );
    std::atomic<bool> is_over{false};
    std::thread writer([&] {
        while (!is_over) {
            for (std::size_t i = 0; i < copies.size(); ++i)
                static_cast<void>(must(
                    run(*copies[i],
                        "UPDATE owners SET is_on = 1 - is_on",
                        cluster.topology().shards[i].name)
                ));
        }
    });
    int torn = 0;
    for (int i = 0; i < 100; ++i) torn += one_cell(client.query(sql)) == "3" ? 0 : 1;
    is_over = true;
    writer.join();
    CHECK(torn == 0);
}

TEST_CASE("a column that nobody reads breaks no CHECK by what stands for it", "[gather]") {
    TestCluster::Spec with_checks = spec();
    with_checks.ddl[0] =
        "CREATE TABLE accounts (id INT NOT NULL PRIMARY KEY, owner INT NOT NULL, amount INT NOT "
        "NULL, low INT NOT NULL, high DECIMAL(9,2) NOT NULL, word VARCHAR(9) NOT NULL, day DATE "
        "NOT NULL, kind ENUM('a', 'b') NOT NULL, body TEXT NOT NULL, KEY (low), UNIQUE (high, id), "
        "CHECK (low < high), CHECK (word <> ''), CHECK (day < '1999-01-01'))";
    TestCluster cluster(with_checks);
    Client client = cluster.open();
    static_cast<void>(must(client.execute(
        Statement("INSERT INTO accounts VALUES (1, 1, 10, 5, 6, 'x', '1990-01-01', 'b', 't'), (2, "
                  "1, 20, 7, 9, 'y', '1990-01-01', 'a', ''), (3, 2, 30, -9, -8, 'z', "
                  "'1990-01-01', 'a', '')")
            .best_effort()
    )));
    const char* sums = "SELECT SUM(a.amount) FROM accounts a JOIN accounts b ON b.id = a.id + 0";
    CHECK(one_cell(client.query(sums)) == "60");
    const char* words =
        "SELECT GROUP_CONCAT(a.word, a.day, b.kind, b.body ORDER BY a.id) FROM accounts a JOIN "
        "accounts b ON b.id = a.id + 0 WHERE a.low > 0";
    CHECK(one_cell(client.query(words)) == "x1990-01-01bt,y1990-01-01a");
    const char* all =
        "SELECT COUNT(*) FROM (SELECT a.* FROM accounts a JOIN accounts b ON b.low = a.low) c "
        "WHERE c.low < c.high AND c.word <> '' AND c.day < '1999-01-01'";
    CHECK(one_cell(client.query(all)) == "3");
}

TEST_CASE(
    "rows of a reference table beyond those that are looked up leave no row out", "[gather]"
) {
    TestCluster cluster(with_owners("class"));
    Client client = cluster.open();
    fill_accounts(client, 300);
    const std::string digits =
        "(SELECT 0 AS d UNION SELECT 1 UNION SELECT 2 UNION SELECT 3 UNION SELECT 4 UNION SELECT 5 "
        "UNION SELECT 6 UNION SELECT 7 UNION SELECT 8 UNION SELECT 9) ";
    for (std::uint32_t i = 0; i < cluster.topology().shards.size(); ++i) {
        static_cast<void>(must(run(
            *cluster.connect(ShardId{i}),
            "INSERT INTO owners SELECT a.d * 10000 + b.d * 1000 + c.d * 100 + d.d * 10 + e.d, "
            "IF(a.d < 9, 1, 2) FROM " +
                digits + "a, " + digits + "b, " + digits + "c, " + digits + "d, " + digits + "e",
            cluster.topology().shards[i].name
        )));
    }
    const char* sql =
        "SELECT COUNT(DISTINCT a.id) FROM owners o JOIN accounts a ON a.owner = o.class JOIN "
        "accounts b ON b.id = a.id + 0 WHERE o.class IN (1, 2) AND o.id >= 0 AND o.id < 1000000";
    CHECK(one_cell(client.query(sql)) == "6");
}
