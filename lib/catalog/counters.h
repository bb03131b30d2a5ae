#pragma once

#include "catalog/catalog.h"
#include "keys/block_source.h"
#include "pool/pool.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// The counters that ids come from: tickets on ticket servers, local parts of composite ids in the
/// shards.
namespace mosaic::catalog {

using config::CounterDurability;

/// Where tickets are: `servers` in the order of their position.
struct TicketServers {
    std::vector<driver::ConnectOptions> servers;
    std::vector<std::string> names;  ///< Of the servers, for messages.
    std::string schema = "mosaic_tickets";
    CounterDurability durability = CounterDurability::kMachine;
    /// Added to a counter when its row was last written by another server (a failover to a replica
    /// that may lag): more ids than could have been handed out unseen.
    std::uint64_t failover_jump = 10'000'000;
};

/// Makes the ticket tables and a row per counter where they are missing.
absl::Status create_tickets(
    pool::Pools& pools,
    const TicketServers& servers,
    const std::vector<std::string>& counters,
    std::uint64_t block_size,
    TimePoint deadline
);

/// Blocks from the ticket servers, in turn; a server that fails is passed over while another
/// answers.
[[nodiscard]] std::shared_ptr<keys::BlockSource> make_ticket_source(
    std::shared_ptr<pool::Pools> pools, TicketServers servers
);

/// Lifts every server's row of `counter` above `at_least`, so that no id up to it is handed out
/// again. \return the first id that may be handed out from now on.
absl::StatusOr<std::uint64_t> advance_tickets(
    pool::Pools& pools,
    const TicketServers& servers,
    const std::string& counter,
    std::uint64_t at_least,
    TimePoint deadline
);

/// A connection to the shard that owns a bucket of one table group, which has proved its identity,
/// and the shard's schema.
struct BucketConnection {
    pool::PooledConnection connection;
    std::string schema;
};

using BucketConnections =
    std::function<absl::StatusOr<BucketConnection>(BucketId bucket, TimePoint deadline)>;

/// Blocks for the local parts of composite ids, from the counter row (name, bucket) in the shard
/// that owns the bucket; the row is made when it is missing. `block_size`: ids per block.
///
/// A replica that lags may also lack rows. So a new row begins where the row without a name says,
/// which jumps as the others do; write_identity() makes it.
[[nodiscard]] std::shared_ptr<keys::BlockSource> make_composite_source(
    BucketConnections connections,
    std::uint64_t block_size,
    CounterDurability durability,
    std::uint64_t failover_jump
);

}  // namespace mosaic::catalog
