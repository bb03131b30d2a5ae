#include "pool/keeper.h"

#include <algorithm>
#include <thread>
#include <utility>

namespace mosaic::pool {
namespace {

// Ticks are never closer, whatever is asked for.
constexpr std::chrono::milliseconds kTickMin{10};

}  // namespace

void Keeper::tick_by(TimePoint when) {
    if (when >= wakes_at_.load())
        return;
    const MutexLock lock(mutex_);
    if (is_finished_ || when >= wakes_at_.load())
        return;
    wakes_at_.store(when);
    if (!std::exchange(is_running_, true))
        // Detached, and waited for by finish(): a forked child has a copy of this, but no thread.
        std::thread([this] { run(); }).detach();
    changed_.notify_all();
}

void Keeper::run() {
    mutex_.lock();
    while (!is_finished_) {
        const TimePoint now = std::chrono::steady_clock::now();
        const TimePoint wakes_at = wakes_at_.load();
        if (wakes_at == TimePoint::max()) {
            changed_.wait(mutex_);
        } else if (now < wakes_at) {
            changed_.wait_until(mutex_, wakes_at);
        } else {
            wakes_at_.store(TimePoint::max());  // what is asked for from now on counts anew
            mutex_.unlock();
            const TimePoint next = std::max(tick_(now), now + kTickMin);
            mutex_.lock();
            wakes_at_.store(std::min(next, wakes_at_.load()));
        }
    }
    is_running_ = false;
    changed_.notify_all();
    mutex_.unlock();
}

void Keeper::finish() {
    const MutexLock lock(mutex_);
    is_finished_ = true;
    changed_.notify_all();
    while (is_running_) changed_.wait(mutex_);
}

}  // namespace mosaic::pool
