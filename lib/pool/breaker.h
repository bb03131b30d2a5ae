#pragma once

#include "base/clock.h"

#include <cstdint>

namespace mosaic::pool {

/// Keeps calls from waiting for a server that is down: open, it refuses them at once; a probe now
/// and then finds out when the server is back. Pure: knows no clock and no server.
class Breaker {
public:
    enum class State : std::uint8_t {
        kClosed,    ///< Calls go through.
        kOpen,      ///< Calls are refused; a probe is due at probe_due().
        kHalfOpen,  ///< Calls are refused; a probe is under way.
    };

    /// Time between a failed probe and the next: doubles from the first to the last. A probe itself
    /// takes kProbeTimeout at most, so a server is used again 1.5 s after its return at the latest.
    static constexpr std::chrono::milliseconds kProbeFirst{50};
    static constexpr std::chrono::milliseconds kProbeLast{500};
    static constexpr std::chrono::milliseconds kProbeTimeout{1000};

    /// The server could not be connected to, or did not answer a ping.
    void on_failure(TimePoint now);
    /// A connection was made, by a probe or otherwise.
    void on_success();
    /// True: the caller is to probe now, and to tell the outcome.
    [[nodiscard]] bool take_probe(TimePoint now);

    [[nodiscard]] bool lets_calls_through() const { return state_ == State::kClosed; }

    [[nodiscard]] State state() const { return state_; }

    [[nodiscard]] TimePoint probe_due() const { return probe_due_; }

private:
    State state_ = State::kClosed;
    Duration pause_ = kProbeFirst;
    TimePoint probe_due_{};
};

}  // namespace mosaic::pool
