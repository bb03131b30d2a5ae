#pragma once

#include "base/mutex.h"

#include <absl/functional/any_invocable.h>

#include <cstddef>
#include <deque>

namespace mosaic::pool {

/// A few threads that do what no caller should wait for: they come when there is work and go when
/// there has been none for a while.
class Crew {
public:
    using Job = absl::AnyInvocable<void()>;

    explicit Crew(std::size_t threads_max) : threads_max_(threads_max) {}

    /// \pre finish() was called, or nothing was ever added
    ~Crew() = default;
    Crew(const Crew&) = delete;
    Crew& operator=(const Crew&) = delete;

    /// After finish(): the job is dropped.
    void add(Job job);
    /// Drops the jobs that have not begun and waits for those that have.
    void finish();

private:
    void serve();

    const std::size_t threads_max_;
    Mutex mutex_;
    CondVar changed_;
    std::deque<Job> queue_ ABSL_GUARDED_BY(mutex_);
    std::size_t threads_ ABSL_GUARDED_BY(mutex_) = 0;
    std::size_t resting_ ABSL_GUARDED_BY(mutex_) = 0;
    bool is_finished_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace mosaic::pool
