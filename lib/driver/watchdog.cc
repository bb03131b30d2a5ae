#include "driver/watchdog.h"

#include "base/fork.h"
#include "base/mutex.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <fcntl.h>
#include <memory>
#include <sys/socket.h>
#include <thread>
#include <unistd.h>

namespace mosaic::driver {

/// The thread, and the sockets it watches.
///
/// How an arm() is never missed without a lock: the thread first says that it waits for ever
/// (wakes_at_ = kNever), then reads all deadlines; an owner first writes its deadline, then reads
/// wakes_at_. So either the thread sees the deadline, or the owner sees that it must wake it.
class Watchdog {
public:
    explicit Watchdog(std::uint32_t generation) : generation_(generation) {}

    /// The one of this process; a forked child makes its own and never touches the parent's, whose
    /// mutex may have been held when it forked.
    static Watchdog& instance() {
        static std::atomic<Watchdog*> current{nullptr};
        Watchdog* found = current.load(std::memory_order_acquire);
        while (found == nullptr || found->generation_ != fork_generation()) {
            auto fresh = std::make_unique<Watchdog>(fork_generation());
            if (current.compare_exchange_strong(found, fresh.get()))
                found = fresh.release();  // lives as long as the process, as its thread does
        }
        return *found;
    }

    void add(SocketDeadline& socket) {
        const MutexLock lock(mutex_);
        sockets_.insert(&socket);
    }

    void remove(SocketDeadline& socket) {
        const MutexLock lock(mutex_);
        sockets_.erase(&socket);
    }

    void wake_by(std::int64_t at) {
        if (at >= wakes_at_.load())
            return;
        const MutexLock lock(mutex_);
        if (!is_started_) {
            std::thread([this] { run(); }).detach();
            is_started_ = true;
        }
        changed_.notify_one();
    }

    void cut(SocketDeadline& socket, SocketDeadline::Cut reason) {
        const MutexLock lock(mutex_);
        cut_locked(socket, reason);
    }

private:
    static void cut_locked(SocketDeadline& socket, SocketDeadline::Cut reason) {
        auto expected = SocketDeadline::Cut::kNot;
        if (socket.cut_.compare_exchange_strong(expected, reason))
            ::shutdown(socket.socket_, SHUT_RDWR);
    }

    void run() {
        const MutexLock lock(mutex_);
        while (true) {
            wakes_at_.store(SocketDeadline::kNever);
            const std::int64_t soonest = cut_expired_locked();
            wakes_at_.store(soonest);
            if (soonest == SocketDeadline::kNever)
                changed_.wait(mutex_);
            else
                changed_.wait_until(mutex_, TimePoint(Duration(soonest)));
        }
    }

    /// \return the soonest deadline that is left.
    std::int64_t cut_expired_locked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
        const std::int64_t now = std::chrono::steady_clock::now().time_since_epoch().count();
        std::int64_t soonest = SocketDeadline::kNever;
        for (SocketDeadline* socket : sockets_) {
            std::int64_t at = socket->at_.load();
            // The exchange fails when the owner disarmed in between: then nothing is cut.
            if (at <= now && socket->at_.compare_exchange_strong(at, SocketDeadline::kNever))
                cut_locked(*socket, SocketDeadline::Cut::kDeadline);
            else
                soonest = std::min(soonest, at);
        }
        return soonest;
    }

    const std::uint32_t generation_;
    // Lowest possible until the thread runs: the first arm() starts it.
    std::atomic<std::int64_t> wakes_at_{SocketDeadline::kNever};
    Mutex mutex_;
    CondVar changed_;
    bool is_started_ ABSL_GUARDED_BY(mutex_) = false;
    absl::flat_hash_set<SocketDeadline*> sockets_ ABSL_GUARDED_BY(mutex_);
};

SocketDeadline::~SocketDeadline() {
    // A forked child leaves the parent's sockets and lists alone; its copy of the file ends with
    // it.
    if (!is_watching() || generation_ != fork_generation())
        return;
    Watchdog::instance().remove(*this);
    ::close(socket_);
}

bool SocketDeadline::watch(int socket) {
    socket_ = ::fcntl(socket, F_DUPFD_CLOEXEC, 0);
    if (!is_watching())
        return false;
    generation_ = fork_generation();
    Watchdog::instance().add(*this);
    return true;
}

void SocketDeadline::arm(TimePoint deadline) {
    const std::int64_t at = deadline.time_since_epoch().count();
    at_.store(at);
    Watchdog::instance().wake_by(at);
}

void SocketDeadline::disarm() {
    at_.store(kNever);
}

void SocketDeadline::cut(Cut reason) noexcept {
    if (is_watching() && generation_ == fork_generation())
        Watchdog::instance().cut(*this, reason);
}

}  // namespace mosaic::driver
