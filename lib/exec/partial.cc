// Reads that go on without shards that cannot be asked: Statement::allow_partial().
#include "base/status.h"
#include "exec/executor.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

namespace mosaic::exec {
namespace {

// That the server could not be asked, or has not answered; not that it refuses the statement.
bool is_missing(const absl::Status& status) {
    constexpr std::array kRows = {
        errors::kCannotConnect,
        errors::kConnectionLost,
        errors::kCallDeadline,
        errors::kPoolExhausted,
        errors::kEndpointDown,
        errors::kServerBusy,
        errors::kServerGoesDown,
    };
    const auto detail = error_detail(status);
    return detail && std::ranges::any_of(kRows, [&](const ErrorRow& row) {
               return detail->id == ErrorId{row.number};
           });
}

/// What one server is asked, by position among all that is asked.
struct Share {
    std::vector<std::size_t> positions;
    absl::Status status;
};

std::vector<Share> shares_of(
    const std::vector<ShardId>& shards, const topology::Topology& topology
) {
    std::map<std::uint32_t, Share> by_server;
    for (std::size_t i = 0; i < shards.size(); ++i)
        by_server[topology.shard(shards[i]).server.value].positions.push_back(i);
    std::vector<Share> shares;
    for (auto& [server, share] : by_server) shares.push_back(std::move(share));
    return shares;
}

}  // namespace

absl::Status Executor::ask_server(
    const std::vector<std::string>& texts,
    const std::vector<ShardId>& shards,
    const std::vector<std::size_t>& positions,
    const Call& call,
    std::vector<std::unique_ptr<RowStream>>& out
) {
    std::vector<std::string> own_texts;
    std::vector<ShardId> own_shards;
    for (const std::size_t position : positions) {
        own_texts.push_back(texts[position]);
        own_shards.push_back(shards[position]);
    }
    MOSAIC_ASSIGN_OR_RETURN(
        const std::vector<std::unique_ptr<RowStream>> streams, ask_all(own_texts, own_shards, call)
    );
    ByteBudget budget(call.bytes_max);
    std::vector<std::unique_ptr<RowStream>> whole;
    for (const std::unique_ptr<RowStream>& stream : streams) {
        MOSAIC_ASSIGN_OR_RETURN(std::vector<Batch> batches, read_all(*stream, budget));
        whole.push_back(std::make_unique<BufferedStream>(
            stream->columns(), std::move(batches), stream->warning_count()
        ));
    }
    for (std::size_t i = 0; i < positions.size(); ++i) out[positions[i]] = std::move(whole[i]);
    return absl::OkStatus();
}

absl::StatusOr<std::vector<std::unique_ptr<RowStream>>> Executor::ask_reachable(
    const std::vector<std::string>& texts, const std::vector<ShardId>& shards, const Call& call
) {
    std::vector<Share> shares = shares_of(shards, call.topology);
    // A server that hangs must leave time to merge what the others gave.
    Call hurried = call;
    const auto now = std::chrono::steady_clock::now();
    hurried.deadline = now + (call.deadline - now) * 3 / 4;
    hurried.bytes_max = call.bytes_max / shares.size();

    std::vector<std::unique_ptr<RowStream>> streams(shards.size());
    // Each asks one server only, so that none holds connections while it waits for another's.
    askers_.run_all(shares.size(), [&](std::size_t i) {
        shares[i].status = ask_server(texts, shards, shares[i].positions, hurried, streams);
        const auto detail = error_detail(shares[i].status);
        if (detail && detail->id == ErrorId{errors::kConnectionLost.number})
            shares[i].status = ask_server(texts, shards, shares[i].positions, hurried, streams);
    });

    for (const Share& share : shares) {
        if (!share.status.ok() && !is_missing(share.status))
            return share.status;
    }
    call.missing->clear();
    for (const Share& share : shares) {
        if (share.status.ok())
            continue;
        for (const std::size_t position : share.positions)
            call.missing->push_back(call.topology.shard(shards[position]).name);
    }
    std::ranges::sort(*call.missing);
    std::erase(streams, nullptr);
    if (streams.empty())
        return shares.front().status;
    return streams;
}

}  // namespace mosaic::exec
