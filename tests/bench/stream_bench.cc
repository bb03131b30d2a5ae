#include "bench/stream_bench.h"

#include "bench/bench_cluster.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <string>

namespace mosaic::bench {
namespace {

using test::must;

constexpr std::size_t kGrowthMaxKib = 64 * 1024;
constexpr int kShards = 4;

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

/// Reads on until the end, the next key of which is `next`. False: a key was not the next one.
bool read_batch(const Batch& batch, std::uint64_t& next) {
    for (std::size_t row = 0; row < batch.row_count(); ++row, ++next) {
        if (batch.cell(row, 0) != std::to_string(next)) {
            std::fprintf(
                stderr, "row %llu is out of order\n", static_cast<unsigned long long>(next)
            );
            return false;
        }
    }
    return true;
}

}  // namespace

int stream_rows(std::uint64_t rows) {
    const BenchCluster cluster("mariadb", kShards, rows, Indexes::kNone);
    Client client = cluster.open();
    static_cast<void>(must(client.query("SELECT id, name FROM `rows` ORDER BY id LIMIT 1000")));
    const std::size_t before = resident_kib();
    std::size_t most = before;
    std::uint64_t next = 1;
    Batch batch;
    const auto begin = std::chrono::steady_clock::now();
    Stream stream = must(client.stream(
        Statement("SELECT id, name FROM `rows` ORDER BY id").within(std::chrono::minutes(10))
    ));
    for (int count = 0; must(stream.next(batch)); ++count) {
        if (!read_batch(batch, next))
            return 1;
        if (count % 16 == 0)
            most = std::max(most, resident_kib());
    }
    const double seconds =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
    std::printf(
        "%llu rows over %d shards streamed in the order of their keys in %.1f s (%.2f million rows "
        "a second); resident before %.1f MiB, growth %.1f MiB (at most %zu)\n",
        static_cast<unsigned long long>(next - 1),
        kShards,
        seconds,
        static_cast<double>(next - 1) / seconds / 1e6,
        static_cast<double>(before) / 1024,
        static_cast<double>(most - before) / 1024,
        kGrowthMaxKib / 1024
    );
    return next - 1 == rows && most - before < kGrowthMaxKib ? 0 : 1;
}

}  // namespace mosaic::bench
