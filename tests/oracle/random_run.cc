#include "random_run.h"

#include "cluster.h"
#include "compare.h"
#include "one_server.h"
#include "random_query.h"
#include "random_shrink.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <utility>

namespace mosaic::oracle {
namespace {

constexpr std::size_t kRowsShown = 8;
constexpr int kServersMax = 3;
constexpr int kTooLongMariaDb = 1969;
constexpr int kTooLongMySql = 3024;
constexpr std::uint64_t kRefusedPerMilleMax = 10;
constexpr std::uint64_t kAnsweredPercentMin = 90;

/// What became of one statement.
struct Judged {
    enum class As : std::uint8_t { kEqual, kErrorAlike, kRefused, kDifferent };
    As as = As::kEqual;
    std::string why;
    Answer expected;
    Answer actual;
};

/// The constructs of a statement, for the count of refusals.
std::vector<std::string> constructs_of(const std::string& sql) {
    static const std::vector<std::string> all = {
        "WITH RECURSIVE",
        "WITH w",
        "UNION",
        "INTERSECT",
        "EXCEPT",
        " OVER (",
        "ROLLUP",
        "GROUP BY",
        "DISTINCT",
        "LEFT JOIN",
        "RIGHT JOIN",
        "EXISTS",
        "(SELECT",
        "LIMIT",
        "?",
    };
    std::vector<std::string> found;
    for (const std::string& construct : all) {
        if (absl::StrContains(sql, construct))
            found.push_back(construct);
    }
    return found;
}

/// Rows that came out of order are no refusal: the plan was wrong.
bool is_fault(const Answer& answer) {
    return answer.detail.id.to_string() == "MO-4104";
}

/// A statement counted, with the first of its kind as an example.
struct Counted {
    std::uint64_t count = 0;
    std::map<std::string, std::uint64_t> constructs;
    std::string example;

    void add(const Case& of, const Answer& answer) {
        if (count++ == 0)
            example = of.where + ": " + describe(answer, 0);
        for (const std::string& construct : constructs_of(of.sql)) ++constructs[construct];
    }
};

class RandomRun {
public:
    RandomRun(const RandomArguments& arguments, test::TestServers& servers);

    void run();
    [[nodiscard]] int report() const;

private:
    struct Sharded {
        int shards;
        std::unique_ptr<Cluster> cluster;
    };

    void fill();
    void limit_time();
    void lay_out(test::TestServers& servers, int shards);
    [[nodiscard]] Case case_for(const Query& query, const std::string& where);
    [[nodiscard]] Judged judge(Cluster& cluster, const Case& of);
    void note(const Case& of, const Judged& judged);
    void show(const Query& query, const Sharded& sharded, const Judged& judged, const Case& of);

    const RandomArguments& arguments_;
    OneServer one_;
    Contents contents_;
    std::vector<Sharded> clusters_;
    std::vector<TableFacts> tables_;
    std::map<Judged::As, std::uint64_t> judged_;
    std::map<int, std::uint64_t> levels_;
    std::map<std::string, Counted> refused_;
    std::map<int, Counted> errors_;
    std::chrono::duration<double> took_{};
};

Contents contents_of(const RandomArguments& arguments, Dialect dialect) {
    return {
        .tables = test::must(read_cases(arguments.cases / "tables.sql", dialect)),
        .rows = test::must(read_cases(arguments.cases / "rows.sql", dialect)),
        .spread = arguments.cases / "spread.yaml",
    };
}

RandomRun::RandomRun(const RandomArguments& arguments, test::TestServers& servers)
    : arguments_(arguments),
      one_(driver::make_driver(arguments.driver), servers.options(0)),
      contents_(contents_of(arguments, one_.dialect())) {
    fill();
    for (const int shards : arguments.shards) lay_out(servers, shards);
    limit_time();
    tables_ = read_tables(one_, clusters_.front().cluster->tables());
}

void RandomRun::fill() {
    one_.recreate();
    for (const std::vector<Case>* statements : {&contents_.tables, &contents_.rows}) {
        for (const Case& of : *statements) test::must(one_.ask(of).status);
    }
}

/// A statement that one server needs so long for is counted with its error.
void RandomRun::limit_time() {
    const bool is_mysql = one_.dialect() == Dialect::kMySql;
    test::must(
        one_.ask(is_mysql ? "SET max_execution_time = 10000" : "SET max_statement_time = 10").status
    );
}

/// A cluster of its own logical database on the same servers: all of them stay for the whole run.
void RandomRun::lay_out(test::TestServers& servers, int shards) {
    const std::string database = absl::StrFormat("over%02d", shards);
    std::ifstream in(contents_.spread);
    const std::string spread(
        (std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>()
    );
    Contents contents = contents_;
    contents.spread = servers.folder() / (database + "-spread.yaml");
    std::ofstream(contents.spread)
        << absl::StrReplaceAll(spread, {{std::string(kDatabase) + "_00", database + "_00"}});
    auto cluster = std::make_unique<Cluster>(
        servers, std::min(shards, kServersMax), arguments_.driver, database
    );
    cluster->lay_out(shards, contents);
    clusters_.push_back({shards, std::move(cluster)});
}

// Values out of a column's range that are compared with it, or looked up in its key, are warned of
// or not, by the way that a server takes to join. And the one server takes values by PREPARE:
// MySQL's loses characters of four bytes in its text, and the warnings about it.
Case RandomRun::case_for(const Query& query, const std::string& where) {
    Case of = case_of(query, where);
    const bool has_subquery = absl::StrContains(of.sql, "(SELECT");
    const bool is_join = query.selects.size() > 1 || query.selects.front().from.size() > 1;
    of.may_warn_otherwise |= has_subquery || is_join;
    if (one_.dialect() != Dialect::kMySql || of.values.empty())
        return of;
    of.may_warn_otherwise = true;
    const bool has_four_bytes =
        std::ranges::any_of(of.sql, [](char c) { return static_cast<unsigned char>(c) >= 0xF0; });
    if (!has_four_bytes)
        return of;
    Case plain = case_of(query, where, Values::kInText);
    plain.may_warn_otherwise = true;
    return plain;
}

Judged RandomRun::judge(Cluster& cluster, const Case& of) {
    Judged judged{.as = {}, .why = {}, .expected = one_.ask(of), .actual = {}};
    const int error = judged.expected.detail.mysql_errno;
    if (error == kTooLongMariaDb || error == kTooLongMySql) {
        judged.as = Judged::As::kErrorAlike;
        return judged;
    }
    judged.actual = cluster.ask(of, true);
    if (judged.actual.is_refusal() && !is_fault(judged.actual)) {
        judged.as = Judged::As::kRefused;
        return judged;
    }
    const std::optional<std::string> found =
        difference(of, judged.expected, judged.actual, questions_about(one_, of));
    if (found) {
        judged.as = Judged::As::kDifferent;
        judged.why = *found;
    } else if (!judged.expected.is_ok()) {
        judged.as = Judged::As::kErrorAlike;
    }
    return judged;
}

void RandomRun::note(const Case& of, const Judged& judged) {
    ++judged_[judged.as];
    if (judged.as == Judged::As::kRefused)
        refused_[judged.actual.detail.id.to_string()].add(of, judged.actual);
    if (judged.as == Judged::As::kErrorAlike)
        errors_[judged.expected.detail.mysql_errno].add(of, judged.expected);
}

/// Prints what differs, made as small as it gets, as a case for a .cases file.
void RandomRun::show(
    const Query& query, const Sharded& sharded, const Judged& judged, const Case& of
) {
    const auto is_still_wrong = [&](const Query& smaller) {
        const Judged again = judge(*sharded.cluster, case_for(smaller, of.where));
        return again.as == Judged::As::kDifferent &&
               again.expected.is_ok() == judged.expected.is_ok() &&
               again.actual.is_ok() == judged.actual.is_ok();
    };
    const Case smallest = case_for(shrink(query, is_still_wrong), of.where);
    const Judged shown = judge(*sharded.cluster, smallest);
    std::cout << absl::StrFormat(
                     "# %s over %d shards: %s\n%s  one server: %s\n  mosaic:     %s\n  as "
                     "generated: %s\n\n",
                     of.where,
                     sharded.shards,
                     shown.why,
                     pasted(smallest),
                     describe(shown.expected, kRowsShown),
                     describe(shown.actual, kRowsShown),
                     pasted(of)
                 )
              << std::flush;
}

void RandomRun::run() {
    const auto begin = std::chrono::steady_clock::now();
    for (std::uint64_t i = arguments_.first; i < arguments_.first + arguments_.count; ++i) {
        Choices choices(arguments_.seed, i);
        const Query query = QueryMaker(tables_, one_.dialect(), choices).statement();
        const Case of = case_for(query, absl::StrFormat("random %d:%d", arguments_.seed, i));
        const Sharded& sharded = clusters_[i % clusters_.size()];
        if (arguments_.verbosity == Verbosity::kEverything)
            std::cout << "# " << of.where << '\n' << pasted(of) << std::flush;
        const Judged judged = judge(*sharded.cluster, of);
        note(of, judged);
        ++levels_[sharded.cluster->level_of(of)];
        if (judged.as == Judged::As::kDifferent)
            show(query, sharded, judged, of);
    }
    took_ = std::chrono::steady_clock::now() - begin;
}

int RandomRun::report() const {
    const auto count = [this](Judged::As as) {
        const auto found = judged_.find(as);
        return found == judged_.end() ? 0 : found->second;
    };
    const std::uint64_t total = std::max<std::uint64_t>(arguments_.count, 1);
    const std::uint64_t equal = count(Judged::As::kEqual);
    const std::uint64_t refused = count(Judged::As::kRefused);
    const std::uint64_t different = count(Judged::As::kDifferent);
    std::cout << absl::StrFormat(
        "random: seed %d, %d statements in %.0f s (%.0f a second): %d answered equally (%.1f%%), "
        "%d "
        "errors alike, %d refused (%.2f%%), %d different\n",
        arguments_.seed,
        arguments_.count,
        took_.count(),
        static_cast<double>(total) / std::max(took_.count(), 1e-3),
        equal,
        100.0 * static_cast<double>(equal) / static_cast<double>(total),
        count(Judged::As::kErrorAlike),
        refused,
        100.0 * static_cast<double>(refused) / static_cast<double>(total),
        different
    );
    for (const auto& [level, times] : levels_)
        std::cout << absl::StrFormat("  level %d: %d\n", level, times);
    const auto list = [](const std::string& name, const Counted& counted) {
        std::cout << "  " << name << ": " << counted.count << " times;";
        for (const auto& [construct, times] : counted.constructs)
            std::cout << ' ' << construct << ": " << times << ',';
        std::cout << "\n    " << counted.example << '\n';
    };
    for (const auto& [id, counted] : refused_) list("refused " + id, counted);
    for (const auto& [number, counted] : errors_) list("errno " + std::to_string(number), counted);
    const bool is_good = different == 0 && equal * 100 >= total * kAnsweredPercentMin &&
                         refused * 1000 <= total * kRefusedPerMilleMax;
    return is_good ? 0 : 1;
}

}  // namespace

int run_random(const RandomArguments& arguments) {
    const int servers_needed = std::min(std::ranges::max(arguments.shards), kServersMax);
    test::TestServers servers(1 + servers_needed);
    RandomRun run(arguments, servers);
    run.run();
    return run.report();
}

}  // namespace mosaic::oracle
