#include "base/status.h"
#include "cluster.h"
#include "corpus.h"
#include "corpus_main.h"
#include "one_server.h"
#include "random_run.h"
#include "run.h"
#include "support/test_servers.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <vector>

/// The oracle: every statement of the corpus runs on one server that holds all rows and on Mosaic
/// over some numbers of logical shards, and the answers must be equal (query.md, rule 16).
namespace mosaic::oracle {
namespace {

constexpr int kShardServersMax = 3;
constexpr int kRefusedPercentMax = 1;  // of the SELECTs of the whole corpus

struct Arguments {
    std::string driver = "mariadb";
    std::vector<int> shards;
    std::string only;
    std::filesystem::path folder = MOSAIC_ORACLE_CASES;
    std::string corpus;        ///< Folders of others' statements, instead of the cases.
    std::uint64_t random = 0;  ///< So many generated statements, instead of the cases.
    std::uint64_t first = 0;
    std::uint64_t seed = 1;
    bool is_verbose = false;
    bool is_single_only = false;
};

struct File {
    std::string name;
    std::vector<Case> cases;
};

bool is_chosen(const Case& of, const std::string& only) {
    if (only.empty() || of.where == only)
        return true;
    return of.where.substr(0, of.where.find(':')) == only;
}

std::vector<File> read_files(const Arguments& arguments, Dialect dialect) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(arguments.folder)) {
        if (entry.path().extension() == ".cases")
            paths.push_back(entry.path());
    }
    std::ranges::sort(paths);
    std::vector<File> files;
    for (const std::filesystem::path& path : paths) {
        File file{path.filename().string(), test::must(read_cases(path, dialect))};
        std::erase_if(file.cases, [&](const Case& of) { return !is_chosen(of, arguments.only); });
        if (!file.cases.empty())
            files.push_back(std::move(file));
    }
    return files;
}

Contents read_contents(const Arguments& arguments, Dialect dialect) {
    return {
        .tables = test::must(read_cases(arguments.folder / "tables.sql", dialect)),
        .rows = test::must(read_cases(arguments.folder / "rows.sql", dialect)),
        .spread = arguments.folder / "spread.yaml",
    };
}

void fill(OneServer& one, const Contents& contents) {
    one.end_sessions();
    one.recreate();
    for (const std::vector<Case>* statements : {&contents.tables, &contents.rows}) {
        for (const Case& of : *statements) {
            const Answer answer = one.ask(of);
            if (!answer.is_ok())
                throw std::runtime_error(of.where + ": " + describe(answer, 0));
        }
    }
}

int run_single(OneServer& one, const Arguments& arguments) {
    fill(one, read_contents(arguments, one.dialect()));
    int statements = 0;
    int wrong = 0;
    for (const File& file : read_files(arguments, one.dialect())) {
        statements += static_cast<int>(file.cases.size());
        wrong += run_on_one_server(
            one, file.cases, arguments.is_verbose ? Verbosity::kEverything : Verbosity::kDifferences
        );
    }
    std::cout << absl::StrFormat(
        "%d statements on one server, %d not as they say\n", statements, wrong
    );
    return wrong == 0 && statements > 0 ? 0 : 1;
}

void print(const Tally& tally, std::string_view over) {
    std::cout << absl::StrFormat(
        "%s: %d statements, %d of them SELECTs; %d different, %d refused, %d of them SELECTs, "
        "%d refused unexpectedly\n",
        over,
        tally.statements,
        tally.queries,
        tally.different,
        tally.refused,
        tally.queries_refused,
        tally.unexpected
    );
}

void print_refusals(const Tally& tally) {
    for (const auto& [id, cases] : tally.refusals) {
        std::vector<std::string> places = cases;
        std::ranges::sort(places);
        places.erase(std::unique(places.begin(), places.end()), places.end());
        std::cout << "  " << id << ", " << cases.size() << " times:";
        for (const std::string& place : places) std::cout << ' ' << place;
        std::cout << '\n';
    }
    if (!tally.answered.empty())
        std::cout << "  may be refused, but answered equally " << tally.answered.size()
                  << " times\n";
}

int run_all(
    OneServer& one, test::TestServers& servers, int shard_servers, const Arguments& arguments
) {
    const Contents contents = read_contents(arguments, one.dialect());
    const std::vector<File> files = read_files(arguments, one.dialect());
    Cluster cluster(servers, shard_servers, arguments.driver);
    Tally total;
    for (const int shards : arguments.shards) {
        fill(one, contents);
        cluster.lay_out(shards, contents);
        Run run(
            one,
            cluster,
            shards,
            arguments.is_verbose ? Verbosity::kEverything : Verbosity::kDifferences
        );
        run.compare_tables();
        for (const File& file : files) run.compare(file.cases);
        print(run.tally(), absl::StrFormat("%s over %d shards", arguments.driver, shards));
        total += run.tally();
    }
    print(total, "oracle");
    print_refusals(total);
    const bool is_refused_too_often =
        arguments.only.empty() && total.queries_refused * 100 > total.queries * kRefusedPercentMax;
    if (is_refused_too_often)
        std::cout << "more than " << kRefusedPercentMax << "% of the SELECTs refused\n";
    const bool is_good =
        total.different == 0 && total.unexpected == 0 && !is_refused_too_often && !files.empty();
    return is_good ? 0 : 1;
}

int run(const Arguments& arguments) {
    int shard_servers = 0;
    if (!arguments.is_single_only)
        shard_servers = std::min(std::ranges::max(arguments.shards), kShardServersMax);
    test::TestServers servers(1 + shard_servers);
    const auto driver = driver::make_driver(arguments.driver);
    if (driver == nullptr)
        throw std::runtime_error("no driver " + arguments.driver);
    OneServer one(driver, servers.options(0));
    if (arguments.is_single_only)
        return run_single(one, arguments);
    return run_all(one, servers, shard_servers, arguments);
}

std::vector<int> default_shards(const Arguments& arguments, bool is_corpus) {
    if (arguments.random > 0)
        return {1, 3, 7};
    if (is_corpus || test::TestServers::is_mysql())
        return {3};
    return {1, 2, 3, 7, 16};
}

int run_generated(const Arguments& arguments) {
    RandomArguments out;
    out.cases = arguments.folder;
    out.driver = arguments.driver;
    out.shards = arguments.shards;
    out.count = arguments.random;
    out.first = arguments.first;
    out.seed = arguments.seed;
    if (arguments.is_verbose)
        out.verbosity = Verbosity::kEverything;
    return run_random(out);
}

int run_others(const Arguments& arguments) {
    CorpusArguments out;
    out.corpus = arguments.corpus;
    if (const char* folder = std::getenv("MOSAIC_CORPUS"); arguments.corpus.empty()) {
        if (folder == nullptr || *folder == '\0') {
            std::cout << "oracle: skipped: neither --corpus nor MOSAIC_CORPUS names a folder\n";
            return 0;
        }
        out.corpus = folder;
    }
    out.driver = arguments.driver;
    out.shards = arguments.shards;
    out.only = arguments.only;
    if (arguments.is_verbose)
        out.verbosity = Verbosity::kEverything;
    return run_corpus(out);
}

}  // namespace
}  // namespace mosaic::oracle

int main(int argc, char** argv) {
    mosaic::oracle::Arguments arguments;
    CLI::App app("Compares Mosaic with one server that holds all rows.");
    app.add_option("--driver", arguments.driver, "mariadb or connector-cpp");
    app.add_option("--shards", arguments.shards, "Numbers of shards, one run each")
        ->delimiter(',')
        ->check(CLI::Range(1, 64));
    app.add_option(
        "--only", arguments.only, "One file of the cases, or file:line; one folder of --corpus"
    );
    app.add_option("--cases", arguments.folder, "The folder of the cases");
    const CLI::Option* corpus =
        app.add_option(
               "--corpus",
               arguments.corpus,
               "Folders of others' statements, instead of the cases; without one: MOSAIC_CORPUS"
        )
            ->expected(0, 1);
    app.add_option(
        "--random", arguments.random, "So many generated statements, instead of the cases"
    );
    app.add_option("--seed", arguments.seed, "Which statements are generated");
    app.add_option("--first", arguments.first, "The number of the first generated statement");
    app.add_flag("--verbose", arguments.is_verbose, "Show equal answers too");
    app.add_flag(
        "--single-only", arguments.is_single_only, "Run the corpus on the one server alone"
    );
    CLI11_PARSE(app, argc, argv);
    const bool is_corpus = corpus->count() > 0;
    if (arguments.shards.empty())
        arguments.shards = mosaic::oracle::default_shards(arguments, is_corpus);
    try {
        if (arguments.random > 0)
            return mosaic::oracle::run_generated(arguments);
        return is_corpus ? mosaic::oracle::run_others(arguments) : mosaic::oracle::run(arguments);
    } catch (const std::exception& error) {
        std::cout << "oracle: " << error.what() << '\n';
        return 1;
    }
}
