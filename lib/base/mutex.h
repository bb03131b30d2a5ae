#pragma once

#include <absl/base/thread_annotations.h>

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace mosaic {

/// std::mutex under a name that clang's thread-safety analysis knows. (absl::Mutex reports false
/// races under TSan when abseil itself was built without it, as Debian's is.)
class ABSL_LOCKABLE Mutex {
public:
    void lock() ABSL_EXCLUSIVE_LOCK_FUNCTION() { mutex_.lock(); }
    void unlock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }

private:
    friend class CondVar;
    std::mutex mutex_;
};

/// Holds a mutex for a scope.
class ABSL_SCOPED_LOCKABLE MutexLock {
public:
    explicit MutexLock(Mutex& mutex) ABSL_EXCLUSIVE_LOCK_FUNCTION(mutex) : mutex_(mutex) {
        mutex_.lock();
    }
    ~MutexLock() ABSL_UNLOCK_FUNCTION() { mutex_.unlock(); }
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

private:
    Mutex& mutex_;
};

/// A condition that threads wait for with the mutex held; it is released while they wait.
class CondVar {
public:
    void wait(Mutex& mutex) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
        std::unique_lock lock(mutex.mutex_, std::adopt_lock);
        condition_.wait(lock);
        lock.release();
    }

    /// False: `until` has passed.
    bool wait_until(Mutex& mutex, std::chrono::steady_clock::time_point until)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex) {
        std::unique_lock lock(mutex.mutex_, std::adopt_lock);
        const auto status = condition_.wait_until(lock, until);
        lock.release();
        return status == std::cv_status::no_timeout;
    }

    void notify_one() { condition_.notify_one(); }
    void notify_all() { condition_.notify_all(); }

private:
    std::condition_variable condition_;
};

}  // namespace mosaic
