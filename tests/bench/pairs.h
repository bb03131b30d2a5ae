#pragma once

#include <functional>
#include <string>
#include <vector>

namespace mosaic::bench {

/// Times of one side of a pair, in microseconds.
struct Times {
    double p50 = 0;
    double p99 = 0;
};

/// Ours against the raw driver, measured in turn so that a drift of the machine hits both.
struct Comparison {
    Times ours;  ///< Of all calls of all pairs.
    Times raw;
    double ratio = 0;      ///< Median over the pairs of the ratio of their p50.
    double ratio_low = 0;  ///< Smallest and largest of these ratios.
    double ratio_high = 0;
};

inline constexpr int kPairs = 15;

/// Runs `ours` and `raw` `calls` times each, in turn, kPairs times. Both return a number that must
/// be the same: a benchmark that answers wrongly is stopped.
[[nodiscard]] Comparison compare(
    int calls, const std::function<std::size_t()>& ours, const std::function<std::size_t()>& raw
);

/// One line of the table.
void print_row(const std::string& name, const Comparison& comparison);
void print_head();

/// Puts this process's threads, or those of `pid`, on one processor.
void pin(int pid, int processor);

}  // namespace mosaic::bench
