#include "migrate/sessions.h"

#include "base/status.h"
#include "catalog/connect.h"
#include "catalog/identity.h"
#include "inspect/fetch.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::migrate {
namespace {

constexpr std::chrono::seconds kCheckTimeout{30};

// One name space per server, and 64 characters at most.
std::string lock_name(const ShardSession& shard) {
    const std::string name = "mosaic migrate " + shard.schema;
    return name.substr(0, 64);
}

}  // namespace

LedgerRow* ShardSession::row(std::uint64_t version) {
    const auto found = ledger.find(version);
    return found == ledger.end() ? nullptr : &found->second;
}

const LedgerRow* ShardSession::row(std::uint64_t version) const {
    const auto found = ledger.find(version);
    return found == ledger.end() ? nullptr : &found->second;
}

absl::StatusOr<Sessions> Sessions::open(
    const config::Config& config, const topology::Topology& topology
) {
    Sessions sessions;
    sessions.driver_ = driver::make_driver(config.options.driver);
    if (sessions.driver_ == nullptr)
        return make_error(
            errors::kConfigInvalid,
            absl::StrFormat("open the shards: there is no driver %s", config.options.driver)
        );
    for (std::uint32_t i = 0; i < topology.servers.size(); ++i) {
        absl::Status added = sessions.add_server(config, topology, ServerId{i});
        if (!added.ok())
            sessions.failures_.push_back({topology.servers[i].name, std::move(added)});
    }
    std::sort(
        sessions.shards_.begin(),
        sessions.shards_.end(),
        [](const ShardSession& a, const ShardSession& b) { return a.shard < b.shard; }
    );
    return sessions;
}

absl::Status Sessions::add_server(
    const config::Config& config, const topology::Topology& topology, ServerId server
) {
    std::vector<ShardSession> added;
    for (std::uint32_t i = 0; i < topology.shards.size(); ++i) {
        if (topology.shards[i].server == server)
            added.push_back(
                {ShardId{i},
                 topology.shards[i].name,
                 topology.servers[server.value].name,
                 nullptr,
                 {}}
            );
    }
    if (added.empty())
        return absl::OkStatus();
    MOSAIC_ASSIGN_OR_RETURN(
        std::unique_ptr<driver::Connection> connection,
        driver_->connect(catalog::connect_options(config, topology.servers[server.value]))
    );
    for (ShardSession& shard : added) {
        const TimePoint deadline = std::chrono::steady_clock::now() + kCheckTimeout;
        MOSAIC_RETURN_IF_ERROR(catalog::check_identity(*connection, topology, shard.shard, deadline)
        );
        MOSAIC_ASSIGN_OR_RETURN(
            std::vector<LedgerRow> rows, read_ledger(*connection, shard.schema)
        );
        for (LedgerRow& row : rows) shard.ledger.emplace(row.version, std::move(row));
        shard.connection = connection.get();
    }
    connections_.push_back(std::move(connection));
    std::move(added.begin(), added.end(), std::back_inserter(shards_));
    return absl::OkStatus();
}

absl::Status Sessions::lock() {
    for (ShardSession& shard : shards_) {
        std::string name;
        append_text_literal(name, lock_name(shard), shard.connection->facts().backslash);
        MOSAIC_ASSIGN_OR_RETURN(
            const Batch got,
            inspect::fetch_all(
                *shard.connection,
                absl::StrFormat("SELECT GET_LOCK(%s, 0)", name),
                std::chrono::steady_clock::now() + kCheckTimeout
            )
        );
        if (got.cell(0, 0).value_or("") != "1")
            return make_error(
                errors::kMigrationBusy,
                absl::StrFormat(
                    "lock shard %s on %s: another process migrates it, or the server still runs "
                    "the "
                    "statement of one that was killed; wait, and see SHOW PROCESSLIST there",
                    shard.schema,
                    shard.server
                )
            );
        // Somebody may have migrated between our reading and the lock.
        MOSAIC_ASSIGN_OR_RETURN(
            std::vector<LedgerRow> rows, read_ledger(*shard.connection, shard.schema)
        );
        shard.ledger.clear();
        for (LedgerRow& row : rows) shard.ledger.emplace(row.version, std::move(row));
    }
    return absl::OkStatus();
}

absl::Status Sessions::set_lock_wait(std::chrono::seconds wait) {
    const std::string sql = absl::StrFormat(
        "SET SESSION lock_wait_timeout = %d, SESSION innodb_lock_wait_timeout = %d",
        wait.count(),
        wait.count()
    );
    for (const auto& connection : connections_)
        MOSAIC_RETURN_IF_ERROR(run_statement(*connection, {}, sql));
    return absl::OkStatus();
}

}  // namespace mosaic::migrate
