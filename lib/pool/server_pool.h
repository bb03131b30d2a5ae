#pragma once

#include "base/error_ids.h"
#include "base/mutex.h"
#include "pool/breaker.h"
#include "pool/crew.h"
#include "pool/pool.h"

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace mosaic::pool {

/// The shell around ConnectionLife and Breaker: owns the connections of one server, tells the cores
/// what happened and does what they say. Connects, resets and probes on threads of its own, so that
/// a server that hangs costs a caller its checkout_timeout at most.
class ServerPool final : public Pool, public std::enable_shared_from_this<ServerPool> {
public:
    /// Asks to be ticked at that time at the latest.
    using TickBy = std::function<void(TimePoint)>;

    ServerPool(
        std::shared_ptr<driver::Driver> driver,
        const driver::ConnectOptions& connect,
        const PoolOptions& options,
        TickBy tick_by
    );

    [[nodiscard]] absl::StatusOr<PooledConnection> checkout(TimePoint deadline) override;
    [[nodiscard]] absl::StatusOr<std::vector<PooledConnection>> checkout_many(
        int count, TimePoint deadline
    ) override;

    [[nodiscard]] const driver::ConnectOptions& options() const override { return connect_; }

    /// Closes what is due and starts a probe when one is. \return when to tick next.
    TimePoint tick(TimePoint now);
    /// Closes what is idle and takes nothing back; waits for connects that are under way.
    void close();

private:
    using Members = std::vector<Member>;

    // A caller that waits; lives on its stack.
    struct Waiter {
        explicit Waiter(std::size_t wanted) : count(wanted) {}

        const std::size_t count;
        CondVar changed;
        bool is_done = false;
        absl::Status status;  // when done: OK, or why there are no members
        Members members;
    };
    enum class Opening : std::uint8_t { kForCaller, kProbe };
    /// Whose time ran out when a ping had no answer.
    enum class Blame : std::uint8_t { kServer, kCaller };

    void give_back(Member member, SessionChange change) noexcept override;

    std::optional<Member> take_fresh();
    absl::StatusOr<Members> acquire(std::size_t count, TimePoint until);
    absl::Status ping_all(Members& members, TimePoint until);
    void on_lost(Members dead, const absl::Status& why, Blame blame);
    void open(Opening why);
    void reset(Member member);
    void settle(Member member, ConnectionLife::Action action);

    void admit_locked(Member member) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    Members take_idle_locked(std::size_t count) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void serve_locked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void open_missing_locked() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void start_opening_locked(Opening why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void on_open_failed_locked(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void fail_locked(Waiter& waiter, const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    void on_down_locked(const absl::Status& why) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    absl::Status timed_out_locked(Duration waited) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    absl::Status down_locked() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    [[nodiscard]] absl::Status refuse(const ErrorRow& row, std::string_view why) const;

    const std::shared_ptr<driver::Driver> driver_;
    const driver::ConnectOptions connect_;
    const PoolOptions options_;
    const TickBy tick_by_;
    Crew crew_;

    Mutex mutex_;
    std::vector<Member> idle_ ABSL_GUARDED_BY(mutex_);     // the last one was used last
    std::deque<Waiter*> waiters_ ABSL_GUARDED_BY(mutex_);  // in the order they came
    std::size_t total_ ABSL_GUARDED_BY(mutex_) = 0;        // open or being opened: <= size_max
    std::size_t opening_ ABSL_GUARDED_BY(mutex_) = 0;      // of these, being opened
    TimePoint open_again_ ABSL_GUARDED_BY(mutex_){};       // not before: the server took no more
    Breaker breaker_ ABSL_GUARDED_BY(mutex_);
    absl::Status last_failure_ ABSL_GUARDED_BY(mutex_);
    TimePoint last_wanted_ ABSL_GUARDED_BY(mutex_){};
    bool is_closed_ ABSL_GUARDED_BY(mutex_) = false;
    std::minstd_rand random_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mosaic::pool
