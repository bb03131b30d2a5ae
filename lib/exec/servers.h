#pragma once

#include "base/mutex.h"
#include "pool/pool.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// Runs plans: asks the shards, hands their rows to the merge.
namespace mosaic::exec {

/// Proves that a connection's server really holds the shard (lib/catalog checks _mosaic_identity).
using IdentityCheck = std::function<
    absl::Status(driver::Connection&, const topology::Topology&, ShardId, TimePoint deadline)>;

/// Connections to the servers of a topology. No statement reaches a shard before the shard has
/// proved on that very connection that it is the one the map means.
///
/// \par Thread safety
/// All calls from any thread.
class Servers {
public:
    /// `session`: what every connection gets; endpoint and account come from the topology.
    Servers(
        std::shared_ptr<pool::Pools> pools, driver::ConnectOptions session, IdentityCheck check
    );

    /// A connection for one shard.
    [[nodiscard]] absl::StatusOr<pool::PooledConnection> checkout(
        const topology::Topology& topology, ShardId shard, TimePoint deadline
    );

    /// A connection and the shards that are asked on it, one after the other.
    struct Lane {
        pool::PooledConnection connection;
        std::vector<std::size_t> positions;  ///< Into `shards`.
    };

    /// Connections for all of `shards` at once: at most connections_per_call_max to a server, so a
    /// lane may have several shards.
    [[nodiscard]] absl::StatusOr<std::vector<Lane>> checkout_all(
        const topology::Topology& topology, std::span<const ShardId> shards, TimePoint deadline
    );

    /// The same, and one more connection to the server of `home`, all at once.
    struct LanesAndHome {
        std::vector<Lane> lanes;
        pool::PooledConnection home;
    };

    [[nodiscard]] absl::StatusOr<LanesAndHome> checkout_all(
        const topology::Topology& topology,
        std::span<const ShardId> shards,
        ShardId home,
        TimePoint deadline
    );

    /// What every connection's session is.
    [[nodiscard]] const driver::ConnectOptions& session() const { return session_; }

    [[nodiscard]] const driver::Driver::Traits& traits() const { return pools_->traits(); }

private:
    /// The pool of a server, and what it was found by.
    struct Known {
        Endpoint endpoint;
        std::string user;
        std::string password;
        pool::Pool* pool = nullptr;
    };

    [[nodiscard]] absl::StatusOr<LanesAndHome> checkout(
        const topology::Topology& topology,
        std::span<const ShardId> shards,
        std::optional<ShardId> home,
        TimePoint deadline
    );
    [[nodiscard]] pool::Pool& pool_of(const topology::Topology& topology, ServerId server);
    [[nodiscard]] absl::Status prove(
        const pool::PooledConnection& connection,
        const topology::Topology& topology,
        ShardId shard,
        TimePoint deadline
    );

    const std::shared_ptr<pool::Pools> pools_;
    const driver::ConnectOptions session_;
    const IdentityCheck check_;
    Mutex mutex_;
    std::vector<Known> known_ ABSL_GUARDED_BY(mutex_);  ///< By ServerId.
};

/// The status with the shard's name in its detail and message.
[[nodiscard]] absl::Status on_shard(const absl::Status& status, const topology::Shard& shard);

}  // namespace mosaic::exec
