#include "base/status.h"
#include "filler.h"
#include "oracle/cluster.h"
#include "oracle/compare.h"
#include "oracle/corpus.h"
#include "oracle/one_server.h"
#include "rows.h"
#include "spider.h"
#include "support/test_servers.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <functional>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

/// TPC-H: its 22 queries on one server that holds all rows and, through the public API, over shards
/// on servers of their own. The answers must be equal (query.md, rule 16); the times can be shown.
namespace mosaic::tpch {
namespace {

using oracle::Answer;
using oracle::Case;
using Seconds = std::chrono::duration<double>;

constexpr int kShards = 4;
constexpr std::size_t kRowsShown = 8;

// Gathering may take the whole database to one place; what is measured is time, not bounds.
constexpr char kLimits[] = "limits: {deadline_default: 600s, bytes_max: 4G}\n";

struct Arguments {
    double scale = 0.01;
    std::string driver = "mariadb";
    std::string only;
    std::filesystem::path folder = MOSAIC_TPCH_FOLDER;
    int runs = 1;
    bool has_times = false;
    bool has_spider = false;
    bool is_explained = false;
};

/// A side's answer, and the median time it took.
struct Timed {
    Answer answer;
    double seconds = 0;
};

/// The last word of the comment before it.
std::string name_of(const Case& of) {
    return of.comment.substr(of.comment.rfind(' ') + 1);
}

Timed timed(int runs, const std::function<Answer()>& ask) {
    Timed result;
    std::vector<double> times;
    for (int i = 0; i < runs; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        result.answer = ask();
        times.push_back(Seconds(std::chrono::steady_clock::now() - begin).count());
        if (times.back() > 30)
            break;  // once is enough to know
    }
    std::ranges::sort(times);
    result.seconds = times[times.size() / 2];
    return result;
}

class Tpch {
public:
    explicit Tpch(const Arguments& arguments)
        : arguments_(arguments),
          servers_(1 + kShards + (arguments.has_spider ? 1 : 0), flags(arguments)),
          one_(driver::make_driver(arguments.driver), servers_.options(0), "tpch"),
          cluster_(servers_, kShards, arguments.driver, "tpch"),
          queries_(read("queries.cases")) {
        if (arguments.has_spider)
            spider_.emplace(servers_, 1 + kShards, kShards);
    }

    void fill();
    /// \return how many queries had another answer, or none
    int run();

private:
    static std::vector<std::string> flags(const Arguments& arguments) {
        if (!arguments.has_times)
            return {};
        return {"--innodb-buffer-pool-size=1G"};
    }

    [[nodiscard]] std::vector<Case> read(const char* file) {
        return test::must(oracle::read_cases(arguments_.folder / file, one_.dialect()));
    }

    bool compare(const Case& of, std::string_view side, const Timed& expected, const Timed& actual);
    int run(const Case& of);
    oracle::Questions questions_about(const Case& of);

    const Arguments& arguments_;
    test::TestServers servers_;
    oracle::OneServer one_;
    oracle::Cluster cluster_;
    std::vector<Case> queries_;
    std::optional<Spider> spider_;
    std::string differences_;  ///< For people.
};

void Tpch::fill() {
    const std::vector<Case> tables = read("tables.sql");
    one_.recreate();
    for (const Case& of : tables) test::must(one_.ask(of).status);
    cluster_.lay_out(kShards, {tables, {}, arguments_.folder / "spread.yaml"});
    if (spider_)
        spider_->create(tables);
    Filler one([&](const std::string& insert) { test::must(one_.ask(insert).status); });
    // Reference tables are written by migrations: each shard's copy is the one server's.
    Filler shards([&](const std::string& insert) {
        Case of;
        of.sql = insert;
        of.is_best_effort = true;
        if (cluster_.topology().find_table(oracle::table_of(insert))->kind ==
            topology::TableKind::kSharded) {
            test::must(cluster_.ask(of, false).status);
            return;
        }
        for (std::size_t shard = 0; shard < kShards; ++shard)
            static_cast<void>(test::must(
                test::run(cluster_.server_of(shard), insert, cluster_.topology().shards[shard].name)
            ));
    });
    make_rows(arguments_.scale, [&](std::string_view table, std::string_view row) {
        one.add(table, row);
        shards.add(table, row);
        if (spider_)
            spider_->add(table, row);
    });
    one.finish();
    shards.finish();
    if (spider_)
        spider_->finish();
    std::cout << absl::StrFormat(
        "scale factor %g: %d rows, over %d shards on servers of their own\n",
        arguments_.scale,
        one.row_count(),
        kShards
    );
    cluster_.reopen(kLimits);
}

oracle::Questions Tpch::questions_about(const Case& of) {
    return {
        .classes = [this](
                       const std::string& collation, const std::set<std::string>& texts
                   ) { return one_.classes(collation, texts); },
        .without_limit = [this, &of]() -> std::optional<Answer> {
            const std::optional<std::string> sql = oracle::without_limit(of.sql);
            if (!sql)
                return std::nullopt;
            Case whole = of;
            whole.sql = *sql;
            return one_.ask(whole);
        },
    };
}

bool Tpch::compare(
    const Case& of, std::string_view side, const Timed& expected, const Timed& actual
) {
    test::must(expected.answer.status);
    const std::optional<std::string> found =
        oracle::difference(of, expected.answer, actual.answer, questions_about(of));
    if (!found)
        return true;
    differences_ += absl::StrFormat(
        "%s, %s: %s\n    one server: %s\n    %s: %s\n",
        name_of(of),
        side,
        *found,
        oracle::describe(expected.answer, kRowsShown),
        side,
        oracle::describe(actual.answer, kRowsShown)
    );
    return false;
}

int Tpch::run(const Case& of) {
    const int runs = arguments_.runs;
    const Timed one = timed(runs, [&] { return one_.ask(of); });
    const Timed shards = timed(runs, [&] { return cluster_.ask(of, true); });
    const bool is_equal = compare(of, "mosaic", one, shards);
    std::string line = absl::StrFormat(
        "| %s | %d | %.3f | %.3f%s | %.2f |",
        name_of(of),
        one.answer.rows.size(),
        one.seconds,
        shards.seconds,
        is_equal ? "" : " DIFFERENT",
        shards.seconds / one.seconds
    );
    if (spider_) {
        const Timed spider = timed(runs, [&] { return spider_->ask(of); });
        const bool is_same = compare(of, "Spider", one, spider);
        line += absl::StrFormat(
            " %.3f%s | %.2f |",
            spider.seconds,
            is_same                 ? ""
            : spider.answer.is_ok() ? " wrong"
                                    : " no answer",
            spider.seconds / one.seconds
        );
    }
    if (arguments_.has_times || !is_equal)
        std::cout << line << std::endl;
    return is_equal ? 0 : 1;
}

int Tpch::run() {
    std::optional<Client> client;
    if (arguments_.is_explained)
        client = test::must(Client::open(servers_.folder() / "again-tpch-over-4-shards.yaml"));
    if (arguments_.has_times) {
        std::cout << "\n| query | rows | one server s | Mosaic s | ratio |"
                  << (spider_ ? " Spider s | ratio |" : "") << "\n|---|---|---|---|---|"
                  << (spider_ ? "---|---|" : "") << std::endl;
    }
    int different = 0;
    int asked = 0;
    for (const Case& of : queries_) {
        if (!arguments_.only.empty() && name_of(of) != arguments_.only)
            continue;
        if (client)
            std::cout << name_of(of) << '\n'
                      << test::must(client->explain(Statement(of.sql))) << '\n';
        different += run(of);
        ++asked;
    }
    std::cout << '\n'
              << differences_
              << absl::StrFormat("tpch: %d queries, %d different\n", asked, different);
    return asked > 0 && different == 0 ? 0 : 1;
}

}  // namespace
}  // namespace mosaic::tpch

int main(int argc, char** argv) {
    mosaic::tpch::Arguments arguments;
    CLI::App app("Compares Mosaic with one server that holds all rows, on TPC-H.");
    app.add_option("--scale", arguments.scale, "The scale factor: 1 is a gigabyte");
    app.add_option("--driver", arguments.driver, "mariadb or connector-cpp");
    app.add_option("--only", arguments.only, "One query: Q7");
    app.add_option("--runs", arguments.runs, "So often, for a median")->check(CLI::Range(1, 100));
    app.add_flag("--times", arguments.has_times, "Print a table of times");
    app.add_flag("--spider", arguments.has_spider, "MariaDB's Spider over the same servers too");
    app.add_flag("--explain", arguments.is_explained, "Print where each query goes");
    CLI11_PARSE(app, argc, argv);
    try {
        mosaic::tpch::Tpch tpch(arguments);
        tpch.fill();
        return tpch.run();
    } catch (const std::exception& error) {
        std::cout << "tpch: " << error.what() << '\n';
        return 1;
    }
}
