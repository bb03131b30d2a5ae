#include "base/status.h"
#include "exec/executor.h"
#include "exec/gathering.h"
#include "exec/insert_id.h"
#include "merge/merge.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <atomic>
#include <utility>

namespace mosaic::exec {
namespace {

driver::Request request_of(std::string_view text, const Call& call, std::string_view schema = {}) {
    driver::Request request;
    request.text = text;
    request.schema = schema;
    request.deadline = call.deadline;
    return request;
}

// A connection that its server closed while it was idle in the pool is noticed only by asking.
bool may_ask_again(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail && detail->id == ErrorId{errors::kConnectionLost.number};
}

// Connections are in no schema, as texts name theirs. A name that only a schema could explain (a
// function that is not built in) is then this error instead of the one that says what is missing.
bool lacks_schema(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail && detail->mysql_errno == 1046;
}

// A star that has other columns than when the plan was made moves those that the merge works with.
absl::Status check_columns(const plan::Scatter& scatter, const std::vector<Column>& columns) {
    bool is_same = columns.size() == scatter.column_count;
    for (const plan::Scatter::StarColumn& star : scatter.star_columns)
        is_same = is_same && absl::EqualsIgnoreCase(columns[star.position].name, star.name);
    if (is_same)
        return absl::OkStatus();
    return make_error(
        errors::kUnknownColumn,
        "merge the shards' answers: a table's columns have changed since they were read; run the "
        "statement again"
    );
}

/// What a scatter asks, and what has come back; positions are those of the targets.
struct Round {
    const std::vector<std::string>& texts;
    const std::vector<ShardId>& shards;
    std::vector<std::unique_ptr<RowStream>> streams;
    std::vector<absl::Status> statuses;
};

absl::Status send_piece(Servers::Lane& lane, std::size_t index, Round& round, const Call& call) {
    return lane.connection->send(
        request_of(round.texts[lane.positions[index]], call), driver::Overlap::kOthersInFlight
    );
}

// Receives the pieces of a lane whose first was sent. All but the last are read into memory: the
// connection can ask the next one only when the one before is read.
absl::Status receive_lane(Servers::Lane& lane, Round& round, const Call& call, ByteBudget& budget) {
    for (std::size_t i = 0; i < lane.positions.size(); ++i) {
        const std::size_t position = lane.positions[i];
        if (i > 0)
            MOSAIC_RETURN_IF_ERROR(send_piece(lane, i, round, call));
        MOSAIC_ASSIGN_OR_RETURN(driver::Reply reply, lane.connection->receive());
        const topology::Shard& shard = call.topology.shard(round.shards[position]);
        if (i + 1 == lane.positions.size()) {
            round.streams[position] = traced(
                std::make_unique<ShardStream>(std::move(lane.connection), std::move(reply), shard),
                call.trace,
                shard.name,
                "answers"
            );
            return absl::OkStatus();
        }
        std::vector<Column> columns = reply.columns;
        const std::unique_ptr<RowStream> rows = traced(
            std::make_unique<BorrowedStream>(*lane.connection, std::move(reply), shard),
            call.trace,
            shard.name,
            "answers"
        );
        MOSAIC_ASSIGN_OR_RETURN(std::vector<Batch> batches, read_all(*rows, budget));
        round.streams[position] = std::make_unique<BufferedStream>(
            std::move(columns), std::move(batches), rows->warning_count()
        );
    }
    return absl::OkStatus();
}

// Which shard of a lane an error belongs to: the first that has no stream yet.
absl::Status named(
    const absl::Status& status, const Servers::Lane& lane, const Round& round, const Call& call
) {
    for (const std::size_t position : lane.positions) {
        if (round.streams[position] == nullptr)
            return on_shard(status, call.topology.shard(round.shards[position]));
    }
    return status;
}

}  // namespace

std::vector<ShardId> shards_to_ask(const plan::Route& route, const topology::Topology& topology) {
    if (!route.shards.empty())
        return route.shards;
    // Any shard will do: take them in turn, so that no server gets all of these.
    static std::atomic<std::uint32_t> next{0};
    const auto count = static_cast<std::uint32_t>(topology.shards.size());
    return {ShardId{next.fetch_add(1, std::memory_order_relaxed) % count}};
}

absl::StatusOr<std::unique_ptr<RowStream>> Executor::read(
    const plan::Plan& plan, const plan::Targets& targets, const Call& call
) {
    if (!plan::uses_single(plan, targets, call.topology))
        return plan.gather ? gather(plan, call) : scatter(plan, targets, call);
    const ShardId shard = targets.route.shards.size() == 1
                              ? targets.route.shards.front()
                              : shards_to_ask(targets.route, call.topology).front();
    return read_one(
        plan::render(
            plan, plan.single, targets, 0, shard, call.values, call.topology, call.backslash
        ),
        shard,
        call
    );
}

absl::StatusOr<std::unique_ptr<RowStream>> Executor::gather(
    const plan::Plan& plan, const Call& call
) {
    auto rows = Gathering(servers_, plan, call).run();
    if (!rows.ok() && may_ask_again(rows.status()))
        rows = Gathering(servers_, plan, call).run();
    return rows;
}

absl::StatusOr<std::unique_ptr<RowStream>> Executor::read_one(
    const std::string& text, ShardId shard, const Call& call
) {
    absl::Status lost;
    std::string_view schema;
    for (int attempt = 0; attempt < 3; ++attempt) {
        MOSAIC_ASSIGN_OR_RETURN(
            pool::PooledConnection connection,
            servers_.checkout(call.topology, shard, call.deadline)
        );
        if (call.last_insert_id != nullptr) {
            connection.mark_session_changed();
            MOSAIC_RETURN_IF_ERROR(set_insert_id(*connection, call));
        }
        lost = connection->send(request_of(text, call, schema), driver::Overlap::kAlone);
        if (lost.ok()) {
            auto reply = connection->receive();
            if (reply.ok() && call.last_insert_id != nullptr)
                return read_with_insert_id(
                    *connection, *std::move(reply), call.topology.shard(shard), call
                );
            if (reply.ok())
                return traced(
                    std::make_unique<ShardStream>(
                        std::move(connection), *std::move(reply), call.topology.shard(shard)
                    ),
                    call.trace,
                    call.topology.shard(shard).name,
                    "answers"
                );
            lost = reply.status();
        }
        if (lacks_schema(lost) && schema.empty()) {
            schema = call.topology.shard(shard).name;
            continue;
        }
        if (attempt == 1 || !may_ask_again(lost))
            break;
    }
    return on_shard(lost, call.topology.shard(shard));
}

absl::StatusOr<std::unique_ptr<RowStream>> Executor::scatter(
    const plan::Plan& plan, const plan::Targets& targets, const Call& call
) {
    if (!plan.scatter)
        return plan.why_not_scatter;
    const std::vector<ShardId> shards = shards_to_ask(targets.route, call.topology);
    std::vector<std::string> texts;
    texts.reserve(shards.size());
    for (std::size_t i = 0; i < shards.size(); ++i) {
        texts.push_back(plan::render(
            plan,
            plan.scatter->piece,
            targets,
            i,
            shards[i],
            call.values,
            call.topology,
            call.backslash
        ));
    }
    const bool is_partial = call.missing != nullptr && shards.size() > 1;
    auto streams = is_partial ? ask_reachable(texts, shards, call) : ask_all(texts, shards, call);
    if (!streams.ok() && !is_partial && may_ask_again(streams.status()))
        streams = ask_all(texts, shards, call);
    if (!streams.ok())
        return streams.status();
    for (const std::unique_ptr<RowStream>& stream : *streams)
        MOSAIC_RETURN_IF_ERROR(check_columns(*plan.scatter, stream->columns()));
    return merge::merge(
        *std::move(streams),
        plan.scatter->merge,
        call.values,
        {.bytes_max = call.bytes_max, .groups_max = call.groups_max}
    );
}

absl::StatusOr<std::vector<std::unique_ptr<RowStream>>> Executor::ask_all(
    const std::vector<std::string>& texts, const std::vector<ShardId>& shards, const Call& call
) {
    Round round{texts, shards, {}, {}};
    round.streams.resize(shards.size());
    MOSAIC_ASSIGN_OR_RETURN(
        std::vector<Servers::Lane> lanes,
        servers_.checkout_all(call.topology, shards, call.deadline)
    );
    round.statuses.resize(lanes.size());
    for (std::size_t i = 0; i < lanes.size(); ++i)
        round.statuses[i] = send_piece(lanes[i], 0, round, call);
    const auto receive = [&](std::size_t i) {
        if (!round.statuses[i].ok())
            return;
        // Its share: lanes may be received by several threads at once.
        ByteBudget budget(call.bytes_max / lanes.size());
        round.statuses[i] = receive_lane(lanes[i], round, call, budget);
    };
    if (servers_.traits().sends_at_once) {
        for (std::size_t i = 0; i < lanes.size(); ++i) receive(i);
    } else {
        workers_.run_all(lanes.size(), receive);
    }
    for (std::size_t i = 0; i < lanes.size(); ++i) {
        if (!round.statuses[i].ok())
            return named(round.statuses[i], lanes[i], round, call);
    }
    return std::move(round.streams);
}

}  // namespace mosaic::exec
