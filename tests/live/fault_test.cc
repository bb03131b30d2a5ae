// Servers that are stopped, killed, hang, or are others than the map means.
#include "base/status.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>

using namespace mosaic;
using namespace mosaic::test;
using namespace std::chrono_literals;

namespace {

using Clock = std::chrono::steady_clock;

TestCluster::Spec four_servers(const std::string& driver) {
    TestCluster::Spec spec;
    spec.driver = driver;
    spec.shards = 8;
    spec.servers = 4;
    spec.tables = R"(
groups:
  - name: numbers
    partitioner: hash
    buckets: 1024
    tables: [{name: numbers, shard_key: id}]
)";
    spec.ddl = {
        "CREATE TABLE numbers (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, half INT NOT NULL)"};
    return spec;
}

void fill(Client& client) {
    std::string sql = "INSERT INTO numbers VALUES (1, 0)";
    for (int i = 2; i <= 200; ++i)
        sql += ", (" + std::to_string(i) + ", " + std::to_string(i / 2) + ")";
    must(client.execute(Statement(sql).best_effort()));
}

// Keys on the server's shards, and keys elsewhere.
std::pair<int, int> keys_on_and_off(const TestCluster& cluster, std::uint32_t server) {
    const topology::Topology& topology = cluster.topology();
    const topology::Table& table = *topology.find_table("numbers");
    int on = 0;
    int off = 0;
    for (int key = 1; key <= 200; ++key) {
        const ShardId shard = must(topology::shard_of_key(topology, table, std::to_string(key)));
        (topology.shard(shard).server.value == server ? on : off) = key;
    }
    return {on, off};
}

absl::Status point(Client& client, int key, std::chrono::milliseconds within = 2s) {
    auto found =
        client.query(Statement("SELECT half FROM numbers WHERE id = ?", key).within(within));
    if (!found.ok())
        return found.status();
    if (found->row_count() != 1)
        return absl::InternalError("no row");
    return absl::OkStatus();
}

bool has_id(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail && detail->id.number != 0;
}

}  // namespace

TEST_CASE("a client opens and answers for three of four servers", "[fault]") {
    for (const char* driver : {"mariadb", "connector-cpp"}) {
        CAPTURE(driver);
        TestCluster cluster(four_servers(driver));
        {
            Client client = cluster.open();
            fill(client);
        }
        must(cluster.servers().server(0).stop());
        const auto began = Clock::now();
        Client client = cluster.open();
        CHECK(Clock::now() - began < 1s);
        const auto [on, off] = keys_on_and_off(cluster, 0);
        CHECK(point(client, off).ok());
        const absl::Status down = point(client, on);
        CHECK(has_id(down));
        CHECK(Clock::now() - began < 4s);
    }
}

TEST_CASE("a server killed while queries run is used again within 2 s of its return", "[fault]") {
    for (const char* driver : {"mariadb", "connector-cpp"}) {
        CAPTURE(driver);
        TestCluster cluster(four_servers(driver));
        Client client = cluster.open();
        fill(client);
        const auto [on, off] = keys_on_and_off(cluster, 0);
        std::atomic<bool> stop{false};
        std::atomic<int> others_failed{0};
        std::thread others([&, key = off] {
            while (!stop) {
                if (!point(client, key).ok())
                    ++others_failed;
            }
        });
        REQUIRE(point(client, on).ok());

        must(cluster.servers().server(0).kill9());
        const auto asked = Clock::now();
        const absl::Status lost = point(client, on);
        CHECK(has_id(lost));
        CHECK(Clock::now() - asked < 2500ms);
        must(cluster.servers().server(0).start());
        const auto back = Clock::now();
        while (!point(client, on).ok() && Clock::now() - back < 5s)
            std::this_thread::sleep_for(20ms);
        CHECK(Clock::now() - back < 2s);
        CHECK(client.query("SELECT COUNT(*) FROM numbers").ok());
        stop = true;
        others.join();
        CHECK(others_failed == 0);
    }
}

TEST_CASE("a call to a server that hangs ends by its deadline, with an id", "[fault]") {
    for (const char* driver : {"mariadb", "connector-cpp"}) {
        CAPTURE(driver);
        TestCluster cluster(four_servers(driver));
        Client client = cluster.open();
        fill(client);
        const auto [on, off] = keys_on_and_off(cluster, 0);
        REQUIRE(point(client, on).ok());
        must(cluster.servers().server(0).pause());
        const auto began = Clock::now();
        const absl::Status hung = point(client, on, 300ms);
        CHECK(has_id(hung));
        CHECK(Clock::now() - began < 900ms);
        const auto scatter =
            client.query(Statement("SELECT COUNT(*) FROM numbers").within(300ms)).status();
        CHECK(has_id(scatter));
        CHECK(Clock::now() - began < 2s);
        CHECK(point(client, off).ok());
        must(cluster.servers().server(0).resume());
        const auto back = Clock::now();
        while (!point(client, on).ok() && Clock::now() - back < 5s)
            std::this_thread::sleep_for(20ms);
        CHECK(Clock::now() - back < 2s);
    }
}

TEST_CASE(
    "a port that leads to another shard's server is refused, and nothing is written", "[fault]"
) {
    TestCluster cluster(four_servers("mariadb"));
    {
        Client client = cluster.open();
        fill(client);
    }
    // Servers 0 and 1 change places.
    std::stringstream text;
    text << std::ifstream(cluster.config()).rdbuf();
    std::string yaml = text.str();
    const std::string first = ":" + std::to_string(cluster.servers().server(0).port());
    const std::string second = ":" + std::to_string(cluster.servers().server(1).port());
    const auto at_first = yaml.find(first);
    const auto at_second = yaml.find(second);
    yaml.replace(at_second, second.size(), first);
    yaml.replace(at_first, first.size(), second);
    std::ofstream(cluster.config()) << yaml;

    Client client = cluster.open();
    const auto [on, off] = keys_on_and_off(cluster, 0);
    const absl::Status read = point(client, on);
    const absl::Status written =
        client.execute("UPDATE numbers SET half = -1 WHERE id = ?", on).status();
    for (const absl::Status& status : {read, written}) {
        const auto detail = error_detail(status);
        REQUIRE(detail.has_value());
        CHECK(
            (detail->id.number == errors::kIdentityMissing.number ||
             detail->id.number == errors::kIdentityMismatch.number)
        );
    }
    const auto connection =
        must(driver::make_driver("mariadb")->connect(cluster.servers().options(1)));
    for (const topology::Shard& shard : cluster.topology().shards) {
        if (shard.server.value == 1) {
            CHECK(
                must(run(*connection, "SELECT COUNT(*) FROM numbers WHERE half = -1", shard.name)
                ) == "0\n"
            );
        }
    }
}
