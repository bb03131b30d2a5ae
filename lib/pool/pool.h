#pragma once

#include "base/clock.h"
#include "driver/connection.h"
#include "mosaic/options.h"

#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <vector>

namespace mosaic::pool {

class Pool;

/// A connection that is checked out; returned when this is destroyed. Unread rows or poison close it
/// instead. One thread at a time; may outlive its Pools.
class PooledConnection {
public:
    PooledConnection() = default;
    PooledConnection(PooledConnection&&) noexcept;
    PooledConnection& operator=(PooledConnection&&) noexcept;
    ~PooledConnection();

    [[nodiscard]] explicit operator bool() const { return connection_ != nullptr; }
    driver::Connection& operator*() const { return *connection_; }
    driver::Connection* operator->() const { return connection_.get(); }

    /// The session may not be as it was (raw text, SET, temporary tables, locks, an open
    /// transaction): it is reset, off the caller's path, before anybody gets it again.
    void mark_session_changed() { is_changed_ = true; }

    /// Grows by one each time the server had to be connected to anew after a failure: what was
    /// checked of the server before is to be checked again when it differs.
    [[nodiscard]] std::uint64_t generation() const { return generation_; }

private:
    friend class Pool;
    std::shared_ptr<Pool> pool_;
    std::unique_ptr<driver::Connection> connection_;
    bool is_changed_ = false;
    std::uint64_t generation_ = 0;
};

/// The connections to one server: a hard bound, fair waiting, a breaker.
///
/// \par Thread safety
/// All calls from any thread.
class Pool {
public:
    virtual ~Pool() = default;

    /// Waits until `deadline`, and PoolOptions::checkout_timeout, at most. kPoolExhausted,
    /// kEndpointDown (at once, while the breaker is open), kCannotConnect, kUsedAfterFork.
    [[nodiscard]] virtual absl::StatusOr<PooledConnection> checkout(TimePoint deadline) = 0;
    [[nodiscard]] virtual const driver::ConnectOptions& options() const = 0;
};

/// The pools of a client: one per server.
class Pools {
public:
    Pools(std::shared_ptr<driver::Driver> driver, const PoolOptions& options);
    ~Pools();

    /// The pool of a server, made when asked for first; valid as long as this object.
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
};

}  // namespace mosaic::pool
