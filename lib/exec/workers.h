#pragma once

#include "base/mutex.h"

#include <cstddef>
#include <deque>
#include <functional>
#include <thread>
#include <vector>

namespace mosaic::exec {

/// Warm threads for drivers whose receive() does all the work: a hand-off costs about 11 us,
/// starting a thread several times that. Threads are made when needed, kThreadsMax at most, and
/// stay.
class Workers {
public:
    static constexpr std::size_t kThreadsMax = 64;

    Workers() = default;
    ~Workers();
    Workers(const Workers&) = delete;
    Workers& operator=(const Workers&) = delete;

    /// Runs work(0) .. work(count - 1), as many at once as there are threads, work(0) on the
    /// caller's; returns when all are done. Any thread may call.
    void run_all(std::size_t count, const std::function<void(std::size_t)>& work);

private:
    void serve();

    Mutex mutex_;
    CondVar wanted_;
    std::deque<std::function<void()>> queue_ ABSL_GUARDED_BY(mutex_);
    std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
    std::size_t idle_ ABSL_GUARDED_BY(mutex_) = 0;
    bool is_ending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mosaic::exec
