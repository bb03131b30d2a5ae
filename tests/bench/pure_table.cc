#include "bench/pure_table.h"

#include <algorithm>
#include <cstdio>

namespace mosaic::bench {

void PureTable::ReportRuns(const std::vector<Run>& runs) {
    for (const Run& run : runs) {
        if (run.run_type == Run::RT_Iteration)
            times_[run.run_name.function_name].push_back(run.GetAdjustedCPUTime());
    }
}

std::vector<double> PureTable::times_of(const std::string& name, double per_run) const {
    const auto found = times_.find(name);
    std::vector<double> times = found == times_.end() ? std::vector<double>() : found->second;
    for (double& time : times) time /= per_run;
    std::sort(times.begin(), times.end());
    return times;
}

void PureTable::print(std::span<const PureRow> rows) const {
    std::printf("| what | ns | spread | beside | ratio | at most |\n|---|---|---|---|---|---|\n");
    for (const PureRow& row : rows) {
        const std::vector<double> times = times_of(row.benchmark, row.per_run);
        if (times.empty())
            continue;
        const double median = times[times.size() / 2];
        std::printf(
            "| %s | %.1f | %.1f to %.1f |", row.what.c_str(), median, times.front(), times.back()
        );
        bool is_kept = row.ns_max == 0 || median <= row.ns_max;
        const std::vector<double> others = times_of(row.beside, 1);
        if (!others.empty()) {
            const double ratio = median / others[others.size() / 2];
            is_kept = ratio <= row.ratio_max;
            std::printf(" %s | %.2f | %.1f x", row.beside.c_str(), ratio, row.ratio_max);
        } else if (row.ns_max > 0) {
            std::printf(" | | %.0f ns", row.ns_max);
        } else {
            std::printf(" | |");
        }
        std::printf("%s |\n", is_kept ? "" : " MISSED");
    }
}

}  // namespace mosaic::bench
