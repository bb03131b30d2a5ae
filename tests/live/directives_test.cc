// Directives in a statement's text, and the calls' options that they are short for.
#include "base/status.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <set>
#include <string>

using namespace mosaic;
using namespace mosaic::test;
using namespace std::chrono_literals;

namespace {

constexpr int kRows = 200;

TestCluster::Spec four_servers(const char* driver, bool has_names) {
    TestCluster::Spec spec;
    spec.driver = driver;
    spec.shards = 8;
    spec.servers = 4;
    spec.tables = "groups:\n  - {name: numbers, tables: [{name: numbers, shard_key: id}]}\n";
    if (has_names)
        spec.tables += "  - {name: names, tables: [{name: names, shard_key: name}]}\n";
    spec.ddl = {
        "CREATE TABLE numbers (id BIGINT NOT NULL PRIMARY KEY, half INT NOT NULL)",
        "CREATE TABLE names (name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL "
        "PRIMARY KEY)"};
    return spec;
}

void fill(Client& client) {
    std::string sql = "INSERT INTO numbers VALUES (1, 0)";
    for (int i = 2; i <= kRows; ++i)
        sql += ", (" + std::to_string(i) + ", " + std::to_string(i / 2) + ")";
    must(client.execute(Statement(sql).best_effort()));
}

/// The shards on a server, and how many of the numbers they hold.
std::pair<std::set<std::string>, int> held_by(const TestCluster& cluster, std::uint32_t server) {
    const topology::Topology& topology = cluster.topology();
    std::set<std::string> shards;
    int rows = 0;
    for (const topology::Shard& shard : topology.shards) {
        if (shard.server.value == server)
            shards.insert(shard.name);
    }
    for (int key = 1; key <= kRows; ++key)
        rows += static_cast<int>(
            shards.count(topology
                             .shard(must(topology::shard_of_key(
                                 topology, *topology.find_table("numbers"), std::to_string(key)
                             )))
                             .name)
        );
    return {shards, rows};
}

std::string refusal(Client& client, const std::string& sql, const ErrorRow& row) {
    const absl::Status status = client.query(sql).status();
    CHECK(id_of(status) == row.number);
    return std::string(message_of(status));
}

}  // namespace

TEST_CASE("directives say where a statement goes and what it may use", "[directives]") {
    TestCluster cluster(four_servers("mariadb", false));
    Client client = cluster.open();
    fill(client);
    const topology::Topology& topology = cluster.topology();
    const std::string shard =
        topology.shard(must(topology::shard_of_key(topology, *topology.find_table("numbers"), "7")))
            .name;

    for (const std::string& sql :
         {std::string("SELECT /*mosaic at=7 */ DATABASE()"),
          std::string("select/*mosaic at=numbers:7*/ database()"),
          "  SELECT\n/*mosaic shard=" + shard + " within=5s */ DATABASE()"})
        CHECK(one_cell(client.query(sql)) == shard);
    CHECK(one_cell(client.query(Statement("SELECT DATABASE()").on_shard(shard))) == shard);
    // Directives win over the call.
    CHECK(
        one_cell(client.query(Statement("SELECT /*mosaic at=7 */ DATABASE()").on_shard("app_99"))
        ) == shard
    );
    CHECK(
        one_cell(client.query(
            Statement("SELECT /*mosaic shard=" + shard + " */ DATABASE()").at("nowhere", 8)
        )) == shard
    );
    // What does not parse goes as it stands; a comment elsewhere, or of others, is a comment.
    CHECK(one_cell(client.query("SHOW /*mosaic at=7 */ TABLES LIKE 'numbers'")) == "numbers");
    CHECK(one_cell(client.query("SELECT 7 /*mosaic at=x */")) == "7");
    CHECK(one_cell(client.query("SELECT /*mosaics */ 7")) == "7");

    const std::string all = "SELECT /*mosaic scatter=forbid*/ id FROM numbers";
    CHECK_THAT(
        refusal(client, all, errors::kScatterForbidden), Catch::Contains("would go to 8 shards")
    );
    CHECK(one_cell(client.query(all + " WHERE id = 3")) == "3");
    CHECK(id_of(client.explain(Statement(all)).status()) == errors::kScatterForbidden.number);

    CHECK(client.query("SELECT /*mosaic rows_max=200 */ id FROM numbers")->row_count() == kRows);
    refusal(client, "SELECT /*mosaic rows_max=199 */ id FROM numbers", errors::kRowsMax);
    refusal(client, "SELECT /*mosaic bytes_max=100 */ id FROM numbers", errors::kBytesMax);
    CHECK(client.query("SELECT /*mosaic bytes_max=1M */ id FROM numbers").ok());
    refusal(client, "SELECT /*mosaic at=7 within=200ms */ SLEEP(5)", errors::kCallDeadline);
    CHECK(
        must(client.execute("UPDATE /*mosaic scatter=forbid */ numbers SET half = 9 WHERE id = 3"))
            .affected_rows == 1
    );
}

TEST_CASE("directives that cannot be read are refused, with what is allowed", "[directives]") {
    TestCluster cluster(four_servers("mariadb", true));
    Client client = cluster.open();
    const auto says = [&](const std::string& words, const char* part) {
        INFO(words);
        CHECK_THAT(
            refusal(client, "SELECT /*mosaic " + words + " */ 1", errors::kDirectiveInvalid),
            Catch::Contains(part)
        );
    };
    says("row_max=3", "did you mean rows_max");
    says("within", "it needs a value, like within=500ms");
    says("within=", "it needs a value");
    says("within=2", "write it like within=500ms");
    says("within=2h", "its value is not one");
    says("rows_max=-1", "like rows_max=1000");
    says("bytes_max=99999999999G", "like bytes_max=64M");
    says("scatter=allow", "like scatter=forbid");
    says("partial=no", "like partial=allow");
    says("within=1s within=2s", "said before");
    says("at=numbers:7 shard=app_00", "say one of them");
    says("at=7", "there are several table groups");
    CHECK_THAT(
        refusal(client, "SELECT /*mosaic within=1s", errors::kDirectiveInvalid),
        Catch::Contains("does not end")
    );
    refusal(client, "SELECT /*mosaic shard=app_99 */ 1", errors::kAtInvalid);
    refusal(client, "SELECT /*mosaic at=nowhere:1 */ 1", errors::kAtInvalid);
    CHECK(client.query("SELECT /*mosaic at=names:'a b: c' */ 1").ok());
    CHECK(client.query("SELECT /*mosaic*/ 1").ok());

    // The session's own words are found behind directives, and values are not bound to raw text.
    Session session = client.session();
    CHECK(session.run(Statement("SELECT /*mosaic within=5s */ LAST_INSERT_ID()")).ok());
    CHECK(session.run(Statement("SELECT /*mosaic at=numbers:1 */ LAST_INSERT_ID()")).ok());
    CHECK(
        id_of(client.query(Statement("SELECT /*mosaic at=numbers:1 */ ?", 1)).status()) ==
        errors::kAtInvalid.number
    );
}

TEST_CASE("a partial answer names the shards that are not in it", "[directives]") {
    const char* driver = GENERATE("mariadb", "connector-cpp");
    CAPTURE(driver);
    TestCluster cluster(four_servers(driver, false));
    Client client = cluster.open();
    fill(client);
    const auto [shards, rows] = held_by(cluster, 2);
    REQUIRE(rows > 0);
    const Statement count("SELECT /*mosaic partial=allow within=2s */ COUNT(*) FROM numbers");
    const Result whole = must(client.query(count));
    CHECK(one_cell(whole) == std::to_string(kRows));
    CHECK(whole.missing_shards().empty());

    const auto check_partial = [&, rows = rows, shards = shards] {
        const auto began = std::chrono::steady_clock::now();
        const Result part = must(client.query(count));
        CHECK(std::chrono::steady_clock::now() - began < 2s);
        CHECK(one_cell(part) == std::to_string(kRows - rows));
        const auto& missing = part.missing_shards();
        CHECK(std::set<std::string>(missing.begin(), missing.end()) == shards);
    };
    SECTION("of a server that hangs") {
        must(cluster.servers().server(2).pause());
        check_partial();
        check_partial();
        must(cluster.servers().server(2).resume());
    }
    SECTION("of a server that was killed") {
        must(cluster.servers().server(2).kill9());
        check_partial();
        Stream stream =
            must(client.stream(Statement("SELECT id FROM numbers ORDER BY id").allow_partial()));
        CHECK(stream.missing_shards().size() == shards.size());
        std::size_t streamed = 0;
        for (Batch batch; must(stream.next(batch));) streamed += batch.row_count();
        CHECK(streamed == static_cast<std::size_t>(kRows - rows));

        // Without leave, and where a server refuses the statement, it fails.
        CHECK_FALSE(client.query("SELECT COUNT(*) FROM numbers").ok());
        refusal(
            client,
            "SELECT /*mosaic partial=allow */ id, half DIV (id - id), CAST(REPEAT('x', 9) AS "
            "DATE), EXP(id * 1000) FROM numbers",
            errors::kServerValue
        );
        for (const int server : {0, 1, 3}) must(cluster.servers().server(server).kill9());
        CHECK_FALSE(client.query(count).ok());
    }
}
