#pragma once

#include "base/clock.h"
#include "base/fork.h"
#include "driver/connection.h"
#include "mosaic/options.h"
#include "pool/connection_life.h"

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::pool {

class Pool;

/// A connection with what its pool knows of it.
struct Member {
    std::unique_ptr<driver::Connection> connection;
    ConnectionLife life;
    std::vector<std::string> proved;  ///< See PooledConnection::proved().
};

/// Whether a connection's session is as every session starts.
enum class SessionChange : std::uint8_t { kNone, kChanged };

/// A connection that is checked out; returned when this is destroyed. Unread rows or poison close
/// it instead; an open transaction is rolled back by a reset. One thread at a time; may outlive its
/// Pools.
class PooledConnection {
public:
    PooledConnection() = default;
    PooledConnection(PooledConnection&& other) noexcept = default;
    PooledConnection& operator=(PooledConnection&& other) noexcept;

    ~PooledConnection() { give_back(); }

    [[nodiscard]] explicit operator bool() const { return pool_ != nullptr; }

    driver::Connection& operator*() const { return *member_->connection; }

    driver::Connection* operator->() const { return member_->connection.get(); }

    /// The session may not be as it was (raw text, SET, temporary tables, locks, an open
    /// transaction): it is reset, off the caller's path, before anybody gets it again.
    void mark_session_changed() { change_ = SessionChange::kChanged; }

    /// Whoever uses it notes here what this connection's server has proved to be; it is empty when
    /// the connection is new.
    [[nodiscard]] std::vector<std::string>& proved() const { return member_->proved; }

private:
    friend class ServerPool;

    PooledConnection(std::shared_ptr<Pool> pool, Member member)
        : pool_(std::move(pool)), member_(std::move(member)) {}

    void give_back() noexcept;

    std::shared_ptr<Pool> pool_;
    mutable std::optional<Member> member_;
    SessionChange change_ = SessionChange::kNone;
};

/// The connections to one server: a hard bound, fair waiting, a breaker.
///
/// \par Thread safety
/// All calls from any thread.
class Pool {
public:
    virtual ~Pool() = default;

    /// Waits until `deadline`, and PoolOptions::checkout_timeout, at most, first come first served.
    /// kPoolExhausted, kEndpointDown (at once, while the breaker is open), kCannotConnect,
    /// kUsedAfterFork, or what the server says when it is connected to.
    [[nodiscard]] virtual absl::StatusOr<PooledConnection> checkout(TimePoint deadline) = 0;
    /// `count` connections, all or none. kTooManyConnections when there could never be as many.
    [[nodiscard]] virtual absl::StatusOr<std::vector<PooledConnection>> checkout_many(
        int count, TimePoint deadline
    ) = 0;
    [[nodiscard]] virtual const driver::ConnectOptions& options() const = 0;

    /// Whether fork() has made this a copy in a child.
    [[nodiscard]] bool is_copy_in_child() const { return generation_ != fork_generation(); }

private:
    friend class PooledConnection;
    virtual void give_back(Member member, SessionChange change) noexcept = 0;

    const std::uint32_t generation_ = fork_generation();
};

/// The pools of a client: one per server, account and session.
///
/// \par Thread safety
/// All calls from any thread.
/// \par Blocking
/// The destructor waits for connects under way, PoolOptions::connect_timeout at most.
/// \par fork()
/// In a child every checkout is refused (kUsedAfterFork); what the parent had is left alone, its
/// memory too: the threads that would give it back do not exist there.
class Pools {
public:
    Pools(std::shared_ptr<driver::Driver> driver, const PoolOptions& options);
    ~Pools();
    Pools(const Pools&) = delete;
    Pools& operator=(const Pools&) = delete;

    /// The pool of a server, made when asked for first; valid as long as this object.
    /// options.connect_timeout is replaced by PoolOptions::connect_timeout.
    [[nodiscard]] Pool& pool(const driver::ConnectOptions& options);

    struct Wanted {
        Pool* pool = nullptr;
        int count = 1;
    };

    /// Connections of several servers, all or none: two calls that need several never wait for each
    /// other. Result i belongs to `wanted[i]`. More than connections_per_call_max of one server are
    /// refused (kTooManyConnections).
    [[nodiscard]] absl::StatusOr<std::vector<std::vector<PooledConnection>>> checkout_all(
        std::span<const Wanted> wanted, TimePoint deadline
    );

    [[nodiscard]] const driver::Driver::Traits& traits() const;
    [[nodiscard]] const PoolOptions& options() const;

private:
    class Inside;
    std::unique_ptr<Inside> inside_;
};

}  // namespace mosaic::pool
