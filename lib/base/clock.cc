#include "base/clock.h"

#ifdef MOSAIC_TEST_HOOKS
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

namespace mosaic {
namespace {

struct Steps {
    TimePoint start = std::chrono::steady_clock::now();
    std::vector<std::pair<std::int64_t, std::int64_t>> at_ms_and_ms;

    Steps() {
        const char* text = std::getenv("MOSAIC_CLOCK_STEPS");
        if (text == nullptr)
            return;
        const std::vector<std::string> steps = absl::StrSplit(text, ',', absl::SkipEmpty());
        for (const std::string& step : steps) {
            const std::vector<std::string> halves = absl::StrSplit(step, ':');
            std::int64_t at = 0;
            std::int64_t by = 0;
            if (halves.size() == 2 && absl::SimpleAtoi(halves[0], &at) &&
                absl::SimpleAtoi(halves[1], &by))
                at_ms_and_ms.emplace_back(at, by);
        }
    }

    std::int64_t now() const {
        if (at_ms_and_ms.empty())
            return 0;
        const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now() - start
        );
        std::int64_t sum = 0;
        for (const auto& [at, by] : at_ms_and_ms) sum += elapsed.count() >= at ? by : 0;
        return sum;
    }
};

}  // namespace

std::timespec wall_clock() {
    static const Steps steps;
    std::timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    const std::int64_t step_ms = steps.now();
    now.tv_sec += step_ms / 1000;
    now.tv_nsec += step_ms % 1000 * 1'000'000;
    constexpr std::int64_t kNsPerSecond = 1'000'000'000;
    if (now.tv_nsec < 0) {
        now.tv_nsec += kNsPerSecond;
        now.tv_sec -= 1;
    } else if (now.tv_nsec >= kNsPerSecond) {
        now.tv_nsec -= kNsPerSecond;
        now.tv_sec += 1;
    }
    return now;
}

}  // namespace mosaic
#endif
