#include "base/fork.h"

#include <pthread.h>

namespace mosaic {

namespace internal {
constinit std::atomic<std::uint32_t> fork_count{0};
}  // namespace internal

namespace {

// Runs before main(), so before any thread could fork. Who reads fork_count links this file, and so
// the registration.
[[maybe_unused]] const int kRegistered = pthread_atfork(nullptr, nullptr, [] {
    internal::fork_count.fetch_add(1, std::memory_order_relaxed);
});

}  // namespace
}  // namespace mosaic
