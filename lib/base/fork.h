#pragma once

#include <cstdint>

namespace mosaic {

/// Grows by one in each child that fork() makes, so an object that remembers the value it was built
/// under knows whether it still lives in the process that built it. Costs one relaxed load.
[[nodiscard]] std::uint32_t fork_generation();

}  // namespace mosaic
