#pragma once

#include <absl/functional/function_ref.h>

#include <cstdint>
#include <string>

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

/// One call of a side. Gives a number that stands for its answer.
using Side = absl::FunctionRef<std::uint64_t()>;

/// Runs `ours` and `raw` `calls` times each, in turn, kPairs times. The answers of a pair must add
/// up to the same number on both sides: a benchmark that answers wrongly ends the program.
[[nodiscard]] Comparison compare(int calls, Side ours, Side raw);

/// One line of the table. `ratio_max`: the most that the ratio may be; 0: nothing is promised.
struct Line {
    std::string name;
    int calls;
    double ratio_max = 0;
};

void compare_and_print(const Line& line, Side ours, Side raw);

void print_head();
/// From now on compare_and_print() skips lines without `word` in their name.
void print_only(std::string word);

}  // namespace mosaic::bench
