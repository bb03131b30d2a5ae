#pragma once

#include "base/clock.h"
#include "base/mutex.h"

#include <atomic>
#include <cstdint>
#include <functional>

namespace mosaic::pool {

/// One thread that calls back at the times it is asked to; started by the first of them, asleep
/// when there is none.
class Keeper {
public:
    /// Called without a lock; says when it is to be called next.
    using Tick = std::function<TimePoint(TimePoint now)>;

    explicit Keeper(Tick tick) : tick_(std::move(tick)) {}

    Keeper(const Keeper&) = delete;
    Keeper& operator=(const Keeper&) = delete;

    /// Ticks at `when` at the latest. One atomic load when that is so already.
    void tick_by(TimePoint when);
    /// Ends the thread. \pre tick_by() is not called any more, or does nothing harmful
    void finish();

private:
    void run();

    const Tick tick_;
    Mutex mutex_;
    CondVar changed_;
    std::atomic<TimePoint> wakes_at_{TimePoint::max()};
    bool is_running_ ABSL_GUARDED_BY(mutex_) = false;
    bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mosaic::pool
