#include "exec/workers.h"

#include <utility>

namespace mosaic::exec {
namespace {

/// Counts down the works of one run_all().
class Pending {
public:
    explicit Pending(std::size_t count) : count_(count) {}

    void done() {
        const MutexLock lock(mutex_);
        if (--count_ == 0)
            zero_.notify_one();
    }

    void wait() {
        const MutexLock lock(mutex_);
        while (count_ > 0) zero_.wait(mutex_);
    }

private:
    Mutex mutex_;
    CondVar zero_;
    std::size_t count_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

Workers::~Workers() {
    std::vector<std::thread> threads;
    {
        const MutexLock lock(mutex_);
        is_ending_ = true;
        threads.swap(threads_);
    }
    wanted_.notify_all();
    for (std::thread& thread : threads) thread.join();
}

void Workers::run_all(std::size_t count, const std::function<void(std::size_t)>& work) {
    if (count == 0)
        return;
    Pending pending(count - 1);
    {
        const MutexLock lock(mutex_);
        for (std::size_t i = 1; i < count; ++i) {
            queue_.emplace_back([&work, &pending, i] {
                work(i);
                pending.done();
            });
        }
        const std::size_t busy = threads_.size() - idle_;
        while (threads_.size() < kThreadsMax && threads_.size() < busy + queue_.size())
            threads_.emplace_back([this] { serve(); });
    }
    wanted_.notify_all();
    work(0);
    if (count > 1)
        pending.wait();
}

void Workers::serve() {
    while (true) {
        std::function<void()> next;
        {
            const MutexLock lock(mutex_);
            ++idle_;
            while (queue_.empty() && !is_ending_) wanted_.wait(mutex_);
            --idle_;
            if (queue_.empty())
                return;
            next = std::move(queue_.front());
            queue_.pop_front();
        }
        next();
    }
}

}  // namespace mosaic::exec
