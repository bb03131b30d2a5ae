#include "client/tables.h"

#include "base/status.h"
#include "inspect/read_table.h"
#include "plan/plan.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mosaic::client {

std::vector<ShardId> one_shard_of_each_server(const topology::Topology& topology) {
    std::vector<ShardId> shards;
    std::vector<ServerId> servers;
    for (std::uint32_t i = 0; i < topology.shards.size(); ++i) {
        const ServerId server = topology.shards[i].server;
        if (std::find(servers.begin(), servers.end(), server) == servers.end()) {
            servers.push_back(server);
            shards.push_back(ShardId{i});
        }
    }
    return shards;
}

std::vector<ShardId> shards_that_know(
    const topology::Topology& topology, const topology::Table& table
) {
    if (table.kind == topology::TableKind::kLocal)
        return {table.shard};
    return one_shard_of_each_server(topology);
}

bool is_worth_another_shard(const absl::Status& status) {
    return absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
           absl::IsResourceExhausted(status);
}

std::optional<driver::ServerFacts> Tables::server() const {
    const MutexLock lock(mutex_);
    return server_;
}

TimePoint Tables::forgotten_at() const {
    const MutexLock lock(mutex_);
    return forgotten_at_;
}

std::uint64_t Tables::forget() {
    const MutexLock lock(mutex_);
    all_.tables.clear();
    forgotten_at_ = std::chrono::steady_clock::now();
    return ++version_;
}

std::shared_ptr<const schema::Schema> Tables::known(
    std::span<const std::string> names, std::string& unknown
) {
    const MutexLock lock(mutex_);
    auto schema = std::make_shared<schema::Schema>();
    for (const std::string& name : names) {
        const auto found = all_.tables.find(name);
        if (found == all_.tables.end()) {
            unknown = name;
            return nullptr;
        }
        schema->tables.insert(*found);
    }
    schema->version = version_;
    schema->is_mariadb = all_.is_mariadb;
    schema->collations = all_.collations;
    schema->connection_collation = all_.connection_collation;
    return schema;
}

absl::StatusOr<std::shared_ptr<const schema::Schema>> Tables::schema_for(
    const topology::Topology& topology, std::span<const std::string> names, TimePoint deadline
) {
    while (true) {
        std::string unknown;
        if (auto schema = known(names, unknown))
            return schema;
        const topology::Table* table = topology.find_table(unknown);
        if (table == nullptr)
            return plan::unknown_table(unknown, topology);
        const std::uint64_t version = this->version();
        MOSAIC_ASSIGN_OR_RETURN(
            std::shared_ptr<const schema::TableDef> definition, read(topology, *table, deadline)
        );
        MOSAIC_RETURN_IF_ERROR(plan::check_table(topology, *table, *definition));
        const MutexLock lock(mutex_);
        if (version == version_.load())
            all_.tables[unknown] = std::move(definition);
    }
}

absl::StatusOr<std::shared_ptr<const schema::TableDef>> Tables::read(
    const topology::Topology& topology, const topology::Table& table, TimePoint deadline
) {
    absl::Status last;
    for (const ShardId shard : shards_that_know(topology, table)) {
        auto connection = servers_.checkout(topology, shard, deadline);
        if (!connection.ok()) {
            last = connection.status();
            if (!is_worth_another_shard(last))
                return last;
            continue;
        }
        auto definition =
            inspect::read_table(**connection, topology.shard(shard).name, table.name, deadline);
        if (definition.ok())
            last = read_collations(**connection, *definition, deadline);
        else
            last = definition.status();
        if (last.ok())
            return std::make_shared<const schema::TableDef>(*std::move(definition));
        if (!is_worth_another_shard(last))
            return exec::on_shard(last, topology.shard(shard));
    }
    return last;
}

absl::Status Tables::read_collations(
    driver::Connection& connection, const schema::TableDef& definition, TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(
        std::string of_literals, inspect::read_connection_collation(connection, deadline)
    );
    std::vector<std::string> wanted = {of_literals};
    for (const schema::ColumnDef& column : definition.columns) {
        if (!column.collation.empty())
            wanted.push_back(column.collation);
    }
    {
        const MutexLock lock(mutex_);
        all_.is_mariadb = connection.facts().kind == driver::ServerKind::kMariaDb;
        server_ = connection.facts();
        all_.connection_collation = of_literals;
    }
    for (const std::string& name : wanted) {
        {
            const MutexLock lock(mutex_);
            if (all_.collations.contains(name))
                continue;
        }
        MOSAIC_ASSIGN_OR_RETURN(
            schema::CollationDef collation, inspect::read_collation(connection, name, deadline)
        );
        const MutexLock lock(mutex_);
        all_.collations[name] = std::move(collation);
    }
    return absl::OkStatus();
}

}  // namespace mosaic::client
