#include "pool/crew.h"

#include <chrono>
#include <thread>
#include <utility>

namespace mosaic::pool {
namespace {

constexpr std::chrono::seconds kRestMax{2};

}  // namespace

void Crew::add(Job job) {
    const MutexLock lock(mutex_);
    if (is_finished_)
        return;
    queue_.push_back(std::move(job));
    if (resting_ < queue_.size() && threads_ < threads_max_) {
        ++threads_;
        // Detached, and counted instead: a forked child has a copy of this but not of the threads.
        std::thread([this] { serve(); }).detach();
    }
    changed_.notify_all();
}

void Crew::serve() {
    mutex_.lock();
    auto rest_until = std::chrono::steady_clock::now() + kRestMax;
    while (!is_finished_) {
        if (queue_.empty()) {
            ++resting_;
            const bool is_woken = changed_.wait_until(mutex_, rest_until);
            --resting_;
            if (!is_woken && queue_.empty())
                break;
            continue;
        }
        Job job = std::move(queue_.front());
        queue_.pop_front();
        mutex_.unlock();
        job();
        job = nullptr;  // what it holds is let go outside the lock
        mutex_.lock();
        rest_until = std::chrono::steady_clock::now() + kRestMax;
    }
    --threads_;
    changed_.notify_all();
    mutex_.unlock();
}

void Crew::finish() {
    std::deque<Job> dropped;
    const MutexLock lock(mutex_);
    is_finished_ = true;
    dropped.swap(queue_);
    changed_.notify_all();
    while (threads_ > 0) changed_.wait(mutex_);
}

}  // namespace mosaic::pool
