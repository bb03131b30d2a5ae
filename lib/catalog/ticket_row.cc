#include "catalog/ticket_row.h"

#include "base/status.h"
#include "driver/fetch.h"
#include "types/literal.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <limits>

namespace mosaic::catalog {
namespace {

constexpr std::uint64_t kIdMax = std::numeric_limits<std::int64_t>::max();
constexpr int kNoSuchDatabase = 1049;
constexpr int kNoSuchTable = 1146;

std::uint64_t number_of(const Batch& rows, std::size_t column) {
    const std::string text(rows.cell(0, column).value_or(""));
    std::uint64_t number = 0;
    return absl::SimpleAtoi(text, &number) ? number : 0;
}

}  // namespace

keys::Block ids_of_block(const TicketRow& row, std::uint64_t block) {
    const std::uint64_t first = (block * row.servers + row.position) * row.block_size + 1;
    return {first, first + row.block_size};
}

std::uint64_t blocks_in_all(const TicketRow& row) {
    const std::uint64_t numbers = kIdMax / row.block_size;  // of all servers together
    return numbers <= row.position ? 0 : (numbers - row.position - 1) / row.servers + 1;
}

std::uint64_t first_block_above(const TicketRow& row, std::uint64_t id) {
    // Number n begins at n * block_size + 1, which is above `id` from ceil(id / block_size) on.
    const std::uint64_t number = id / row.block_size + (id % row.block_size == 0 ? 0 : 1);
    if (number <= row.position)
        return 0;
    return (number - row.position - 1) / row.servers + 1;
}

std::string TicketPlace::to_string() const {
    return absl::StrFormat(
        "counter %s on ticket server %s (%s)",
        counter,
        servers.names[position],
        servers.servers[position].endpoint.to_string()
    );
}

std::string ticket_table(const TicketServers& servers) {
    std::string name;
    append_identifier(name, servers.schema);
    return name + ".tickets";
}

std::string where_row(const TicketRow& row, std::string_view counter, Backslash backslash) {
    std::string name;
    append_text_literal(name, counter, backslash);
    return absl::StrFormat(
        " WHERE name = %s AND block_size = %d AND servers = %d AND position = %d",
        name,
        row.block_size,
        row.servers,
        row.position
    );
}

absl::Status ticket_changed(const TicketPlace& place, std::string_view what) {
    return make_error(
        errors::kTicketChanged,
        absl::StrFormat(
            "take ids from %s: %s; these never change under a running name, or ids would be handed "
            "out twice: correct the configuration, or restart the programs after the counter was "
            "changed on every server",
            place.to_string(),
            what
        )
    );
}

absl::StatusOr<std::optional<TicketRow>> read_row(
    driver::Connection& connection, const TicketPlace& place, TimePoint deadline
) {
    std::string name;
    append_text_literal(name, place.counter, connection.facts().backslash);
    auto rows = driver::fetch_all(
        connection,
        absl::StrFormat(
            "SELECT next_block, block_size, servers, position, server_identity FROM %s WHERE name "
            "= "
            "%s",
            ticket_table(place.servers),
            name
        ),
        deadline
    );
    if (!rows.ok()) {
        const auto detail = error_detail(rows.status());
        if (detail &&
            (detail->mysql_errno == kNoSuchDatabase || detail->mysql_errno == kNoSuchTable))
            return std::nullopt;
        return rows.status();
    }
    if (rows->row_count() == 0)
        return std::nullopt;
    TicketRow row{
        number_of(*rows, 0),
        number_of(*rows, 1),
        number_of(*rows, 2),
        number_of(*rows, 3),
        std::string(rows->cell(0, 4).value_or(""))};
    if (row.block_size == 0 || row.servers == 0)
        return ticket_changed(place, "its row has no block size or no servers");
    return row;
}

absl::StatusOr<TicketRow> read_fitting_row(
    driver::Connection& connection, const TicketPlace& place, TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(auto row, read_row(connection, place, deadline));
    if (!row)
        return make_error(
            errors::kTicketMissing,
            absl::StrFormat(
                "take ids from %s: it has no such row; make it with `mosaic map init`",
                place.to_string()
            )
        );
    const std::size_t servers = place.servers.servers.size();
    if (row->servers != servers || row->position != place.position)
        return ticket_changed(
            place,
            absl::StrFormat(
                "its row is that of position %d of %d servers, the configuration means position %d "
                "of %d",
                row->position,
                row->servers,
                place.position,
                servers
            )
        );
    return *std::move(row);
}

}  // namespace mosaic::catalog
