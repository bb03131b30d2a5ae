#pragma once

#include <atomic>
#include <cstdint>

namespace mosaic {

namespace internal {
/// Counted by fork.cc in each child.
extern constinit std::atomic<std::uint32_t> fork_count;
}  // namespace internal

/// Grows by one in each child that fork() makes, so an object that remembers the value it was built
/// under knows whether it still lives in the process that built it. Costs one relaxed load.
[[nodiscard]] inline std::uint32_t fork_generation() {
    return internal::fork_count.load(std::memory_order_relaxed);
}

}  // namespace mosaic
