// The list of what is refused: each of its statements is, and with the id that the list says.
#include "base/status.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>
#include <catch2/catch.hpp>

#include <fstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace mosaic;
using namespace mosaic::test;

namespace {

constexpr char kTables[] = R"(
tickets: {servers: [s0], durability: process, block_size: 100}
composite: {durability: process}
groups:
  - name: main
    partitioner: hash
    buckets: 1024
    composite_layout: {reserved: 1, bucket: 10, type: 5, local: 48}
    tables:
      - {name: users, shard_key: id, ids: {column: id, scheme: ticket}}
      - {name: orders, shard_key: user_id, ids: {column: id, scheme: composite, type: 1}}
      - {name: visits, shard_key: user_id}
      - {name: places, shard_key: id}
      - {name: nullable, shard_key: id}
      - {name: counted, shard_key: id}
      - {name: unique_name, shard_key: id}
      - {name: children, shard_key: id}
      - {name: watched, shard_key: id}
      - {name: names, shard_key: name}
  - name: other
    partitioner: hash
    buckets: 1024
    tables:
      - {name: parents, shard_key: id}
      - {name: folded, shard_key: name}
      - {name: floating, shard_key: id}
  - name: regions
    partitioner: prefix
    buckets: 1024
    composite_layout: {reserved: 1, bucket: 10, type: 5, local: 48}
    tables:
      - {name: regions, shard_key: id, ids: {column: id, scheme: composite, type: 2}}
reference_tables: [countries, grown]
local_tables: {notes: app_00, marks: app_01}
)";

const std::vector<std::string> kDdl = {
    "CREATE TABLE users (id BIGINT NOT NULL PRIMARY KEY, name VARCHAR(200) NOT NULL, age INT, "
    "FULLTEXT KEY (name))",
    "CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL, user_id BIGINT NOT NULL, total INT, "
    "PRIMARY KEY (user_id, id))",
    "CREATE TABLE visits (user_id INT NOT NULL PRIMARY KEY, hits INT)",
    "CREATE TABLE places (id INT NOT NULL PRIMARY KEY, kind INT, place POINT)",
    "CREATE TABLE nullable (id INT, hits INT)",
    "CREATE TABLE counted (id INT NOT NULL, line INT NOT NULL AUTO_INCREMENT, PRIMARY KEY (id, "
    "line), KEY (line))",
    "CREATE TABLE unique_name (id INT NOT NULL PRIMARY KEY, name VARCHAR(20) UNIQUE)",
    "CREATE TABLE parents (id INT NOT NULL PRIMARY KEY)",
    "CREATE TABLE children (id INT NOT NULL PRIMARY KEY, FOREIGN KEY (id) REFERENCES parents (id))",
    "CREATE TABLE watched (id INT NOT NULL PRIMARY KEY, hits INT)",
    "CREATE TRIGGER watching BEFORE INSERT ON watched FOR EACH ROW SET NEW.hits = 1",
    "CREATE TABLE names (name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin NOT NULL "
    "PRIMARY KEY)",
    "CREATE TABLE folded (name VARCHAR(20) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci NOT "
    "NULL PRIMARY KEY)",
    "CREATE TABLE floating (id DOUBLE NOT NULL PRIMARY KEY)",
    "CREATE TABLE regions (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, name VARCHAR(20))",
    "CREATE TABLE countries (code CHAR(2) NOT NULL PRIMARY KEY, name VARCHAR(40))",
    "CREATE VIEW grown AS SELECT code FROM countries",
    "CREATE TABLE notes (id INT NOT NULL PRIMARY KEY, body TEXT)",
    "CREATE TABLE marks (id INT NOT NULL PRIMARY KEY)",
};

struct Example {
    std::string id;  ///< MO-nnnn
    std::string how;
    std::string sql;
};

/// `{201 times (}` is that text 201 times.
std::string repeated(std::string text) {
    for (auto begin = text.find('{'); begin != std::string::npos; begin = text.find('{', begin)) {
        const auto times = text.find(" times ", begin);
        const auto end = text.find('}', begin);
        if (end == std::string::npos || times == std::string::npos || times > end)
            return text;
        const std::string part = text.substr(times + 7, end - times - 7);
        std::string all;
        for (int left = std::stoi(text.substr(begin + 1)); left > 0; --left) all += part;
        text.replace(begin, end - begin + 1, all);
    }
    return text;
}

std::vector<Example> read_examples() {
    std::ifstream file(MOSAIC_REFUSED_CASES);
    std::vector<Example> examples;
    std::string id;
    for (std::string line; std::getline(file, line);) {
        const auto blank = line.find(' ');
        if (blank == std::string::npos)
            continue;
        const std::string word = line.substr(0, blank);
        const std::string rest = line.substr(blank + 1);
        if (word == "id")
            id = rest;
        else if (word != "#" && word != "=" && word != "none" && word != "refused" && word != "instead")
            examples.push_back({id, word, repeated(rest)});
    }
    return examples;
}

absl::Status in_transaction(Client& client, const Statement& statement) {
    Session session = client.session();
    MOSAIC_RETURN_IF_ERROR(session.run(Statement("BEGIN")).status());
    MOSAIC_RETURN_IF_ERROR(session.run(Statement("SELECT name FROM users WHERE id = 1")).status());
    return session.run(statement).status();
}

absl::Status run(Client& client, const Example& example) {
    const Statement statement(example.sql);
    if (example.how == "transaction")
        return in_transaction(client, statement);
    if (example.how == "client")
        return client.query(statement).status();
    if (example.how == "bound")
        return client.session().run(Statement(example.sql, "x")).status();
    if (example.how == "best_effort")
        return client.session().run(Statement(example.sql).best_effort()).status();
    REQUIRE((example.how == "session" || example.how == "mariadb" || example.how == "mysql"));
    return client.session().run(statement).status();
}

}  // namespace

TEST_CASE("each statement of the list of what is refused is refused with its id", "[refused]") {
    TestCluster::Spec spec;
    spec.servers = 1;
    spec.tables = kTables;
    spec.ddl = kDdl;
    TestCluster cluster(spec);
    Client client = cluster.open();
    std::string rows = "INSERT INTO users (id, name, age) VALUES (1, 'Ann', 1)";
    for (int id = 2; id <= 100; ++id)
        rows += absl::StrFormat(", (%d, '%s', %d)", id, std::string(100, 'x'), id % 7);
    must(client.execute(Statement(rows).best_effort()));

    const std::string other =
        cluster.connect(ShardId{0})->facts().kind == driver::ServerKind::kMariaDb ? "mysql"
                                                                                  : "mariadb";
    const std::vector<Example> examples = read_examples();
    CHECK(examples.size() > 80);
    for (const Example& example : examples) {
        if (example.how == other)
            continue;
        CAPTURE(example.sql.substr(0, 200), example.how);
        const absl::Status status = run(client, example);
        CAPTURE(status.message());
        CHECK(absl::StrFormat("MO-%d", id_of(status)) == example.id);
    }
    CHECK(one_cell(client.query("SELECT COUNT(*) FROM users")) == "100");
}
