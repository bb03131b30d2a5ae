#include "exec/servers.h"

#include "base/status.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace mosaic::exec {

absl::Status on_shard(const absl::Status& status, const topology::Shard& shard) {
    auto detail = error_detail(status);
    if (status.ok() || !detail || !detail->shard.empty())
        return status;
    detail->shard = shard.name;
    const std::string message(message_of(status));
    return with_detail(
        absl::Status(status.code(), absl::StrFormat("%s (shard %s)", message, shard.name)), *detail
    );
}

Servers::Servers(
    std::shared_ptr<pool::Pools> pools, driver::ConnectOptions session, IdentityCheck check
)
    : pools_(std::move(pools)), session_(std::move(session)), check_(std::move(check)) {}

// Pools are found by all that a connection is made with. Comparing what differs between servers
// with the last answer is much cheaper.
pool::Pool& Servers::pool_of(const topology::Topology& topology, ServerId id) {
    const topology::Server& server = topology.servers[id.value];
    const MutexLock lock(mutex_);
    if (known_.size() <= id.value)
        known_.resize(id.value + 1);
    Known& known = known_[id.value];
    if (known.pool != nullptr && known.endpoint == server.primary && known.user == server.user &&
        known.password == server.password)
        return *known.pool;
    driver::ConnectOptions options = session_;
    options.endpoint = server.primary;
    options.user = server.user;
    options.password = server.password;
    known = {server.primary, server.user, server.password, &pools_->pool(options)};
    return *known.pool;
}

// By connection: whoever starts another server in the place of one may do so while the pool has
// connections to the old one that it has not missed yet.
absl::Status Servers::prove(
    const pool::PooledConnection& connection,
    const topology::Topology& topology,
    ShardId shard,
    TimePoint deadline
) {
    const std::string& name = topology.shard(shard).name;
    std::vector<std::string>& proved = connection.proved();
    if (shard.value < proved.size() && proved[shard.value] == name)
        return absl::OkStatus();
    MOSAIC_RETURN_IF_ERROR(check_(*connection, topology, shard, deadline));
    proved.resize(std::max<std::size_t>(proved.size(), shard.value + 1));
    proved[shard.value] = name;
    return absl::OkStatus();
}

absl::StatusOr<pool::PooledConnection> Servers::checkout(
    const topology::Topology& topology, ShardId shard, TimePoint deadline
) {
    auto connection = pool_of(topology, topology.shard(shard).server).checkout(deadline);
    if (!connection.ok())
        return on_shard(connection.status(), topology.shard(shard));
    if (absl::Status proof = prove(*connection, topology, shard, deadline); !proof.ok())
        return on_shard(proof, topology.shard(shard));
    return connection;
}

absl::StatusOr<std::vector<Servers::Lane>> Servers::checkout_all(
    const topology::Topology& topology, std::span<const ShardId> shards, TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(LanesAndHome all, checkout(topology, shards, std::nullopt, deadline));
    return std::move(all.lanes);
}

absl::StatusOr<Servers::LanesAndHome> Servers::checkout_all(
    const topology::Topology& topology,
    std::span<const ShardId> shards,
    ShardId home,
    TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(LanesAndHome all, checkout(topology, shards, {home}, deadline));
    if (absl::Status proof = prove(all.home, topology, home, deadline); !proof.ok())
        return on_shard(proof, topology.shard(home));
    return all;
}

absl::StatusOr<Servers::LanesAndHome> Servers::checkout(
    const topology::Topology& topology,
    std::span<const ShardId> shards,
    std::optional<ShardId> home,
    TimePoint deadline
) {
    std::map<std::uint32_t, std::vector<std::size_t>> by_server;
    for (std::size_t i = 0; i < shards.size(); ++i)
        by_server[topology.shard(shards[i]).server.value].push_back(i);
    const std::uint32_t home_server = home ? topology.shard(*home).server.value : 0;
    if (home)
        by_server.try_emplace(home_server);

    std::vector<pool::Pools::Wanted> wanted;
    for (const auto& [server, positions] : by_server) {
        const int extra = home && server == home_server ? 1 : 0;
        // With a bound of 1 the second connection is refused, by the pool's own error.
        const int most = std::max(1, pools_->options().connections_per_call_max - extra);
        const int count = std::min(most, static_cast<int>(positions.size()));
        wanted.push_back({&pool_of(topology, ServerId{server}), count + extra});
    }
    auto connections = pools_->checkout_all(wanted, deadline);
    if (!connections.ok())
        return connections.status();

    LanesAndHome out;
    std::size_t server_index = 0;
    for (const auto& [server, positions] : by_server) {
        std::vector<pool::PooledConnection>& of_server = (*connections)[server_index++];
        if (home && server == home_server) {
            out.home = std::move(of_server.back());
            of_server.pop_back();
        }
        const std::size_t first = out.lanes.size();
        for (pool::PooledConnection& connection : of_server)
            out.lanes.push_back({std::move(connection), {}});
        const std::size_t count = out.lanes.size() - first;
        for (std::size_t i = 0; i < positions.size(); ++i)
            out.lanes[first + i % count].positions.push_back(positions[i]);
    }
    for (const Lane& lane : out.lanes) {
        for (const std::size_t position : lane.positions) {
            if (absl::Status proof = prove(lane.connection, topology, shards[position], deadline);
                !proof.ok())
                return on_shard(proof, topology.shard(shards[position]));
        }
    }
    return out;
}

}  // namespace mosaic::exec
