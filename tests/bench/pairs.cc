#include "bench/pairs.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <sched.h>

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

void run_side(
    int calls,
    const std::function<std::size_t()>& call,
    std::size_t wanted,
    std::vector<double>& times
) {
    for (int i = 0; i < calls; ++i) {
        const auto begin = std::chrono::steady_clock::now();
        const std::size_t got = call();
        const auto end = std::chrono::steady_clock::now();
        if (got != wanted) {
            std::fprintf(stderr, "wrong answer: %zu, not %zu\n", got, wanted);
            std::exit(1);
        }
        times.push_back(std::chrono::duration<double, std::micro>(end - begin).count());
    }
}

}  // namespace

Comparison compare(
    int calls, const std::function<std::size_t()>& ours, const std::function<std::size_t()>& raw
) {
    const std::size_t wanted = raw();
    std::vector<double> unused;
    run_side(calls / 10 + 1, ours, wanted, unused);
    run_side(calls / 10 + 1, raw, wanted, unused);
    std::vector<double> all_ours;
    std::vector<double> all_raw;
    std::vector<double> ratios;
    for (int pair = 0; pair < kPairs; ++pair) {
        std::vector<double> of_ours;
        std::vector<double> of_raw;
        if (pair % 2 == 0) {
            run_side(calls, ours, wanted, of_ours);
            run_side(calls, raw, wanted, of_raw);
        } else {
            run_side(calls, raw, wanted, of_raw);
            run_side(calls, ours, wanted, of_ours);
        }
        all_ours.insert(all_ours.end(), of_ours.begin(), of_ours.end());
        all_raw.insert(all_raw.end(), of_raw.begin(), of_raw.end());
        ratios.push_back(at_part(of_ours, 0.5) / at_part(of_raw, 0.5));
    }
    std::sort(ratios.begin(), ratios.end());
    return {
        times_of(all_ours),
        times_of(all_raw),
        ratios[ratios.size() / 2],
        ratios.front(),
        ratios.back()};
}

void print_head() {
    std::printf(
        "| what | ours p50 us | p99 us | raw p50 us | p99 us | ratio | lowest to highest |\n"
    );
    std::printf("|---|---|---|---|---|---|---|\n");
}

void print_row(const std::string& name, const Comparison& c) {
    std::printf(
        "| %s | %.1f | %.1f | %.1f | %.1f | %.2f | %.2f to %.2f |\n",
        name.c_str(),
        c.ours.p50,
        c.ours.p99,
        c.raw.p50,
        c.raw.p99,
        c.ratio,
        c.ratio_low,
        c.ratio_high
    );
    std::fflush(stdout);
}

void pin(int pid, int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    const std::filesystem::path tasks = "/proc/" + std::to_string(pid) + "/task";
    for (const auto& task : std::filesystem::directory_iterator(tasks))
        ::sched_setaffinity(std::atoi(task.path().filename().c_str()), sizeof set, &set);
}

}  // namespace mosaic::bench
