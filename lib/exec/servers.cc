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

pool::Pool& Servers::pool_of(const topology::Topology& topology, ServerId id) {
    const topology::Server& server = topology.servers[id.value];
    driver::ConnectOptions options = session_;
    options.endpoint = server.primary;
    options.user = server.user;
    options.password = server.password;
    return pools_->pool(options);
}

// A generation is a server's, and grows when it was lost and connected to anew: somebody may have
// started another server in its place. Then every shard there proves itself again.
absl::Status Servers::prove(
    const pool::PooledConnection& connection,
    const topology::Topology& topology,
    ShardId shard,
    TimePoint deadline
) {
    const std::string& name = topology.shard(shard).name;
    {
        const MutexLock lock(mutex_);
        const auto found = proved_.find(name);
        if (found != proved_.end() && found->second == connection.generation())
            return absl::OkStatus();
    }
    MOSAIC_RETURN_IF_ERROR(check_(*connection, topology, shard, deadline));
    const MutexLock lock(mutex_);
    proved_[name] = connection.generation();
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
    std::map<std::uint32_t, std::vector<std::size_t>> by_server;
    for (std::size_t i = 0; i < shards.size(); ++i)
        by_server[topology.shard(shards[i]).server.value].push_back(i);

    std::vector<pool::Pools::Wanted> wanted;
    for (const auto& [server, positions] : by_server) {
        const int most = pools_->options().connections_per_call_max;
        const int count = std::min(most, static_cast<int>(positions.size()));
        wanted.push_back({&pool_of(topology, ServerId{server}), count});
    }
    auto connections = pools_->checkout_all(wanted, deadline);
    if (!connections.ok())
        return connections.status();

    std::vector<Lane> lanes;
    std::size_t server_index = 0;
    for (const auto& [server, positions] : by_server) {
        const std::size_t first = lanes.size();
        for (pool::PooledConnection& connection : (*connections)[server_index++])
            lanes.push_back({std::move(connection), {}});
        const std::size_t count = lanes.size() - first;
        for (std::size_t i = 0; i < positions.size(); ++i)
            lanes[first + i % count].positions.push_back(positions[i]);
    }
    for (const Lane& lane : lanes) {
        for (const std::size_t position : lane.positions) {
            if (absl::Status proof = prove(lane.connection, topology, shards[position], deadline);
                !proof.ok())
                return on_shard(proof, topology.shard(shards[position]));
        }
    }
    return lanes;
}

}  // namespace mosaic::exec
