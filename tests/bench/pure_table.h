#pragma once

#include <benchmark/benchmark.h>

#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace mosaic::bench {

/// One line of the table: what a benchmark measures, and what it may cost.
struct PureRow {
    std::string benchmark;    ///< Its name.
    std::string what;         ///< For people.
    double per_run = 1;       ///< How many of them one iteration does.
    double ns_max = 0;        ///< At most so many nanoseconds; 0: nothing is promised.
    std::string beside = {};  ///< Or a benchmark to be compared with,
    double ratio_max = 0;     ///< and the most that the ratio may be.
};

/// Collects the repetitions of all benchmarks, by processor time: other work on the machine
/// must not count.
class PureTable final : public benchmark::BenchmarkReporter {
public:
    bool ReportContext(const Context&) override { return true; }

    void ReportRuns(const std::vector<Run>& runs) override;
    void print(std::span<const PureRow> rows) const;

private:
    /// Of one of what the benchmark does, sorted, in nanoseconds. Empty: it was not run.
    [[nodiscard]] std::vector<double> times_of(const std::string& name, double per_run) const;

    std::map<std::string, std::vector<double>> times_;
};

}  // namespace mosaic::bench
