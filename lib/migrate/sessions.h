#pragma once

#include "config/config.h"
#include "driver/connection.h"
#include "migrate/ledger.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace mosaic::migrate {

/// A shard as a migration meets it.
struct ShardSession {
    ShardId shard;
    std::string schema;  ///< And its name.
    std::string server;  ///< For messages.
    driver::Connection* connection = nullptr;
    std::map<std::uint64_t, LedgerRow> ledger;

    /// Null: the migration was never begun here.
    [[nodiscard]] LedgerRow* row(std::uint64_t version);
    [[nodiscard]] const LedgerRow* row(std::uint64_t version) const;
};

/// One connection to each server of the topology, for all of its shards. Each shard has proved its
/// identity on it, and its ledger is read.
class Sessions {
public:
    /// A server that could not be asked.
    struct Failure {
        std::string server;
        absl::Status status;
    };

    /// Connects to all servers; what fails is in failures(), its shards are not in shards().
    [[nodiscard]] static absl::StatusOr<Sessions> open(
        const config::Config& config, const topology::Topology& topology
    );

    /// Takes the lock of every shard on its server's connection (kMigrationBusy). The server holds
    /// them until the connection ends, which is not before the statement that it runs has ended,
    /// even when this process was killed meanwhile.
    absl::Status lock();

    /// A statement waits for a lock on its table this long at most (a server's own default is a
    /// day).
    absl::Status set_lock_wait(std::chrono::seconds wait);

    /// In the order of the map.
    [[nodiscard]] std::vector<ShardSession>& shards() { return shards_; }

    [[nodiscard]] const std::vector<ShardSession>& shards() const { return shards_; }

    [[nodiscard]] const std::vector<Failure>& failures() const { return failures_; }

private:
    absl::Status add_server(
        const config::Config& config, const topology::Topology& topology, ServerId server
    );

    std::shared_ptr<driver::Driver> driver_;
    std::vector<std::unique_ptr<driver::Connection>> connections_;
    std::vector<ShardSession> shards_;
    std::vector<Failure> failures_;
};

}  // namespace mosaic::migrate
