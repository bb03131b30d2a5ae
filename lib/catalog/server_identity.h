#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "catalog/counters.h"
#include "pool/pool.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace mosaic::catalog {

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
    struct Known {
        std::uint64_t connection_id = 0;
        std::uint64_t generation = 0;
        std::string identity;
    };

    const CounterDurability durability_;
    Mutex mutex_;
    std::map<const driver::Connection*, Known> known_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mosaic::catalog
