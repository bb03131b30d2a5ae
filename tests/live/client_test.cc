// The client on real servers: the main job, transactions, streams, and what it refuses.
#include "base/status.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"

#include <catch2/catch.hpp>

#include <cstdint>
#include <set>
#include <string>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mosaic;
using namespace mosaic::test;
using namespace std::chrono_literals;

namespace {

constexpr char kTables[] = R"(
tickets: {servers: [s0, s1], durability: process, block_size: 100}
composite: {durability: process}
groups:
  - name: users
    partitioner: hash
    buckets: 1024
    composite_layout: {reserved: 1, bucket: 10, type: 5, local: 48}
    tables:
      - {name: users, shard_key: id, ids: {column: id, scheme: uuid}}
      - {name: posts, shard_key: user_id, ids: {column: id, scheme: composite, type: 1}}
  - name: numbers
    partitioner: hash
    buckets: 1024
    tables:
      - {name: numbers, shard_key: id, ids: {column: id, scheme: ticket}}
reference_tables: [countries]
local_tables: {notes: app_00}
)";

const std::vector<std::string> kDdl = {
    "CREATE TABLE users (id BINARY(16) NOT NULL PRIMARY KEY, name VARCHAR(40) NOT NULL, country "
    "CHAR(2))",
    "CREATE TABLE posts (user_id BINARY(16) NOT NULL, id BIGINT UNSIGNED NOT NULL, body TEXT, "
    "PRIMARY KEY "
    "(user_id, id), KEY by_id (id))",
    "CREATE TABLE numbers (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, half INT NOT NULL, word "
    "VARCHAR(20))",
    "CREATE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY, name VARCHAR(40))",
    "CREATE TABLE notes (id INT NOT NULL PRIMARY KEY, body TEXT)",
    "INSERT INTO countries VALUES ('SE', 'Sweden'), ('TR', 'Turkey')",
};

TestCluster::Spec spec_for(const std::string& driver) {
    TestCluster::Spec spec;
    spec.driver = driver;
    spec.tables = kTables;
    spec.ddl = kDdl;
    return spec;
}

void fill_numbers(Client& client, int count) {
    std::string sql = "INSERT INTO numbers (id, half, word) VALUES ";
    for (int i = 1; i <= count; ++i)
        sql += (i > 1 ? ", (" : "(") + std::to_string(i) + ", " + std::to_string(i / 2) + ", 'w" +
               std::to_string(i % 7) + "')";
    const auto done = must(client.execute(Statement(sql).best_effort()));
    REQUIRE(done.affected_rows == static_cast<std::uint64_t>(count));
}

}  // namespace

TEST_CASE("rows with ids of every scheme are written, found by key and merged", "[client]") {
    for (const char* driver : {"mariadb", "connector-cpp"}) {
        CAPTURE(driver);
        TestCluster cluster(spec_for(driver));
        Client client = cluster.open();

        const Id ann = must(client.next_id("users"));
        must(client.execute("INSERT INTO users VALUES (?, 'Ann', 'SE')", ann));
        const Done bo =
            must(client.execute("INSERT INTO users (name, country) VALUES ('Bo', 'TR')"));
        REQUIRE(bo.last_insert_id.has_value());
        CHECK(bo.last_insert_id->is_uuid());
        const Done post =
            must(client.execute("INSERT INTO posts (user_id, body) VALUES (?, 'hello')", ann));
        fill_numbers(client, 500);

        CHECK(one_cell(client.query("SELECT name FROM users WHERE id = ?", ann)) == "Ann");
        CHECK(
            one_cell(client.query("SELECT body FROM posts WHERE id = ?", *post.last_insert_id)) ==
            "hello"
        );
        CHECK(
            one_cell(client.query(
                "SELECT CONCAT(u.name, ' ', c.name) FROM users u JOIN countries c ON c.code = "
                "u.country "
                "WHERE u.id = ?",
                *bo.last_insert_id
            )) == "Bo Turkey"
        );
        CHECK(one_cell(client.query("SELECT COUNT(*) FROM numbers")) == "500");
        CHECK(one_cell(client.query("SELECT SUM(half) FROM numbers WHERE id > 250")) == "46875");
        const Result top =
            must(client.query("SELECT id FROM numbers ORDER BY id DESC LIMIT 3 OFFSET 1"));
        REQUIRE(top.row_count() == 3);
        CHECK(*top.cell(0, 0) == "499");
        CHECK(*top.cell(2, 0) == "497");
    }
}

TEST_CASE("many keys are found with one call, each shard asked for its own", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    fill_numbers(client, 200);
    std::vector<Value> keys;
    for (int i = 1; i <= 64; ++i) keys.emplace_back(3 * i);
    const Result found = must(client.get("numbers", keys, "id"));
    const auto rows = must(found.as<std::uint64_t>());
    std::set<std::uint64_t> ids;
    for (const auto& [id] : rows) ids.insert(id);
    CHECK(ids.size() == 64);
    CHECK(*ids.rbegin() == 192);
    CHECK(must(client.get("numbers", std::vector<Value>{}, "id")).row_count() == 0);
}

TEST_CASE("a transaction stays on the shard of its first statement", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    fill_numbers(client, 100);

    const absl::Status refused = client.transact([&](Transaction& tx) -> absl::Status {
        for (int i = 1; i <= 100; ++i) {
            auto done = tx.execute(Statement("UPDATE numbers SET half = -1 WHERE id = ?", i));
            if (!done.ok())
                return done.status();
        }
        return absl::OkStatus();
    });
    CHECK(id_of(refused) == errors::kOtherShard.number);
    CHECK(one_cell(client.query("SELECT COUNT(*) FROM numbers WHERE half = -1")) == "0");

    must(client.transact([&](Transaction& tx) -> absl::Status {
        auto done = tx.execute(Statement("UPDATE numbers SET half = -2 WHERE id = 7"));
        CHECK(one_cell(tx.query(Statement("SELECT half FROM numbers WHERE id = 7"))) == "-2");
        CHECK(one_cell(client.query("SELECT half FROM numbers WHERE id = 7")) == "3");
        return done.status();
    }));
    CHECK(one_cell(client.query("SELECT half FROM numbers WHERE id = 7")) == "-2");
}

TEST_CASE("a session obeys BEGIN, SAVEPOINT, ROLLBACK and COMMIT as text", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    fill_numbers(client, 10);
    Session session = client.session();
    const auto run_all = [&](std::initializer_list<const char*> statements) {
        for (const char* statement : statements) must(session.run(Statement(statement)).status());
    };
    run_all(
        {"SET NAMES utf8mb4",
         "SET autocommit = 1",
         "BEGIN",
         "UPDATE numbers SET half = 100 WHERE id = 5"}
    );
    CHECK(session.in_transaction());
    run_all({"SAVEPOINT a", "UPDATE numbers SET half = 200 WHERE id = 5", "ROLLBACK TO a", "COMMIT"}
    );
    CHECK_FALSE(session.in_transaction());
    CHECK(one_cell(client.query("SELECT half FROM numbers WHERE id = 5")) == "100");
    run_all({"START TRANSACTION", "UPDATE numbers SET half = 300 WHERE id = 5", "ROLLBACK"});
    CHECK(one_cell(client.query("SELECT half FROM numbers WHERE id = 5")) == "100");
    CHECK(
        id_of(session.run(Statement("SET sql_mode = 'ANSI'")).status()) ==
        errors::kVariableRefused.number
    );
    CHECK(id_of(client.execute("BEGIN").status()) == errors::kSessionNeeded.number);
}

TEST_CASE("rows are streamed batch by batch, and a stream may be dropped early", "[client]") {
    for (const char* driver : {"mariadb", "connector-cpp"}) {
        CAPTURE(driver);
        TestCluster cluster(spec_for(driver));
        Client client = cluster.open();
        fill_numbers(client, 3000);
        Stream all = must(client.stream("SELECT id FROM numbers ORDER BY id"));
        std::uint64_t next = 1;
        Batch batch;
        while (must(all.next(batch))) {
            for (std::size_t row = 0; row < batch.row_count(); ++row)
                REQUIRE(*batch.cell(row, 0) == std::to_string(next++));
        }
        CHECK(next == 3001);
        {
            Stream dropped = must(client.stream("SELECT id FROM numbers"));
            CHECK(must(dropped.next(batch)));
        }
        CHECK(one_cell(client.query("SELECT COUNT(*) FROM numbers")) == "3000");
    }
}

TEST_CASE("what no shard can do alone is refused with an id, and nothing is sent", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    fill_numbers(client, 20);
    const auto refusal = [&](const char* sql) {
        auto done = client.execute(sql);
        return done.ok() ? 0 : id_of(done.status());
    };
    CHECK(refusal("UPDATE numbers SET half = 0") == errors::kWriteSeveralShards.number);
    CHECK(refusal("UPDATE numbers SET id = 99 WHERE id = 1") == errors::kShardKeyChanged.number);
    CHECK(refusal("INSERT INTO countries VALUES ('XX', 'x')") == errors::kReferenceWrite.number);
    CHECK(refusal("DROP TABLE numbers") == errors::kStatementRefused.number);
    CHECK(refusal("INSERT INTO nowhere VALUES (1)") == errors::kUnknownTable.number);
    CHECK(
        refusal("INSERT INTO posts (body) VALUES ('no user')") == errors::kShardKeyMissing.number
    );
    CHECK(id_of(client.query("SELECT SLEEP(1)").status()) == errors::kFunctionRefused.number);
    CHECK(
        id_of(client.query("SELECT id FROM numbers WHERE id = ?").status()) ==
        errors::kParameterCount.number
    );
    CHECK(one_cell(client.query("SELECT SUM(half) FROM numbers")) == "100");
}

TEST_CASE("a client made before fork() refuses in the child, and the parent goes on", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    fill_numbers(client, 10);
    const pid_t child = ::fork();
    if (child == 0) {
        const absl::Status status = client.query("SELECT COUNT(*) FROM numbers").status();
        ::_exit(id_of(status) == errors::kClientForked.number ? 0 : 1);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
    CHECK(one_cell(client.query("SELECT COUNT(*) FROM numbers")) == "10");
}

TEST_CASE("a table that gets another column is read anew", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    fill_numbers(client, 10);
    for (std::uint32_t i = 0; i < cluster.topology().shards.size(); ++i) {
        const auto connection = cluster.connect(ShardId{i});
        must(
            run(*connection,
                "ALTER TABLE numbers ADD COLUMN extra INT NOT NULL DEFAULT 5 FIRST",
                cluster.topology().shards[i].name)
        );
    }
    CHECK(one_cell(client.query("SELECT SUM(extra) FROM numbers")) == "50");
    CHECK(must(client.query("SELECT * FROM numbers ORDER BY word, id")).columns().size() == 4);
}

TEST_CASE("a session knows the last id that was made for it", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    Session session = client.session();
    const auto ask = [&](const char* sql) { return one_cell(session.query(Statement(sql))); };
    CHECK(ask("SELECT LAST_INSERT_ID()") == "0");
    const Id ann = must(client.next_id("users"));
    const Statement post("INSERT INTO posts (user_id, body) VALUES (?, 'first')", ann);
    const Done done = must(session.execute(post));
    const std::string id = done.last_insert_id->to_string();

    const Result row =
        must(session.query(Statement("SELECT LAST_INSERT_ID(), ? + 1, last_insert_id() AS x", 4)));
    for (const std::size_t column : {0u, 2u}) {
        CHECK(row.columns()[column].type == ColumnType::kBigInt);
        CHECK(row.columns()[column].is_unsigned);
        CHECK(row.cell(0, column) == id);
    }
    CHECK(row.columns()[0].name == "LAST_INSERT_ID()");
    CHECK(row.columns()[2].name == "x");
    CHECK(row.cell(0, 1) == "5");
    const Result part = must(session.query(Statement("SELECT LAST_INSERT_ID() * 1")));
    CHECK(part.columns()[0].name == "LAST_INSERT_ID() * 1");
    CHECK(one_cell(part) == id);
    CHECK(ask("SELECT body FROM posts WHERE id = LAST_INSERT_ID()") == "first");
    CHECK(ask("SELECT 'LAST_INSERT_ID()'") == "LAST_INSERT_ID()");

    // A UUID is no such number; other sessions have their own; without a session there is none.
    must(session.execute(Statement("INSERT INTO users (name) VALUES ('Bo')")));
    CHECK(ask("SELECT LAST_INSERT_ID()") == id);
    Session other = client.session();
    CHECK(one_cell(other.query(Statement("SELECT LAST_INSERT_ID()"))) == "0");
    const absl::Status alone = client.query("SELECT LAST_INSERT_ID()").status();
    CHECK(id_of(alone) == errors::kFunctionRefused.number);
    CHECK(ask("SELECT LAST_INSERT_ID(5)") == "5");
    CHECK(ask("SELECT LAST_INSERT_ID()") == "5");

    // It is what the last row made of it, on one shard or many; where no row is, it stays.
    fill_numbers(client, 20);
    CHECK(ask("SELECT LAST_INSERT_ID(id * 2) FROM numbers WHERE id = 7") == "14");
    CHECK(ask("SELECT LAST_INSERT_ID()") == "14");
    CHECK(
        must(session.query(Statement("SELECT LAST_INSERT_ID(id) FROM numbers WHERE id > 99")))
            .row_count() == 0
    );
    CHECK(ask("SELECT LAST_INSERT_ID() + 0") == "14");
    CHECK(ask("SELECT LAST_INSERT_ID(COUNT(*)) FROM numbers") == "20");
    CHECK(ask("SELECT LAST_INSERT_ID() FROM numbers WHERE id = 1") == "20");
    CHECK(ask("SELECT COUNT(*) FROM numbers WHERE id <= LAST_INSERT_ID() - 5") == "15");
    must(session.run(Statement("BEGIN")));
    CHECK(ask("SELECT LAST_INSERT_ID(half) FROM numbers WHERE id = 9") == "4");
    CHECK(ask("SELECT LAST_INSERT_ID() FROM numbers WHERE id = 9") == "4");
    must(session.run(Statement("ROLLBACK")));
    const Statement set("UPDATE numbers SET half = LAST_INSERT_ID(half + 1) WHERE id = 1");
    CHECK(must(session.execute(set)).last_insert_id->number() == 1);
    CHECK(must(client.execute(set)).last_insert_id->number() == 2);
    CHECK(ask("SELECT LAST_INSERT_ID()") == "1");
    CHECK(
        id_of(session
                  .execute(Statement("UPDATE numbers SET half = LAST_INSERT_ID(half + 1) + "
                                     "LAST_INSERT_ID() WHERE id = 1"))
                  .status()) == errors::kFunctionRefused.number
    );
    CHECK(
        id_of(session
                  .execute(
                      Statement("UPDATE numbers SET half = LAST_INSERT_ID(half + 1)").best_effort()
                  )
                  .status()) == errors::kFunctionOnce.number
    );
}

TEST_CASE("analyze says what each shard gave", "[client]") {
    TestCluster cluster(spec_for(GENERATE("mariadb", "connector-cpp")));
    Client client = cluster.open();
    fill_numbers(client, 40);
    const auto analyze = [&](const char* sql) { return must(client.analyze(Statement(sql))); };
    const auto rows_of = [](const std::string& text, const std::string& what) {
        int sum = 0;
        for (std::size_t at = text.find(what, text.find("took ")); at != text.npos;
             at = text.find(what, at + 1))
            sum += std::stoi(text.substr(at + what.size()));
        return sum;
    };
    const std::string one = analyze("SELECT word FROM numbers WHERE id = 7");
    CHECK(rows_of(one, " answers") == 1);
    const std::string all = analyze("SELECT id FROM numbers ORDER BY id LIMIT 3");
    INFO(all);
    CHECK(rows_of(all, " answers") >= 3);
    CHECK(rows_of(all, "took   answer") == 3);
    const std::string met =
        analyze("SELECT COUNT(*) FROM numbers a, numbers b WHERE a.half = b.id");
    INFO(met);
    CHECK(rows_of(met, " fills _mosaic_1") + rows_of(met, " fills _mosaic_2") == 80);
    CHECK(rows_of(met, " finishes") == 1);

    for (const char* sql :
         {"DELETE FROM numbers WHERE id = 7", "DELETE /*mosaic at=numbers:7 */ FROM numbers"})
        CHECK(id_of(client.analyze(Statement(sql)).status()) == errors::kStatementRefused.number);
    CHECK(one_cell(client.query("SELECT COUNT(*) FROM numbers")) == "40");
}

TEST_CASE("a star has the columns that the table has now", "[client]") {
    TestCluster cluster(spec_for("mariadb"));
    Client client = cluster.open();
    fill_numbers(client, 10);
    const auto alter = [&](const std::string& change) {
        for (std::uint32_t i = 0; i < cluster.topology().shards.size(); ++i) {
            const auto connection = cluster.connect(ShardId{i});
            const std::string& schema = cluster.topology().shards[i].name;
            must(run(*connection, "ALTER TABLE numbers " + change, schema));
        }
        std::this_thread::sleep_for(1100ms);  // definitions are read anew once a second at most
    };
    const auto columns_of = [&](const char* sql) {
        std::string names;
        const Result result = must(client.query(sql));
        for (const Column& column : result.columns()) names += column.name + " ";
        return names;
    };
    const char* plain = "SELECT * FROM numbers";
    const char* sorted = "SELECT * FROM numbers ORDER BY word, id";
    CHECK(columns_of(plain) == "id half word ");
    CHECK(columns_of(sorted) == "id half word ");
    alter("ADD COLUMN extra INT NOT NULL DEFAULT 5 FIRST");
    CHECK(columns_of(sorted) == "extra id half word ");
    CHECK(columns_of(plain) == "extra id half word ");
    alter("DROP COLUMN extra, ADD COLUMN late INT NOT NULL DEFAULT 5");
    CHECK(columns_of(plain) == "id half word late ");
    CHECK(columns_of(sorted) == "id half word late ");
    alter("ADD COLUMN hidden INT NOT NULL DEFAULT 5 INVISIBLE");
    CHECK(columns_of(sorted) == "id half word late ");
    CHECK(
        columns_of("SELECT *, hidden FROM numbers ORDER BY word, id") == "id half word late hidden "
    );
}
