#pragma once

#include "base/clock.h"

#include <atomic>
#include <cstdint>

namespace mosaic::driver {

/// Cuts a connection's socket at a deadline, from one thread for the whole process that starts with
/// the first deadline. Works for any connector, blocked in any system call: see
/// docs/adr/0002-deadlines-by-watchdog.md.
///
/// It keeps a duplicate of the socket, because connectors close theirs on their own when something
/// fails: the number could already belong to somebody else's file.
///
/// \par Thread safety
/// arm() and disarm() belong to the thread that uses the connection; cut() is for any thread.
/// \par Cost
/// arm() and disarm() are one atomic exchange each, and no system call unless the new deadline is
/// sooner than all those that the thread waits for: about one wake-up per deadline's length, not
/// per request. One file descriptor per connection.
class SocketDeadline {
public:
    /// Why the socket was cut.
    enum class Cut : std::uint8_t { kNot, kDeadline, kInterrupted };

    SocketDeadline() = default;
    ~SocketDeadline();
    SocketDeadline(const SocketDeadline&) = delete;
    SocketDeadline& operator=(const SocketDeadline&) = delete;

    /// Watches `socket` from now on; it stays the caller's. False: there are no file descriptors
    /// left. \pre not watching yet
    [[nodiscard]] bool watch(int socket);

    [[nodiscard]] bool is_watching() const { return socket_ >= 0; }

    /// From now until disarm() the socket is cut when `deadline` passes; TimePoint::max(): never.
    void arm(TimePoint deadline);
    void disarm();
    /// Cuts the socket now: whoever is blocked on it gets an error.
    void cut(Cut reason) noexcept;

    [[nodiscard]] Cut state() const { return cut_.load(std::memory_order_acquire); }

private:
    friend class Watchdog;
    static constexpr std::int64_t kNever = INT64_MAX;

    int socket_ = -1;
    std::uint32_t generation_ = 0;          // fork_generation() of watch()
    std::atomic<std::int64_t> at_{kNever};  // steady clock, in its own ticks
    std::atomic<Cut> cut_{Cut::kNot};
};

}  // namespace mosaic::driver
