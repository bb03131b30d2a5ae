#include "pool/breaker.h"

#include <algorithm>

namespace mosaic::pool {

void Breaker::on_failure(TimePoint now) {
    if (state_ == State::kOpen)
        return;  // calls that began before it opened: they tell nothing new
    pause_ = state_ == State::kHalfOpen ? std::min<Duration>(pause_ * 2, kProbeLast) : kProbeFirst;
    state_ = State::kOpen;
    probe_due_ = now + pause_;
}

void Breaker::on_success() {
    state_ = State::kClosed;
}

bool Breaker::take_probe(TimePoint now) {
    if (state_ != State::kOpen || now < probe_due_)
        return false;
    state_ = State::kHalfOpen;
    return true;
}

}  // namespace mosaic::pool
