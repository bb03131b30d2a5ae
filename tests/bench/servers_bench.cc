// Mosaic against the raw driver doing the same by hand, on real servers over TCP.
//   mosaic_bench_servers [driver..]              the table of docs/benchmarks.md
//   mosaic_bench_servers --stream ROWS           resident growth while ROWS are merged as a stream
#include "bench/pairs.h"
#include "bench/raw_connection.h"
#include "exec/workers.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"

#include <cstdio>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <unistd.h>

namespace mosaic::bench {
namespace {

using test::must;
using test::TestCluster;

constexpr int kRowsPerShard = 10'000;

TestCluster::Spec spec_of(const std::string& driver, int shards) {
    TestCluster::Spec spec;
    spec.driver = driver;
    spec.shards = shards;
    spec.servers = shards;
    spec.tables =
        "groups:\n  - {name: g, partitioner: hash, buckets: 16384, tables: [{name: rows, "
        "shard_key: id}]}\n";
    spec.ddl = {
        "CREATE TABLE `rows` (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, team INT NOT NULL, score "
        "INT NOT "
        "NULL, name VARCHAR(40) NOT NULL, KEY by_score (score))"};
    return spec;
}

// Fills each shard, inside its server, with the keys from 1 to `count` that the map gives to it.
void fill(TestCluster& cluster, std::uint64_t count) {
    const topology::TableGroup& group = cluster.topology().groups.front();
    for (std::uint32_t i = 0; i < cluster.topology().shards.size(); ++i) {
        const auto buckets = group.map.buckets_of(ShardId{i});  // contiguous: the first map's runs
        const std::string sql =
            "INSERT INTO `rows` SELECT seq, seq % 100, CRC32(CONCAT('s', seq)) % 1000000, "
            "CONCAT('name of "
            "', seq) FROM seq_1_to_" +
            std::to_string(count) + " WHERE CRC32(seq) & 16383 BETWEEN " +
            std::to_string(buckets.front().value) + " AND " + std::to_string(buckets.back().value);
        const auto connection = cluster.connect(ShardId{i});
        must(test::run(*connection, sql, cluster.topology().shards[i].name));
        must(test::run(*connection, "ANALYZE TABLE `rows`", cluster.topology().shards[i].name));
    }
}

std::size_t length_of(const absl::StatusOr<Result>& result) {
    if (!result.ok()) {
        std::fprintf(stderr, "%s\n", std::string(result.status().message()).c_str());
        std::exit(1);
    }
    std::size_t sum = 0;
    for (std::size_t row = 0; row < result->row_count(); ++row) {
        for (std::size_t column = 0; column < result->columns().size(); ++column)
            sum += result->cell(row, column).value_or("").size();
    }
    return sum;
}

/// The raw side: a connection per shard.
struct Raw {
    std::vector<std::unique_ptr<RawConnection>> connections;
    bool sends_at_once = false;
    exec::Workers workers;

    Raw(TestCluster& cluster, const std::string& driver) : sends_at_once(driver == "mariadb") {
        for (const topology::Shard& shard : cluster.topology().shards)
            connections.push_back(connect_raw(
                driver, cluster.servers().server(static_cast<int>(shard.server.value)).port()
            ));
    }

    // All shards at once: send all, then read all; or a warm thread per shard.
    std::vector<std::size_t> run_all(const std::vector<std::string>& texts) {
        std::vector<std::size_t> sums(texts.size());
        if (sends_at_once) {
            for (std::size_t i = 0; i < texts.size(); ++i) connections[i]->send(texts[i]);
            for (std::size_t i = 0; i < texts.size(); ++i) sums[i] = connections[i]->receive();
        } else {
            workers.run_all(texts.size(), [&](std::size_t i) {
                sums[i] = connections[i]->run(texts[i]);
            });
        }
        return sums;
    }
};

std::string in_shard(const TestCluster& cluster, std::size_t shard) {
    return "`" + cluster.topology().shards[shard].name + "`.`rows`";
}

void one_shard(TestCluster& cluster, Client& client, Raw& raw, const std::string& driver) {
    const topology::Topology& topology = cluster.topology();
    const topology::Table& table = *topology.find_table("rows");
    std::uint64_t key = 0;
    std::uint64_t raw_key = 0;
    const auto last = static_cast<std::uint64_t>(kRowsPerShard) * topology.shards.size();
    const auto next = [last](std::uint64_t& at) { return at = at * 7919 % last + 1; };
    const Comparison point = compare(
        500,
        [&] {
            next(key);
            return length_of(client.query("SELECT id, name FROM `rows` WHERE id = ?", key)) > 0
                       ? 1U
                       : 0U;
        },
        [&] {
            next(raw_key);
            const std::string text = std::to_string(raw_key);
            const ShardId shard = *topology::shard_of_key(topology, table, text);
            return raw.connections[shard.value]->run(
                       "SELECT id, name FROM " + in_shard(cluster, shard.value) +
                       " WHERE id = " + text
                   ) > 0
                       ? 1U
                       : 0U;
        }
    );
    print_row(driver + ": point select", point);

    std::vector<Value> keys;
    std::vector<std::string> lists(topology.shards.size());
    for (std::uint64_t i = 1; i <= 64; ++i) {
        const std::string text = std::to_string(i * 101);
        keys.emplace_back(i * 101);
        std::string& list = lists[topology::shard_of_key(topology, table, text)->value];
        list += (list.empty() ? "" : ", ") + text;
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < lists.size(); ++i)
        texts.push_back(
            "SELECT id, name FROM " + in_shard(cluster, i) + " WHERE id IN (" + lists[i] + ")"
        );
    print_row(
        driver + ": 64 rows by keys, " + std::to_string(texts.size()) + " shards",
        compare(
            200,
            [&] { return length_of(client.get("rows", keys, "id, name")); },
            [&] {
                std::size_t sum = 0;
                for (const std::size_t one : raw.run_all(texts)) sum += one;
                return sum;
            }
        )
    );
}

void insert(TestCluster& cluster, Client& client, Raw& raw, const std::string& driver) {
    const topology::Topology& topology = cluster.topology();
    const topology::Table& table = *topology.find_table("rows");
    const auto row = [](std::uint64_t key) {
        return "(" + std::to_string(key) + ", 1, 2, 'a name of some length')";
    };
    std::uint64_t next = 1'000'000'000;
    print_row(
        driver + ": insert of 1,000 rows, " + std::to_string(topology.shards.size()) + " shards",
        compare(
            5,
            [&] {
                std::string sql = "INSERT INTO `rows` (id, team, score, name) VALUES ";
                for (int i = 0; i < 1000; ++i) sql += (i > 0 ? ", " : "") + row(next++);
                return must(client.execute(Statement(std::move(sql)).best_effort())).affected_rows;
            },
            [&] {
                std::vector<std::string> texts(topology.shards.size());
                for (int i = 0; i < 1000; ++i, ++next) {
                    const std::size_t shard =
                        topology::shard_of_key(topology, table, std::to_string(next))->value;
                    std::string& text = texts[shard];
                    text += text.empty() ? "INSERT INTO " + in_shard(cluster, shard) +
                                               " (id, team, score, name) VALUES "
                                         : ", ";
                    text += row(next);
                }
                std::size_t sum = 0;
                for (const std::size_t one : raw.run_all(texts)) sum += one;
                return sum;
            }
        )
    );
}

void scatter(TestCluster& cluster, Client& client, Raw& raw, const std::string& driver) {
    const std::string shards = std::to_string(cluster.topology().shards.size()) + " shards";
    std::vector<std::string> counts;
    std::vector<std::string> tops;
    for (std::size_t i = 0; i < cluster.topology().shards.size(); ++i) {
        counts.push_back("SELECT COUNT(*) FROM " + in_shard(cluster, i) + " WHERE team = 7");
        tops.push_back(
            "SELECT id, score FROM " + in_shard(cluster, i) + " ORDER BY score DESC, id LIMIT 10"
        );
    }
    // By hand nothing is merged here: what is compared is asking and reading.
    const auto ask = [&raw](const std::vector<std::string>& texts) {
        std::size_t read = 0;
        for (const std::size_t one : raw.run_all(texts)) read += one;
        return read > 0 ? std::size_t{1} : std::size_t{0};
    };
    print_row(
        driver + ": count, " + shards,
        compare(
            100,
            [&] {
                return length_of(client.query("SELECT COUNT(*) FROM `rows` WHERE team = 7")) > 0
                           ? 1U
                           : 0U;
            },
            [&] { return ask(counts); }
        )
    );
    print_row(
        driver + ": top 10, " + shards,
        compare(
            100,
            [&] {
                return client.query("SELECT id, score FROM `rows` ORDER BY score DESC, id LIMIT 10")
                                   ->row_count() == 10
                           ? 1U
                           : 0U;
            },
            [&] { return ask(tops); }
        )
    );
}

void bench_driver(const std::string& driver) {
    for (const int shards : {4, 8, 16}) {
        TestCluster cluster(spec_of(driver, shards));
        for (int i = 0; i < shards; ++i) pin(cluster.servers().server(i).status().pid, 1);
        fill(
            cluster, static_cast<std::uint64_t>(kRowsPerShard) * static_cast<std::uint64_t>(shards)
        );
        Client client = cluster.open();
        Raw raw(cluster, driver);
        pin(::getpid(), 0);
        if (shards == 8)
            one_shard(cluster, client, raw, driver);
        scatter(cluster, client, raw, driver);
        if (shards == 8)
            insert(cluster, client, raw, driver);
    }
}

std::size_t resident_kib() {
    std::ifstream status("/proc/self/status");
    std::string word;
    while (status >> word) {
        std::size_t kib = 0;
        if (word == "VmRSS:" && status >> kib)
            return kib;
    }
    return 0;
}

int stream_rows(std::uint64_t count) {
    TestCluster cluster(spec_of("mariadb", 4));
    fill(cluster, count);
    Client client = cluster.open();
    static_cast<void>(length_of(client.query("SELECT COUNT(*) FROM `rows`")));
    const std::size_t before = resident_kib();
    std::size_t most = before;
    Stream stream = must(client.stream(
        Statement("SELECT id, name FROM `rows` ORDER BY id").within(std::chrono::minutes(10))
    ));
    Batch batch;
    std::uint64_t next = 1;
    const auto begin = std::chrono::steady_clock::now();
    while (must(stream.next(batch))) {
        for (std::size_t row = 0; row < batch.row_count(); ++row, ++next) {
            if (batch.cell(row, 0) != std::to_string(next)) {
                std::fprintf(
                    stderr, "row %llu is out of order\n", static_cast<unsigned long long>(next)
                );
                return 1;
            }
        }
        most = std::max(most, resident_kib());
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf(
        "%llu rows in order in %.1f s; resident before %zu KiB, at most %zu KiB: growth %zu KiB\n",
        static_cast<unsigned long long>(next - 1),
        seconds,
        before,
        most,
        most - before
    );
    return next - 1 == count ? 0 : 1;
}

}  // namespace
}  // namespace mosaic::bench

int main(int argc, char** argv) {
    using namespace mosaic::bench;
    if (argc == 3 && std::strcmp(argv[1], "--stream") == 0)
        return stream_rows(std::strtoull(argv[2], nullptr, 10));
    print_head();
    std::vector<std::string> drivers(argv + 1, argv + argc);
    if (drivers.empty())
        drivers = {"mariadb", "connector-cpp"};
    for (const std::string& driver : drivers) bench_driver(driver);
    return 0;
}
