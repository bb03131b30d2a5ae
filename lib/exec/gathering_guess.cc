#include "base/status.h"
#include "exec/gathering.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <utility>

namespace mosaic::exec {

absl::StatusOr<std::vector<double>> Gathering::guess_rows() {
    const plan::Gather& gather = *plan_.gather;
    std::vector<double> rows(mention_count(gather));
    const bool has_links = std::any_of(
        gather.sources.begin(),
        gather.sources.end(),
        [](const plan::GatherSource& source) { return !source.links.empty(); }
    );
    if (!has_links)
        return rows;
    for (std::size_t i = 0; i < gather.sources.size(); ++i) {
        if (shards_of_[i].empty())
            continue;
        // One shard stands for all.
        const ShardId shard = shards_of_[i].front();
        for (Servers::Lane& lane : lanes_) {
            const bool is_its = std::any_of(
                lane.positions.begin(),
                lane.positions.end(),
                [&](std::size_t position) { return shards_[position] == shard; }
            );
            if (!is_its)
                continue;
            MOSAIC_ASSIGN_OR_RETURN(
                rows[i], guess_rows(*lane.connection, gather.sources[i].piece, shard)
            );
            rows[i] *= static_cast<double>(shards_of_[i].size());
        }
    }
    for (std::size_t i = 0; i < gather.lookups.size(); ++i) {
        MOSAIC_ASSIGN_OR_RETURN(
            rows[gather.sources.size() + i], guess_rows(*scratch_, gather.lookups[i].piece, home_)
        );
    }
    return rows;
}

absl::StatusOr<double> Gathering::guess_rows(
    driver::Connection& connection, const sql::Template& piece, ShardId shard
) {
    const std::string text = "EXPLAIN FORMAT=TRADITIONAL " + render(piece, shard);
    const driver::Request request{.text = text, .schema = {}, .deadline = call_.deadline};
    MOSAIC_RETURN_IF_ERROR(connection.send(request, driver::Overlap::kAlone));
    auto reply = connection.receive();
    if (!reply.ok())
        return on_shard(reply.status(), call_.topology.shard(shard));
    std::size_t rows_at = 0;
    while (rows_at + 1 < reply->columns.size() && reply->columns[rows_at].name != "rows") ++rows_at;
    BorrowedStream answer(connection, *std::move(reply), call_.topology.shard(shard));
    double rows = 0;
    Batch batch;
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, answer.next(batch));
        if (!has_rows)
            return rows;
        for (std::size_t row = 0; row < batch.row_count(); ++row) {
            double guess = 0;
            const std::string guessed(batch.cell(row, rows_at).value_or("0"));
            if (absl::SimpleAtod(guessed, &guess))
                rows = std::max(rows, guess);
        }
    }
}

}  // namespace mosaic::exec
