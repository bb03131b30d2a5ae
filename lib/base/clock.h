#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>

namespace mosaic {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// Wall-clock time since 1970. May step either way, as the system's clock does.
///
/// In builds with MOSAIC_TEST_HOOKS the environment variable MOSAIC_CLOCK_STEPS, for example
/// `200:+5000,400:-5000`, adds 5 s from 200 ms after the first call on and takes 5 s off again
/// 200 ms later; it is read once.
#ifdef MOSAIC_TEST_HOOKS
[[nodiscard]] std::timespec wall_clock();
#else
// Inline: an id is made in little more time than the clock takes to be read.
[[nodiscard]] inline std::timespec wall_clock() {
    std::timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return now;
}
#endif

[[nodiscard]] inline std::uint64_t to_ms(const std::timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1000 +
           static_cast<std::uint64_t>(time.tv_nsec) / 1'000'000;
}

/// The same in milliseconds.
[[nodiscard]] inline std::uint64_t wall_clock_ms() {
    return to_ms(wall_clock());
}

}  // namespace mosaic
