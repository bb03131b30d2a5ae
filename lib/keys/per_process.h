#pragma once

#include "base/fork.h"

#include <atomic>
#include <functional>
#include <memory>
#include <utility>

namespace mosaic::keys {

/// A value that a forked child gets anew, so that it shares neither blocks of ids nor mutexes that
/// a thread of its parent may have held. What it had from the parent is left alone for good: its
/// threads and locks are in no state to be destroyed.
///
/// \par Thread safety
/// All calls from any thread.
template <typename T>
class PerProcess {
public:
    explicit PerProcess(std::function<std::unique_ptr<T>()> make)
        : make_(std::move(make)), held_(new Held{fork_generation(), make_()}) {}

    ~PerProcess() {
        Held* held = held_.load(std::memory_order_acquire);
        if (held->fork_generation == fork_generation())
            delete held;
    }

    PerProcess(const PerProcess&) = delete;
    PerProcess& operator=(const PerProcess&) = delete;

    [[nodiscard]] T& get() {
        Held* held = held_.load(std::memory_order_acquire);
        if (held->fork_generation == fork_generation()) [[likely]]
            return *held->value;
        return renew(held);
    }

private:
    struct Held {
        std::uint32_t fork_generation;
        std::unique_ptr<T> value;
    };

    T& renew(Held* parents) {
        auto fresh = std::make_unique<Held>();
        fresh->fork_generation = fork_generation();
        fresh->value = make_();
        if (held_.compare_exchange_strong(parents, fresh.get(), std::memory_order_acq_rel))
            return *fresh.release()->value;
        return *parents->value;  // another thread of this child was first
    }

    std::function<std::unique_ptr<T>()> make_;
    std::atomic<Held*> held_;
};

}  // namespace mosaic::keys
