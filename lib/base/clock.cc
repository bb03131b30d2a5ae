#include "base/clock.h"

#include <ctime>

#ifdef MOSAIC_TEST_HOOKS
#include <absl/strings/numbers.h>
#include <absl/strings/str_split.h>

#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>
#include <vector>
#endif

namespace mosaic {
namespace {

std::uint64_t system_ms() {
    timespec now{};
    clock_gettime(CLOCK_REALTIME, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1000 +
           static_cast<std::uint64_t>(now.tv_nsec) / 1'000'000;
}

#ifdef MOSAIC_TEST_HOOKS
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
        for (const auto& [at, by] : at_ms_and_ms)
            sum += elapsed.count() >= at ? by : 0;
        return sum;
    }
};
#endif

}  // namespace

std::uint64_t wall_clock_ms() {
#ifdef MOSAIC_TEST_HOOKS
    static const Steps steps;
    return system_ms() + static_cast<std::uint64_t>(steps.now());
#else
    return system_ms();
#endif
}

}  // namespace mosaic
