#pragma once

#include "base/clock.h"
#include "catalog/counters.h"
#include "driver/connection.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mosaic::catalog {

/// One counter's row on one ticket server. `next_block` counts the blocks of this server; block i
/// of the server at position p of k is block number i * k + p of all.
struct TicketRow {
    std::uint64_t next_block = 0;
    std::uint64_t block_size = 0;
    std::uint64_t servers = 0;
    std::uint64_t position = 0;
    std::string server_identity;
};

/// Ids begin at 1 and end at the largest signed BIGINT.
[[nodiscard]] keys::Block ids_of_block(const TicketRow& row, std::uint64_t block);
/// Blocks that a row can hand out at all.
[[nodiscard]] std::uint64_t blocks_in_all(const TicketRow& row);
/// The server's first block all of whose ids are above `id`.
[[nodiscard]] std::uint64_t first_block_above(const TicketRow& row, std::uint64_t id);

/// Where a ticket row is.
struct TicketPlace {
    const TicketServers& servers;
    std::size_t position;
    const std::string& counter;

    [[nodiscard]] std::string to_string() const;
};

/// `schema`.tickets
[[nodiscard]] std::string ticket_table(const TicketServers& servers);
/// ` WHERE name = .. AND block_size = .. AND servers = .. AND position = ..`
[[nodiscard]] std::string where_row(
    const TicketRow& row, std::string_view counter, Backslash backslash
);

/// None: there is no such row, table or schema.
[[nodiscard]] absl::StatusOr<std::optional<TicketRow>> read_row(
    driver::Connection& connection, const TicketPlace& place, TimePoint deadline
);
/// The same, and kTicketMissing where there is none; kTicketChanged where its number of servers or
/// its position is not the configuration's.
[[nodiscard]] absl::StatusOr<TicketRow> read_fitting_row(
    driver::Connection& connection, const TicketPlace& place, TimePoint deadline
);

/// kTicketChanged with what was found and what was expected.
[[nodiscard]] absl::Status ticket_changed(const TicketPlace& place, std::string_view what);

}  // namespace mosaic::catalog
