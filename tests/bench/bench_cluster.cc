#include "bench/bench_cluster.h"

#include "bench/pin.h"

#include <numeric>
#include <thread>

namespace mosaic::bench {
namespace {

constexpr int kServersProcessor = 1;

test::TestCluster::Spec spec_of(const std::string& driver, int shards, Indexes indexes) {
    test::TestCluster::Spec spec;
    spec.driver = driver;
    spec.shards = shards;
    spec.servers = shards;
    spec.tables =
        "groups:\n"
        "  - name: g\n"
        "    partitioner: hash\n"
        "    buckets: 16384\n"
        "    tables: [{name: rows, shard_key: id}]\n";
    spec.ddl = {
        "CREATE TABLE `rows` (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, team INT NOT NULL, score "
        "INT NOT NULL, name VARCHAR(40) NOT NULL" +
        std::string(indexes == Indexes::kAll ? ", KEY (team), KEY (score)" : "") + ")"};
    return spec;
}

}  // namespace

BenchCluster::BenchCluster(
    const std::string& driver, int shards, std::uint64_t rows, Indexes indexes
)
    : cluster_(spec_of(driver, shards, indexes)) {
    for (int i = 0; i < shards; ++i)
        pin(cluster_.servers().server(i).status().pid, kServersProcessor);
    fill(rows);
}

// Each server makes the numbers 1 to `rows` and keeps those that the map gives to its shard.
void BenchCluster::fill(std::uint64_t rows) {
    const topology::Topology& topology = cluster_.topology();
    for (std::uint32_t i = 0; i < topology.shards.size(); ++i) {
        // The first map gives each shard one run of buckets.
        const auto buckets = topology.groups.front().map.buckets_of(ShardId{i});
        const std::string sql =
            "INSERT INTO `rows` SELECT seq, seq % 100, CRC32(CONCAT('s', seq)) % 1000000, "
            "CONCAT('name of ', seq) FROM seq_1_to_" +
            std::to_string(rows) + " WHERE CRC32(seq) & 16383 BETWEEN " +
            std::to_string(buckets.front().value) + " AND " + std::to_string(buckets.back().value);
        const auto connection = cluster_.connect(ShardId{i});
        const std::string& schema = topology.shards[i].name;
        static_cast<void>(test::must(test::run(*connection, sql, schema)));
        static_cast<void>(test::must(test::run(*connection, "ANALYZE TABLE `rows`", schema)));
    }
}

std::size_t BenchCluster::shard_of(std::uint64_t id) const {
    const topology::Topology& topology = cluster_.topology();
    return test::must(
               topology::shard_of_key(topology, *topology.find_table("rows"), std::to_string(id))
    )
        .value;
}

std::string BenchCluster::rows_of(std::size_t shard) const {
    return "`" + cluster_.topology().shards[shard].name + "`.`rows`";
}

std::uint16_t BenchCluster::port_of(std::size_t shard) {
    const topology::Shard& of = cluster_.topology().shards[shard];
    return cluster_.servers().server(static_cast<int>(of.server.value)).port();
}

ByHand::ByHand(BenchCluster& cluster, const std::string& driver)
    : sends_at_once_(driver == "mariadb") {
    for (std::size_t i = 0; i < cluster.shard_count(); ++i)
        connections_.push_back(connect_raw(driver, cluster.port_of(i)));
}

std::uint64_t ByHand::run_all(
    const std::vector<std::string>& texts,
    absl::FunctionRef<void(std::size_t shard, unsigned column, std::string_view cell)> visit
) {
    std::vector<std::uint64_t> affected(texts.size());
    const auto receive = [&](std::size_t i) {
        affected[i] = connections_[i]->receive([&](unsigned column, std::string_view cell) {
            visit(i, column, cell);
        });
    };
    for (std::size_t i = 0; i < texts.size(); ++i) connections_[i]->send(texts[i]);
    if (sends_at_once_) {
        for (std::size_t i = 0; i < texts.size(); ++i) receive(i);
    } else {
        workers_.run_all(texts.size(), receive);
    }
    return std::accumulate(affected.begin(), affected.end(), std::uint64_t{0});
}

}  // namespace mosaic::bench
