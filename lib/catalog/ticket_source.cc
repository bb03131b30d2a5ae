// Blocks of ids from ticket servers.
#include "base/log.h"
#include "base/status.h"
#include "catalog/server_identity.h"
#include "catalog/ticket_row.h"
#include "driver/fetch.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <atomic>

namespace mosaic::catalog {
namespace {

constexpr std::uint64_t kBlocksMax = 1000;  // of one trip
constexpr int kAttemptsMax = 8;             // others may jump at the same time

class TicketSource final : public keys::BlockSource {
public:
    TicketSource(std::shared_ptr<pool::Pools> pools, TicketServers servers)
        : pools_(std::move(pools)),
          servers_(std::move(servers)),
          identities_(servers_.durability) {}

    absl::StatusOr<std::vector<keys::Block>> next_blocks(
        const std::string& name,
        std::optional<BucketId> bucket,
        std::uint64_t wanted,
        TimePoint deadline
    ) override;

private:
    using Blocks = absl::StatusOr<std::vector<keys::Block>>;

    Blocks take(const TicketPlace& place, std::uint64_t wanted, TimePoint deadline);
    absl::Status remember(const TicketPlace& place, const TicketRow& row);
    std::optional<TicketRow> expected_row(const TicketPlace& place);

    const std::shared_ptr<pool::Pools> pools_;
    const TicketServers servers_;
    ServerIdentities identities_;
    std::atomic<std::size_t> turn_{0};
    Mutex mutex_;
    /// Block size by counter: one for all servers, or their blocks would overlap.
    std::map<std::string, std::uint64_t, std::less<>> block_sizes_ ABSL_GUARDED_BY(mutex_);
};

// What asking another server does not cure: it would hide a mistake, or hand out ids twice.
bool is_refusal(const absl::Status& status) {
    const auto detail = error_detail(status);
    if (!detail)
        return true;
    const std::uint16_t id = detail->id.number;
    return id == errors::kTicketMissing.number || id == errors::kTicketChanged.number ||
           id == errors::kTicketDurability.number || id == errors::kIdsUsedUp.number ||
           id == errors::kUsedAfterFork.number;
}

bool is_lost(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail && detail->id == ErrorId{errors::kConnectionLost.number};
}

// Each server still to be asked gets its share of the time, so one that hangs leaves some for
// others.
TimePoint share_of(TimePoint deadline, std::size_t servers) {
    const TimePoint now = std::chrono::steady_clock::now();
    if (deadline == TimePoint::max() || deadline <= now)
        return deadline;
    return now + (deadline - now) / static_cast<std::int64_t>(servers);
}

absl::StatusOr<std::vector<keys::Block>> TicketSource::next_blocks(
    const std::string& name, std::optional<BucketId>, std::uint64_t wanted, TimePoint deadline
) {
    const std::size_t count = servers_.servers.size();
    const std::size_t first = turn_.fetch_add(1, std::memory_order_relaxed);
    std::string failures;
    for (std::size_t i = 0; i < count; ++i) {
        const TicketPlace place{servers_, (first + i) % count, name};
        const TimePoint until = share_of(deadline, count - i);
        auto blocks = take(place, wanted, until);
        // A pooled connection may be of before the server's restart. Asking again is safe: blocks that
        // were taken, and whose numbers did not come through, are lost, never given twice.
        if (!blocks.ok() && is_lost(blocks.status()))
            blocks = take(place, wanted, until);
        if (blocks.ok() || is_refusal(blocks.status()))
            return blocks;
        failures += absl::StrFormat(
            "%s%s: %s",
            failures.empty() ? "" : "; ",
            servers_.names[place.position],
            message_of(blocks.status())
        );
    }
    return make_error(
        errors::kTicketsUnavailable,
        absl::StrFormat(
            "take ids of counter %s: none of %d ticket servers gave any (%s); start one of them",
            name,
            count,
            failures
        )
    );
}

std::optional<TicketRow> TicketSource::expected_row(const TicketPlace& place) {
    const MutexLock lock(mutex_);
    const auto found = block_sizes_.find(place.counter);
    if (found == block_sizes_.end())
        return std::nullopt;
    return TicketRow{0, found->second, servers_.servers.size(), place.position, ""};
}

absl::Status TicketSource::remember(const TicketPlace& place, const TicketRow& row) {
    const MutexLock lock(mutex_);
    const auto [known, is_new] = block_sizes_.emplace(place.counter, row.block_size);
    if (known->second == row.block_size)
        return absl::OkStatus();
    return ticket_changed(
        place,
        absl::StrFormat(
            "its blocks are of %d ids, this process has read %d before",
            row.block_size,
            known->second
        )
    );
}

void warn_of_jump(
    const TicketPlace& place, const TicketRow& row, std::string_view now, std::uint64_t blocks
) {
    log_line(
        LogLevel::kWarning,
        absl::StrFormat(
            "%s was last written by server %s and is now at %s, which may be an older copy: its "
            "counter skipped %d ids; before another failover run `mosaic keys advance %s`",
            place.to_string(),
            row.server_identity,
            now,
            blocks * row.block_size,
            place.counter
        )
    );
}

absl::StatusOr<std::vector<keys::Block>> TicketSource::take(
    const TicketPlace& place, std::uint64_t wanted, TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(
        const pool::PooledConnection connection,
        pools_->pool(servers_.servers[place.position]).checkout(deadline)
    );
    MOSAIC_ASSIGN_OR_RETURN(
        const std::string identity, identities_.of(connection, place.to_string(), deadline)
    );
    const Backslash backslash = connection->facts().backslash;
    std::string mine;
    append_text_literal(mine, identity, backslash);
    // The first try trusts that the row was last written by this server; what it does not match is
    // read, and either refused or taken over with a jump.
    std::optional<TicketRow> row = expected_row(place);
    for (int attempt = 0; attempt < kAttemptsMax; ++attempt) {
        std::uint64_t jump = 0;
        std::string writer = mine;
        if (!row || attempt > 0) {
            MOSAIC_ASSIGN_OR_RETURN(row, read_fitting_row(*connection, place, deadline));
            MOSAIC_RETURN_IF_ERROR(remember(place, *row));
            if (row->server_identity != identity) {
                jump = servers_.failover_jump / row->block_size + 1;
                writer.clear();
                append_text_literal(writer, row->server_identity, backslash);
            }
        }
        const std::uint64_t count = std::clamp<std::uint64_t>(
            wanted / row->block_size + (wanted % row->block_size == 0 ? 0 : 1), 1, kBlocksMax
        );
        const std::uint64_t last = blocks_in_all(*row);
        if (last < jump + count || row->next_block > last - jump - count)
            return make_error(
                errors::kIdsUsedUp,
                absl::StrFormat(
                    "take ids from %s: block %d would end above the largest BIGINT; use another "
                    "counter",
                    place.to_string(),
                    row->next_block
                )
            );
        const std::string statement = absl::StrFormat(
            "UPDATE %s SET next_block = LAST_INSERT_ID(next_block + %d), server_identity = %s%s "
            "AND "
            "server_identity = %s AND next_block <= %d",
            ticket_table(servers_),
            jump + count,
            mine,
            where_row(*row, place.counter, backslash),
            writer,
            last - jump - count
        );
        MOSAIC_ASSIGN_OR_RETURN(
            const driver::Reply reply, driver::run_statement(*connection, statement, deadline)
        );
        if (reply.affected_rows != 1)
            continue;
        if (jump > 0)
            warn_of_jump(place, *row, identity, jump);
        std::vector<keys::Block> blocks;
        for (std::uint64_t i = reply.insert_id - count; i < reply.insert_id; ++i)
            blocks.push_back(ids_of_block(*row, i));
        return blocks;
    }
    return ticket_changed(place, "its row changes all the time");
}

}  // namespace

std::shared_ptr<keys::BlockSource> make_ticket_source(
    std::shared_ptr<pool::Pools> pools, TicketServers servers
) {
    return std::make_shared<TicketSource>(std::move(pools), std::move(servers));
}

}  // namespace mosaic::catalog
