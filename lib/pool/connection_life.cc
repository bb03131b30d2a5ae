#include "pool/connection_life.h"

namespace mosaic::pool {

ConnectionLife::ConnectionLife(const PoolOptions& options, double jitter)
    : idle_max_(options.idle_max),
      lifetime_(std::chrono::duration_cast<Duration>(options.lifetime_max * (1 - jitter / 10))) {}

ConnectionLife::Action ConnectionLife::become_idle(TimePoint now) {
    if (is_too_old(now))
        return close();
    state_ = State::kIdle;
    idle_since_ = now;
    return Action::kNothing;
}

ConnectionLife::Action ConnectionLife::close() {
    state_ = State::kClosed;
    return Action::kClose;
}

ConnectionLife::Action ConnectionLife::on_connected(TimePoint now) {
    expires_ = now + lifetime_;
    state_ = State::kIdle;
    idle_since_ = now;
    return Action::kNothing;
}

ConnectionLife::Action ConnectionLife::on_wanted(TimePoint now) {
    if (!needs_ping(now)) {
        state_ = State::kCheckedOut;
        return Action::kNothing;
    }
    state_ = State::kPinging;
    return Action::kPing;
}

ConnectionLife::Action ConnectionLife::on_pinged(bool is_alive) {
    if (!is_alive)
        return close();
    is_suspect_ = false;
    state_ = State::kCheckedOut;
    return Action::kNothing;
}

ConnectionLife::Action ConnectionLife::on_returned(ReturnKind kind, TimePoint now) {
    if (kind == ReturnKind::kUnusable || is_too_old(now))
        return close();
    if (kind == ReturnKind::kClean)
        return become_idle(now);
    state_ = State::kResetting;
    return Action::kReset;
}

ConnectionLife::Action ConnectionLife::on_reset(bool is_done, TimePoint now) {
    return is_done ? become_idle(now) : close();
}

ConnectionLife::Action ConnectionLife::on_tick(TimePoint now) {
    const bool is_due = is_too_old(now) || now - idle_since_ >= idle_max_;
    return state_ == State::kIdle && is_due ? close() : Action::kNothing;
}

}  // namespace mosaic::pool
