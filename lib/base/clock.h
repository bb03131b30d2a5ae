#pragma once

#include <chrono>
#include <cstdint>

namespace mosaic {

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;

/// Wall-clock time, milliseconds since 1970. May step either way, as the system's clock does.
///
/// In builds with MOSAIC_TEST_HOOKS the environment variable MOSAIC_CLOCK_STEPS, for example
/// `200:+5000,400:-5000`, adds 5 s from 200 ms after the first call on and takes 5 s off again
/// 200 ms later; it is read once.
[[nodiscard]] std::uint64_t wall_clock_ms();

}  // namespace mosaic
