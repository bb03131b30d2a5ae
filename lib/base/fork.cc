#include "base/fork.h"

#include <atomic>
#include <pthread.h>

namespace mosaic {
namespace {

constinit std::atomic<std::uint32_t> generation{0};

// Runs before main(), so before any thread could fork.
const int kRegistered =
    pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1, std::memory_order_relaxed); });

}  // namespace

std::uint32_t fork_generation() {
    // Keeps the registration alive in a static link: nothing else refers to it.
    static_cast<void>(kRegistered);
    return generation.load(std::memory_order_relaxed);
}

}  // namespace mosaic
