#pragma once

#include "cluster.h"
#include "compare.h"
#include "corpus.h"
#include "one_server.h"

#include <map>
#include <string>
#include <vector>

namespace mosaic::oracle {

/// What came of a run.
struct Tally {
    int statements = 0;
    int queries = 0;  ///< SELECT, also in parentheses or after WITH.
    int queries_refused = 0;
    int different = 0;
    int refused = 0;                                           ///< As the case allows.
    int unexpected = 0;                                        ///< Refused without leave.
    std::map<std::string, std::vector<std::string>> refusals;  ///< Error id -> cases.
    std::vector<std::string> answered;  ///< Cases that may be refused and were not.

    Tally& operator+=(const Tally& other);
};

enum class Verbosity : std::uint8_t { kDifferences, kEverything };

/// What the comparison of the case's answers may ask. Both must outlive it.
[[nodiscard]] Questions questions_about(OneServer& one, const Case& of);

/// Runs cases on both sides and compares. Prints what differs.
class Run {
public:
    Run(OneServer& one, Cluster& cluster, int shards, Verbosity verbosity)
        : one_(one), cluster_(cluster), shards_(shards), verbosity_(verbosity) {}

    /// Compares the tables as they stand.
    void compare_tables();
    void compare(const std::vector<Case>& cases);

    [[nodiscard]] const Tally& tally() const { return tally_; }

private:
    void compare(const Case& of);
    [[nodiscard]] Answer ask_one(const Case& of);
    void compare_table(const Case& written, const std::string& table);
    void judge(const Case& of, const Answer& expected, const Answer& actual);
    void note_refusal(const Case& of, const Answer& expected, const Answer& actual);
    void report(
        const Case& of, std::string_view what, const Answer& expected, const Answer& actual
    );

    OneServer& one_;
    Cluster& cluster_;
    int shards_;
    Verbosity verbosity_;
    Tally tally_;
};

/// Runs cases on the one server alone: each must succeed, or fail as it says. \return how many did
/// not.
[[nodiscard]] int run_on_one_server(
    OneServer& one, const std::vector<Case>& cases, Verbosity verbosity
);

}  // namespace mosaic::oracle
