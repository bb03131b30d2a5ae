#pragma once

#include "base/clock.h"
#include "mosaic/options.h"

#include <algorithm>
#include <cstdint>

namespace mosaic::pool {

/// In what state a connection comes back from a caller.
enum class ReturnKind : std::uint8_t {
    kClean,
    kChanged,   ///< Its session is not as it was.
    kUnusable,  ///< Poisoned, or rows are unread.
};

/// Decides what one pooled connection does next. Knows no socket, no clock, no thread: the pool
/// tells it what happened and does what it says.
///
///     kConnecting -> kIdle -> (kPinging ->) kCheckedOut -> (kResetting ->) kIdle ... -> kClosed
class ConnectionLife {
public:
    enum class State : std::uint8_t {
        kConnecting,
        kIdle,
        kPinging,
        kCheckedOut,
        kResetting,
        kClosed,
    };
    enum class Action : std::uint8_t { kNothing, kPing, kReset, kClose };

    /// A connection idle for longer is asked whether it still lives before it is handed out: a
    /// server, or what stands between, may have dropped it.
    static constexpr std::chrono::milliseconds kPingAfter{500};

    /// `jitter`, 0 to 1, shortens the life by up to a tenth.
    ConnectionLife(const PoolOptions& options, double jitter);

    Action on_connected(TimePoint now);
    /// Somebody wants it. \pre state() == kIdle
    Action on_wanted(TimePoint now);

    /// Whether on_wanted() would ask for a ping.
    [[nodiscard]] bool needs_ping(TimePoint now) const {
        return is_suspect_ || now - idle_since_ >= kPingAfter;
    }

    /// \pre state() == kPinging
    Action on_pinged(bool is_alive);
    /// \pre state() == kCheckedOut
    Action on_returned(ReturnKind kind, TimePoint now);
    /// \pre state() == kResetting
    Action on_reset(bool is_done, TimePoint now);
    /// Time has passed.
    Action on_tick(TimePoint now);

    /// Another connection to the same server was lost: this one is not handed out unasked.
    void on_suspicion() { is_suspect_ = true; }

    [[nodiscard]] State state() const { return state_; }

    /// When on_tick() would close it, if it stays idle.
    [[nodiscard]] TimePoint close_due() const {
        return std::min(expires_, idle_since_ + idle_max_);
    }

private:
    Action become_idle(TimePoint now);
    Action close();

    [[nodiscard]] bool is_too_old(TimePoint now) const { return now >= expires_; }

    Duration idle_max_;
    Duration lifetime_;
    State state_ = State::kConnecting;
    bool is_suspect_ = false;
    TimePoint idle_since_{};
    TimePoint expires_ = TimePoint::max();
};

}  // namespace mosaic::pool
