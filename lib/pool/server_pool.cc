#include "pool/server_pool.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::pool {
namespace {

using Action = ConnectionLife::Action;

// Connects, resets and probes of one server at a time.
constexpr std::size_t kCrewMax = 4;
// A reset that takes longer is given up with its connection.
constexpr std::chrono::seconds kResetTimeout{5};
// Longest that a ping may take: a server that needs more is as good as down.
constexpr std::chrono::seconds kPingTimeout{1};
// A connect that has not succeeded for this long, while no other connection works, is a failure,
// and so is a ping; one that a caller's deadline cut earlier says nothing.
constexpr std::chrono::milliseconds kSlow{250};
// The server took no more connections: time until the next try, while others work.
constexpr std::chrono::seconds kOpenPause{1};
// A server that is down is probed for this long after somebody last wanted it.
constexpr std::chrono::seconds kProbeWhileWanted{60};

TimePoint now() {
    return std::chrono::steady_clock::now();
}

long in_ms(Duration duration) {
    return static_cast<long>(std::chrono::duration_cast<std::chrono::milliseconds>(duration).count()
    );
}

bool is_row(const absl::Status& status, const ErrorRow& row) {
    const auto detail = error_detail(status);
    return detail && detail->id.number == row.number;
}

driver::ConnectOptions with_timeout(driver::ConnectOptions options, Duration timeout) {
    options.connect_timeout = timeout;
    return options;
}

}  // namespace

ServerPool::ServerPool(
    std::shared_ptr<driver::Driver> driver,
    const driver::ConnectOptions& connect,
    const PoolOptions& options,
    TickBy tick_by
)
    : driver_(std::move(driver)),
      connect_(with_timeout(connect, options.connect_timeout)),
      options_(options),
      tick_by_(std::move(tick_by)),
      crew_(kCrewMax),
      random_(std::random_device{}()) {}

absl::Status ServerPool::refuse(const ErrorRow& row, std::string_view why) const {
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    return make_error(
        row,
        absl::StrFormat("wait for a connection to %s: %s", connect_.endpoint.to_string(), why),
        detail
    );
}

// The common case of acquire(): one connection that is idle and need not be asked.
std::optional<Member> ServerPool::take_fresh() {
    const MutexLock lock(mutex_);
    if (is_closed_ || !breaker_.lets_calls_through() || !waiters_.empty() || idle_.empty())
        return std::nullopt;
    const TimePoint when = now();
    if (idle_.back().life.needs_ping(when))
        return std::nullopt;
    last_wanted_ = when;
    std::optional<Member> taken(std::move(idle_.back()));
    idle_.pop_back();
    taken->life.on_wanted(when);
    return taken;
}

absl::StatusOr<PooledConnection> ServerPool::checkout(TimePoint deadline) {
    if (!is_copy_in_child()) {
        if (std::optional<Member> fresh = take_fresh())
            return PooledConnection(shared_from_this(), *std::move(fresh));
    }
    MOSAIC_ASSIGN_OR_RETURN(std::vector<PooledConnection> one, checkout_many(1, deadline));
    return std::move(one.front());
}

absl::StatusOr<std::vector<PooledConnection>> ServerPool::checkout_many(
    int count, TimePoint deadline
) {
    if (is_copy_in_child())
        return refuse(
            errors::kUsedAfterFork,
            "the pool belongs to the process before fork(); open a client in the child"
        );
    const int max = std::min(options_.connections_per_call_max, options_.size_max);
    if (count < 1 || count > max)
        return refuse(
            errors::kTooManyConnections,
            absl::StrFormat(
                "one call asks for %d, and may hold %d (the smaller one of "
                "pool.connections_per_call_max and pool.size_max)",
                count,
                max
            )
        );
    const TimePoint until = std::min(deadline, now() + options_.checkout_timeout);
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(Members members, acquire(static_cast<std::size_t>(count), until));
        const TimePoint since = now();
        const absl::Status alive =
            ping_all(members, std::min<TimePoint>(until, since + kPingTimeout));
        if (alive.ok()) {
            std::vector<PooledConnection> result;
            for (Member& member : members)
                result.push_back(PooledConnection(shared_from_this(), std::move(member)));
            return result;
        }
        // What was asked is gone; the next round connects anew, if there is time left. That a
        // caller's own time has run out at once says nothing about the server.
        const Blame blame = now() - since < kSlow ? Blame::kCaller : Blame::kServer;
        on_lost(std::move(members), alive, blame);
    }
}

absl::StatusOr<ServerPool::Members> ServerPool::acquire(std::size_t count, TimePoint until) {
    const MutexLock lock(mutex_);
    const TimePoint since = now();
    last_wanted_ = since;
    if (is_closed_)
        return refuse(errors::kConnectionMisused, "the client is closed");
    if (!breaker_.lets_calls_through())
        return down_locked();
    if (waiters_.empty() && idle_.size() >= count)
        return take_idle_locked(count);
    Waiter waiter(count);
    waiters_.push_back(&waiter);
    open_missing_locked();
    while (!waiter.is_done && waiter.changed.wait_until(mutex_, until)) {
    }
    if (!waiter.is_done) {
        std::erase(waiters_, &waiter);
        serve_locked();  // who came after it may want less
        return timed_out_locked(now() - since);
    }
    if (!waiter.status.ok())
        return waiter.status;
    return std::move(waiter.members);
}

absl::Status ServerPool::timed_out_locked(Duration waited) {
    const bool works = total_ > opening_;
    if (works || opening_ == 0)
        return refuse(
            errors::kPoolExhausted,
            absl::StrFormat(
                "none became free within %d ms, with %d of at most %d open; hold them for a "
                "shorter "
                "time, or raise pool.size_max",
                in_ms(waited),
                total_,
                options_.size_max
            )
        );
    const absl::Status slow = refuse(
        errors::kCannotConnect,
        absl::StrFormat("the server has not answered a connect for %d ms", in_ms(waited))
    );
    if (waited >= kSlow)
        on_down_locked(slow);
    return slow;
}

absl::Status ServerPool::down_locked() const {
    return refuse(
        errors::kEndpointDown,
        absl::StrFormat(
            "the server is down, and probed until it is back; the last attempt: %s",
            message_of(last_failure_)
        )
    );
}

ServerPool::Members ServerPool::take_idle_locked(std::size_t count) {
    Members taken;
    const TimePoint when = now();
    for (; count > 0; --count) {
        taken.push_back(std::move(idle_.back()));
        idle_.pop_back();
        taken.back().life.on_wanted(when);
    }
    return taken;
}

void ServerPool::serve_locked() {
    while (!waiters_.empty() && idle_.size() >= waiters_.front()->count) {
        Waiter& first = *waiters_.front();
        waiters_.pop_front();
        first.members = take_idle_locked(first.count);
        first.is_done = true;
        first.changed.notify_one();
    }
    open_missing_locked();
}

void ServerPool::open_missing_locked() {
    if (waiters_.empty() || is_closed_ || !breaker_.lets_calls_through() || now() < open_again_)
        return;
    std::size_t wanted = 0;
    for (const Waiter* waiter : waiters_) wanted += waiter->count;
    while (idle_.size() + opening_ < wanted && total_ < static_cast<std::size_t>(options_.size_max))
        start_opening_locked(Opening::kForCaller);
}

void ServerPool::start_opening_locked(Opening why) {
    ++total_;
    ++opening_;
    crew_.add([this, why] { open(why); });
}

void ServerPool::open(Opening why) {
    const Duration timeout =
        why == Opening::kForCaller
            ? connect_.connect_timeout
            : std::min<Duration>(connect_.connect_timeout, Breaker::kProbeTimeout);
    auto connection = driver_->connect(with_timeout(connect_, timeout));

    const MutexLock lock(mutex_);
    --opening_;
    if (!connection.ok()) {
        --total_;
        on_open_failed_locked(connection.status());
        return;
    }
    breaker_.on_success();
    std::uniform_real_distribution<double> jitter(0, 1);
    Member member{std::move(*connection), ConnectionLife(options_, jitter(random_)), {}};
    member.life.on_connected(now());
    admit_locked(std::move(member));
}

void ServerPool::on_open_failed_locked(const absl::Status& why) {
    if (is_row(why, errors::kCannotConnect)) {
        on_down_locked(why);
        return;
    }
    // The server answers, so it is up; it just does not want this connection.
    breaker_.on_success();
    if (is_row(why, errors::kServerBusy) && total_ > 0) {
        open_again_ = now() + kOpenPause;
        tick_by_(open_again_);
        return;  // who waits gets one of those that work, or are being opened
    }
    if (!waiters_.empty()) {
        Waiter& first = *waiters_.front();
        waiters_.pop_front();
        fail_locked(first, why);
    }
    open_missing_locked();
}

void ServerPool::fail_locked(Waiter& waiter, const absl::Status& why) {
    ErrorDetail detail = error_detail(why).value_or(ErrorDetail{});
    detail.outcome = Outcome::kNotSent;
    waiter.status = with_detail(why, detail);
    waiter.is_done = true;
    waiter.changed.notify_one();
}

void ServerPool::on_down_locked(const absl::Status& why) {
    last_failure_ = why;
    breaker_.on_failure(now());
    tick_by_(breaker_.probe_due());
    // Connections that still work go to those who wait; the others need not wait any longer.
    if (total_ > opening_)
        return;
    for (Waiter* waiter : std::exchange(waiters_, {})) fail_locked(*waiter, why);
}

void ServerPool::admit_locked(Member member) {
    if (is_closed_) {
        --total_;
        crew_.add([member = std::move(member)] {});  // dropped after the lock is
        return;
    }
    tick_by_(member.life.close_due());
    idle_.push_back(std::move(member));
    serve_locked();
}

// Asks all that have been idle for long at the same time, where the driver can.
absl::Status ServerPool::ping_all(Members& members, TimePoint until) {
    driver::Request request;
    request.text = "DO 1";
    request.deadline = until;
    const auto is_asked = [](const Member& member) {
        return member.life.state() == ConnectionLife::State::kPinging;
    };
    absl::Status alive;
    for (Member& member : members)
        if (is_asked(member))
            alive.Update(member.connection->send(request, driver::Overlap::kOthersInFlight));
    for (Member& member : members) {
        if (!is_asked(member))
            continue;
        if (member.connection->has_unread_rows())
            alive.Update(member.connection->receive().status());
        member.life.on_pinged(!member.connection->is_poisoned());
    }
    return alive;
}

// A ping found a dead connection: those that were idle beside it are of the same server, and go too
// unless it was only the caller's time that ran out.
void ServerPool::on_lost(Members dead, const absl::Status& why, Blame blame) {
    const MutexLock lock(mutex_);
    const bool is_timeout = is_row(why, errors::kCallDeadline);
    if (!is_timeout || blame == Blame::kServer) {
        std::move(idle_.begin(), idle_.end(), std::back_inserter(dead));
        idle_.clear();
    }
    total_ -= dead.size();
    // Closing is for the crew: a server that hangs may block it.
    crew_.add([dead = std::move(dead)]() mutable { dead.clear(); });
    if (is_timeout && blame == Blame::kServer)
        on_down_locked(why);
    open_missing_locked();
}

void ServerPool::give_back(Member member, SessionChange change) noexcept {
    const driver::Connection& connection = *member.connection;
    ReturnKind kind = ReturnKind::kClean;
    if (connection.is_poisoned() || connection.has_unread_rows())
        kind = ReturnKind::kUnusable;
    else if (change == SessionChange::kChanged || (connection.server_status() & driver::kStatusInTransaction) != 0)
        kind = ReturnKind::kChanged;
    if (connection.is_poisoned()) {
        const MutexLock lock(mutex_);
        for (Member& other : idle_) other.life.on_suspicion();
    }
    const Action action = member.life.on_returned(kind, now());
    if (action == Action::kReset)
        crew_.add([this, member = std::make_shared<Member>(std::move(member))] {
            reset(std::move(*member));
        });
    else
        settle(std::move(member), action);
}

void ServerPool::reset(Member member) {
    const absl::Status done = member.connection->reset(now() + kResetTimeout);
    const Action action = member.life.on_reset(done.ok(), now());
    settle(std::move(member), action);
}

// Puts it with the idle ones, or closes it.
void ServerPool::settle(Member member, Action action) {
    if (action != Action::kClose) {
        const MutexLock lock(mutex_);
        admit_locked(std::move(member));
        return;
    }
    member.connection.reset();
    const MutexLock lock(mutex_);
    --total_;
    open_missing_locked();
}

TimePoint ServerPool::tick(TimePoint when) {
    Members closed;  // destroyed after the lock is let go
    const MutexLock lock(mutex_);
    if (is_closed_)
        return TimePoint::max();
    for (Member& member : idle_)
        if (member.life.on_tick(when) == Action::kClose)
            closed.push_back(std::move(member));
    std::erase_if(idle_, [](const Member& member) { return member.connection == nullptr; });
    total_ -= closed.size();
    TimePoint next = TimePoint::max();
    for (const Member& member : idle_) next = std::min(next, member.life.close_due());
    if (!breaker_.lets_calls_through() && when - last_wanted_ > kProbeWhileWanted)
        breaker_ = Breaker();  // nobody asks: the next one who does finds out
    if (total_ < static_cast<std::size_t>(options_.size_max) && breaker_.take_probe(when))
        start_opening_locked(Opening::kProbe);
    if (breaker_.state() == Breaker::State::kOpen)
        next = std::min(next, breaker_.probe_due());
    if (when < open_again_)
        next = std::min(next, open_again_);
    open_missing_locked();
    return next;
}

void ServerPool::close() {
    Members closed;
    {
        const MutexLock lock(mutex_);
        is_closed_ = true;
        closed = std::exchange(idle_, {});
        total_ -= closed.size();
        for (Waiter* waiter : std::exchange(waiters_, {}))
            fail_locked(*waiter, refuse(errors::kConnectionMisused, "the client is closed"));
    }
    crew_.finish();
}

}  // namespace mosaic::pool
