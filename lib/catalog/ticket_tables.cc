// Making ticket tables, and lifting counters.
#include "base/status.h"
#include "catalog/server_identity.h"
#include "catalog/ticket_row.h"
#include "driver/fetch.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::catalog {
namespace {

absl::Status create_table(
    driver::Connection& connection, const TicketServers& servers, TimePoint deadline
) {
    std::string schema;
    append_identifier(schema, servers.schema);
    const std::string statements[] = {
        absl::StrFormat("CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8mb4", schema),
        absl::StrFormat(
            "CREATE TABLE IF NOT EXISTS %s (name VARCHAR(64) NOT NULL PRIMARY KEY, next_block "
            "BIGINT "
            "UNSIGNED NOT NULL, block_size BIGINT UNSIGNED NOT NULL, servers INT UNSIGNED NOT "
            "NULL, "
            "position INT UNSIGNED NOT NULL, server_identity VARCHAR(255) NOT NULL) ENGINE=InnoDB "
            "CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            ticket_table(servers)
        ),
    };
    for (const std::string& statement : statements)
        MOSAIC_RETURN_IF_ERROR(driver::run_statement(connection, statement, deadline).status());
    return absl::OkStatus();
}

/// One connection to each ticket server: all, or the first failure.
absl::StatusOr<std::vector<pool::PooledConnection>> connect_all(
    pool::Pools& pools, const TicketServers& servers, TimePoint deadline
) {
    std::vector<pool::PooledConnection> connections;
    for (const driver::ConnectOptions& options : servers.servers) {
        MOSAIC_ASSIGN_OR_RETURN(auto connection, pools.pool(options).checkout(deadline));
        connections.push_back(std::move(connection));
    }
    return connections;
}

// Where a missing row begins. Rows of it elsewhere say that ids were handed out, perhaps here too,
// before the row was lost; then it begins as far behind as a failover jumps.
absl::StatusOr<TicketRow> new_row(
    std::vector<pool::PooledConnection>& connections,
    const TicketServers& servers,
    const std::string& counter,
    std::uint64_t block_size,
    TimePoint deadline
) {
    TicketRow fresh{0, block_size, servers.servers.size(), 0, ""};
    for (std::size_t i = 0; i < connections.size(); ++i) {
        const TicketPlace place{servers, i, counter};
        MOSAIC_ASSIGN_OR_RETURN(const auto row, read_row(*connections[i], place, deadline));
        if (!row)
            continue;
        const std::uint64_t jump = servers.failover_jump / row->block_size + 1;
        fresh.block_size = row->block_size;
        if (row->next_block > 0)
            fresh.next_block = std::max(fresh.next_block, row->next_block + jump);
    }
    return fresh;
}

absl::Status insert_row(
    driver::Connection& connection,
    const TicketPlace& place,
    const TicketRow& row,
    std::string_view identity,
    TimePoint deadline
) {
    const Backslash backslash = connection.facts().backslash;
    std::string name;
    std::string writer;
    append_text_literal(name, place.counter, backslash);
    append_text_literal(writer, identity, backslash);
    const std::string statement = absl::StrFormat(
        "INSERT INTO %s (name, next_block, block_size, servers, position, server_identity) VALUES "
        "(%s, %d, %d, %d, %d, %s) ON DUPLICATE KEY UPDATE name = name",
        ticket_table(place.servers),
        name,
        row.next_block,
        row.block_size,
        row.servers,
        place.position,
        writer
    );
    MOSAIC_RETURN_IF_ERROR(driver::run_statement(connection, statement, deadline).status());
    MOSAIC_ASSIGN_OR_RETURN(const TicketRow stored, read_fitting_row(connection, place, deadline));
    if (stored.block_size == row.block_size)
        return absl::OkStatus();
    return ticket_changed(
        place,
        absl::StrFormat(
            "its blocks are of %d ids, those of another server of %d",
            stored.block_size,
            row.block_size
        )
    );
}

}  // namespace

absl::Status create_tickets(
    pool::Pools& pools,
    const TicketServers& servers,
    const std::vector<std::string>& counters,
    std::uint64_t block_size,
    TimePoint deadline
) {
    ServerIdentities identities(servers.durability);
    MOSAIC_ASSIGN_OR_RETURN(auto connections, connect_all(pools, servers, deadline));
    std::vector<std::string> found;
    for (std::size_t i = 0; i < connections.size(); ++i) {
        MOSAIC_ASSIGN_OR_RETURN(
            std::string identity,
            identities.of(connections[i], "ticket server " + servers.names[i], deadline)
        );
        found.push_back(std::move(identity));
    }
    for (const pool::PooledConnection& connection : connections)
        MOSAIC_RETURN_IF_ERROR(create_table(*connection, servers, deadline));
    for (const std::string& counter : counters) {
        MOSAIC_ASSIGN_OR_RETURN(
            const TicketRow row, new_row(connections, servers, counter, block_size, deadline)
        );
        for (std::size_t i = 0; i < connections.size(); ++i)
            MOSAIC_RETURN_IF_ERROR(
                insert_row(*connections[i], {servers, i, counter}, row, found[i], deadline)
            );
    }
    return absl::OkStatus();
}

absl::StatusOr<std::uint64_t> advance_tickets(
    pool::Pools& pools,
    const TicketServers& servers,
    const std::string& counter,
    std::uint64_t at_least,
    TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(auto connections, connect_all(pools, servers, deadline));
    std::optional<std::uint64_t> first;
    for (std::size_t i = 0; i < connections.size(); ++i) {
        const TicketPlace place{servers, i, counter};
        driver::Connection& connection = *connections[i];
        MOSAIC_ASSIGN_OR_RETURN(const TicketRow row, read_fitting_row(connection, place, deadline));
        const std::uint64_t block = first_block_above(row, at_least);
        if (block >= blocks_in_all(row))
            return make_error(
                errors::kIdsUsedUp,
                absl::StrFormat(
                    "lift %s above %d: no id is left above it; use another counter",
                    place.to_string(),
                    at_least
                )
            );
        const std::string statement = absl::StrFormat(
            "UPDATE %s SET next_block = GREATEST(next_block, %d)%s",
            ticket_table(servers),
            block,
            where_row(row, counter, connection.facts().backslash)
        );
        MOSAIC_RETURN_IF_ERROR(driver::run_statement(connection, statement, deadline).status());
        MOSAIC_ASSIGN_OR_RETURN(const TicketRow now, read_fitting_row(connection, place, deadline));
        if (now.next_block < block)
            return ticket_changed(place, "its row was not lifted");
        const std::uint64_t id = ids_of_block(now, now.next_block).first;
        first = std::min(first.value_or(id), id);
    }
    if (!first)
        return make_error(
            errors::kTicketsUnavailable,
            absl::StrFormat("lift counter %s: no ticket servers are configured", counter)
        );
    return *first;
}

}  // namespace mosaic::catalog
