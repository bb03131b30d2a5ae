// Mosaic against the raw driver doing the same by hand, on real servers over TCP.
//   mosaic_bench_servers [DRIVER..]              a table: p50, p99 and ratios (docs/benchmarks.md)
//   mosaic_bench_servers --only WORD [DRIVER..]  those of its lines that have WORD in their name
//   mosaic_bench_servers --stream ROWS           how the process grows while ROWS are merged
#include "bench/bench_cluster.h"
#include "bench/pairs.h"
#include "bench/pin.h"
#include "bench/stream_bench.h"
#include "mosaic/mosaic.h"

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <unistd.h>
#include <utility>

namespace mosaic::bench {
namespace {

using test::must;

constexpr std::uint64_t kRowsPerShard = 10'000;
constexpr int kClientProcessor = 0;
// Of the shard counts, the one that statements of one shard, gets and inserts are measured with.
constexpr int kMiddleCount = 8;

/// One cluster, asked both ways.
struct Bench {
    std::string driver;
    BenchCluster cluster;
    Client client;
    ByHand by_hand;

    Bench(const std::string& name, int shards)
        : driver(name),
          cluster(name, shards, kRowsPerShard * static_cast<std::uint64_t>(shards), Indexes::kAll),
          client(cluster.open()),
          by_hand(cluster, name) {
        pin(::getpid(), kClientProcessor);
    }

    [[nodiscard]] std::string over(const std::string& what) const {
        return driver + ": " + what + ", " + std::to_string(cluster.shard_count()) + " shards";
    }
};

std::uint64_t number_of(std::string_view text) {
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return number;
}

/// Reads every cell.
std::uint64_t sum_of(absl::StatusOr<Result> answer) {
    const Result result = must(std::move(answer));
    std::uint64_t sum = 0;
    for (std::size_t row = 0; row < result.row_count(); ++row) {
        for (std::size_t column = 0; column < result.columns().size(); ++column)
            sum += cell_sum(result.cell(row, column).value_or(""));
    }
    return sum;
}

void point_select(Bench& bench) {
    struct Text {
        std::size_t shard;
        std::string sql;
    };

    std::vector<std::uint64_t> keys;
    std::vector<Text> texts;
    const std::uint64_t last = kRowsPerShard * bench.cluster.shard_count();
    for (std::uint64_t i = 1; i <= 1000; ++i) {
        const std::uint64_t key = i * 7919 % last + 1;
        const std::size_t shard = bench.cluster.shard_of(key);
        keys.push_back(key);
        texts.push_back(
            {shard,
             "SELECT id, name FROM " + bench.cluster.rows_of(shard) +
                 " WHERE id = " + std::to_string(key)}
        );
    }
    std::size_t at = 0;
    std::size_t raw_at = 0;
    compare_and_print(
        {.name = bench.driver + ": point select", .calls = 1000, .ratio_max = 1.05},
        [&] {
            const std::uint64_t key = keys[at++ % keys.size()];
            return sum_of(bench.client.query("SELECT id, name FROM `rows` WHERE id = ?", key));
        },
        [&] {
            const Text& text = texts[raw_at++ % texts.size()];
            std::uint64_t sum = 0;
            bench.by_hand.shard(text.shard).run(text.sql, [&](unsigned, std::string_view cell) {
                sum += cell_sum(cell);
            });
            return sum;
        }
    );
}

void multi_get(Bench& bench) {
    std::vector<Value> keys;
    std::vector<std::string> lists(bench.cluster.shard_count());
    for (std::uint64_t i = 1; i <= 64; ++i) {
        keys.emplace_back(i * 101);
        std::string& list = lists[bench.cluster.shard_of(i * 101)];
        list += (list.empty() ? "" : ", ") + std::to_string(i * 101);
    }
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < lists.size(); ++i)
        texts.push_back(
            "SELECT id, name FROM " + bench.cluster.rows_of(i) + " WHERE id IN (" + lists[i] + ")"
        );
    compare_and_print(
        {.name = bench.over("64 rows by keys"), .calls = 200},
        [&] { return sum_of(bench.client.get("rows", keys, "id, name")); },
        [&] {
            std::vector<std::uint64_t> sums(texts.size());
            bench.by_hand.run_all(texts, [&](std::size_t shard, unsigned, std::string_view cell) {
                sums[shard] += cell_sum(cell);
            });
            std::uint64_t sum = 0;
            for (const std::uint64_t one : sums) sum += one;
            return sum;
        }
    );
}

std::uint64_t insert_by_hand(Bench& bench, std::uint64_t first) {
    std::vector<std::string> texts(bench.cluster.shard_count());
    for (std::uint64_t key = first; key < first + 1000; ++key) {
        const std::size_t shard = bench.cluster.shard_of(key);
        std::string& text = texts[shard];
        if (text.empty())
            text =
                "INSERT INTO " + bench.cluster.rows_of(shard) + " (id, team, score, name) VALUES ";
        else
            text += ", ";
        text += "(" + std::to_string(key) + ", 1, 2, 'a name of some length')";
    }
    return bench.by_hand.run_all(texts, [](std::size_t, unsigned, std::string_view) {});
}

void insert(Bench& bench) {
    std::uint64_t next = 1'000'000'000;
    const auto by_hand = [&] { return insert_by_hand(bench, std::exchange(next, next + 1000)); };
    compare_and_print(
        {.name = bench.over("insert of 1,000 rows as text"), .calls = 20},
        [&] {
            std::string sql = "INSERT INTO `rows` (id, team, score, name) VALUES ";
            for (int i = 0; i < 1000; ++i) {
                sql += i > 0 ? ", (" : "(";
                sql += std::to_string(next++) + ", 1, 2, 'a name of some length')";
            }
            return must(bench.client.execute(Statement(std::move(sql)).best_effort()))
                .affected_rows;
        },
        by_hand
    );

    std::string holes = "INSERT INTO `rows` (id, team, score, name) VALUES ";
    for (int i = 0; i < 1000; ++i) holes += i > 0 ? ",(?,?,?,?)" : "(?,?,?,?)";
    compare_and_print(
        {.name = bench.over("insert of 1,000 rows as bound values"), .calls = 20},
        [&] {
            std::vector<Value> values;
            values.reserve(4000);
            for (int i = 0; i < 1000; ++i) {
                values.emplace_back(next++);
                values.emplace_back(1);
                values.emplace_back(2);
                values.emplace_back("a name of some length");
            }
            return must(bench.client.execute(Statement(holes, std::move(values)).best_effort()))
                .affected_rows;
        },
        by_hand
    );
}

double scatter_max(const Bench& bench) {
    return bench.cluster.shard_count() == kMiddleCount ? 1.10 : 0;
}

void scatter_count(Bench& bench) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < bench.cluster.shard_count(); ++i)
        texts.push_back("SELECT COUNT(*) FROM " + bench.cluster.rows_of(i) + " WHERE team = 7");
    compare_and_print(
        {.name = bench.over("count"), .calls = 100, .ratio_max = scatter_max(bench)},
        [&] {
            const Result result =
                must(bench.client.query("SELECT COUNT(*) FROM `rows` WHERE team = 7"));
            return number_of(result.cell(0, 0).value_or(""));
        },
        [&] {
            std::vector<std::uint64_t> counts(texts.size());
            bench.by_hand.run_all(texts, [&](std::size_t shard, unsigned, std::string_view cell) {
                counts[shard] = number_of(cell);
            });
            std::uint64_t sum = 0;
            for (const std::uint64_t count : counts) sum += count;
            return sum;
        }
    );
}

void scatter_top(Bench& bench) {
    using Row = std::pair<std::uint64_t, std::uint64_t>;  // score, id
    constexpr std::size_t kTop = 10;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < bench.cluster.shard_count(); ++i)
        texts.push_back(
            "SELECT id, score FROM " + bench.cluster.rows_of(i) +
            " ORDER BY score DESC, id DESC LIMIT 10"
        );
    // The place in the order counts, so that another order is another answer.
    const auto add = [](std::uint64_t sum, std::uint64_t id) { return sum * 31 + id; };
    compare_and_print(
        {.name = bench.over("top 10"), .calls = 100, .ratio_max = scatter_max(bench)},
        [&] {
            const Result result = must(bench.client.query(
                "SELECT id, score FROM `rows` ORDER BY score DESC, id DESC LIMIT 10"
            ));
            std::uint64_t sum = 0;
            for (std::size_t row = 0; row < result.row_count(); ++row)
                sum = add(sum, number_of(result.cell(row, 0).value_or("")));
            return sum;
        },
        [&] {
            std::vector<std::vector<Row>> of_shards(texts.size());
            bench.by_hand.run_all(
                texts,
                [&](std::size_t shard, unsigned column, std::string_view cell) {
                    if (column == 0)
                        of_shards[shard].push_back({0, number_of(cell)});
                    else
                        of_shards[shard].back().first = number_of(cell);
                }
            );
            std::vector<Row> all;
            for (const std::vector<Row>& rows : of_shards)
                all.insert(all.end(), rows.begin(), rows.end());
            std::partial_sort(all.begin(), all.begin() + kTop, all.end(), std::greater<>());
            std::uint64_t sum = 0;
            for (std::size_t i = 0; i < kTop; ++i) sum = add(sum, all[i].second);
            return sum;
        }
    );
}

void bench_driver(const std::string& driver) {
    for (const int shards : {4, kMiddleCount, 16}) {
        Bench bench(driver, shards);
        if (shards == kMiddleCount) {
            point_select(bench);
            multi_get(bench);
        }
        scatter_count(bench);
        scatter_top(bench);
        if (shards == kMiddleCount)
            insert(bench);
    }
}

int run(std::vector<std::string> arguments) {
    if (arguments.size() == 2 && arguments[0] == "--stream")
        return stream_rows(number_of(arguments[1]));
    if (arguments.size() >= 2 && arguments[0] == "--only") {
        print_only(arguments[1]);
        arguments.erase(arguments.begin(), arguments.begin() + 2);
    }
    for (const std::string& argument : arguments) {
        if (argument != "mariadb" && argument != "connector-cpp") {
            std::fprintf(stderr, "no driver %s (mariadb, connector-cpp)\n", argument.c_str());
            return 2;
        }
    }
    print_head();
    if (arguments.empty()) {
        bench_driver("mariadb");
        bench_driver("connector-cpp");
    }
    for (const std::string& driver : arguments) bench_driver(driver);
    return 0;
}

}  // namespace
}  // namespace mosaic::bench

int main(int argc, char** argv) {
    try {
        return mosaic::bench::run({argv + 1, argv + argc});
    } catch (const std::exception& error) {
        std::fprintf(stderr, "%s\n", error.what());
        return 1;
    }
}
