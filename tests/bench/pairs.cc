#include "bench/pairs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <utility>
#include <vector>

namespace mosaic::bench {
namespace {

double at_part(std::vector<double>& times, double part) {
    const auto at = static_cast<std::ptrdiff_t>(static_cast<double>(times.size() - 1) * part);
    std::nth_element(times.begin(), times.begin() + at, times.end());
    return times[static_cast<std::size_t>(at)];
}

Times times_of(std::vector<double>& times) {
    return {at_part(times, 0.5), at_part(times, 0.99)};
}

/// \return the sum of the answers.
std::uint64_t run_side(int calls, Side call, std::vector<double>& times) {
    std::uint64_t sum = 0;
    for (int i = 0; i < calls; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        sum += call();
        const auto end = std::chrono::steady_clock::now();
        times.push_back(std::chrono::duration<double, std::micro>(end - begin).count());
    }
    return sum;
}

struct Pair {
    std::vector<double> ours;
    std::vector<double> raw;
};

// The sides take turns several times within a pair: what else the machine does then hits both.
Pair run_pair(int calls, Side ours, Side raw, bool is_ours_first) {
    constexpr int kTurnsMax = 20;
    const int turn = std::max(1, calls / kTurnsMax);
    Pair pair;
    std::uint64_t answer = 0;
    std::uint64_t raw_answer = 0;
    for (int done = 0; done < calls; done += turn) {
        if (is_ours_first)
            answer += run_side(turn, ours, pair.ours);
        raw_answer += run_side(turn, raw, pair.raw);
        if (!is_ours_first)
            answer += run_side(turn, ours, pair.ours);
    }
    if (answer != raw_answer) {
        std::fprintf(
            stderr,
            "wrong answer: ours add up to %llu, those of the raw driver to %llu\n",
            static_cast<unsigned long long>(answer),
            static_cast<unsigned long long>(raw_answer)
        );
        std::exit(1);
    }
    return pair;
}

std::string& wanted_word() {
    static std::string word;
    return word;
}

}  // namespace

Comparison compare(int calls, Side ours, Side raw) {
    static_cast<void>(run_pair(calls / 10 + 1, ours, raw, true));  // warm
    Pair all;
    std::vector<double> ratios;
    for (int i = 0; i < kPairs; ++i) {
        Pair pair = run_pair(calls, ours, raw, i % 2 == 0);
        all.ours.insert(all.ours.end(), pair.ours.begin(), pair.ours.end());
        all.raw.insert(all.raw.end(), pair.raw.begin(), pair.raw.end());
        ratios.push_back(at_part(pair.ours, 0.5) / at_part(pair.raw, 0.5));
    }
    std::sort(ratios.begin(), ratios.end());
    return {
        times_of(all.ours),
        times_of(all.raw),
        ratios[ratios.size() / 2],
        ratios.front(),
        ratios.back()};
}

void print_head() {
    std::printf("| what | p50 us | p99 us | raw p50 us | raw p99 us | ratio | spread | at most |\n"
    );
    std::printf("|---|---|---|---|---|---|---|---|\n");
}

void print_only(std::string word) {
    wanted_word() = std::move(word);
}

void compare_and_print(const Line& line, Side ours, Side raw) {
    if (line.name.find(wanted_word()) == std::string::npos)
        return;
    const Comparison c = compare(line.calls, ours, raw);
    std::printf(
        "| %s | %.1f | %.1f | %.1f | %.1f | %.3f | %.2f to %.2f |",
        line.name.c_str(),
        c.ours.p50,
        c.ours.p99,
        c.raw.p50,
        c.raw.p99,
        c.ratio,
        c.ratio_low,
        c.ratio_high
    );
    if (line.ratio_max > 0)
        std::printf(" %.2f%s |\n", line.ratio_max, c.ratio <= line.ratio_max ? "" : " MISSED");
    else
        std::printf(" |\n");
    std::fflush(stdout);
}

}  // namespace mosaic::bench
