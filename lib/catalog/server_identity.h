#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/counters.h"
#include "driver/connection.h"
#include "pool/pool.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mosaic::catalog {

/// Which server a connection leads to: what stands beside counters that it wrote.
[[nodiscard]] absl::StatusOr<std::string> read_server_identity(
    driver::Connection& connection, TimePoint deadline
);

/// Which server a connection leads to, read once per connection, and whether it keeps counters
/// through a crash.
///
/// \par Thread safety
/// All calls from any thread.
class ServerIdentities {
public:
    explicit ServerIdentities(CounterDurability durability) : durability_(durability) {}

    /// kTicketDurability when the server could forget what it acknowledged. `server`: for messages.
    [[nodiscard]] absl::StatusOr<std::string> of(
        const pool::PooledConnection& connection, std::string_view server, TimePoint deadline
    );

private:
    const CounterDurability durability_;
    Mutex mutex_;
    /// By the connection's serial number: a server that took another's place has new connections.
    std::map<std::uint64_t, std::string> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mosaic::catalog
