#include "base/status.h"
#include "driver/error_map.h"
#include "exec/executor.h"
#include "exec/insert_id.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <utility>

namespace mosaic::exec {
namespace {

driver::Request request_of(std::string_view text, std::string_view schema, const Call& call) {
    driver::Request request;
    request.text = text;
    request.schema = schema;
    request.deadline = call.deadline;
    return request;
}

absl::StatusOr<driver::Reply> ask(driver::Connection& connection, const driver::Request& request) {
    MOSAIC_RETURN_IF_ERROR(connection.send(request, driver::Overlap::kAlone));
    return connection.receive();
}

/// The schema that names without one mean; most texts have none.
std::string_view schema_of(const plan::Plan& plan, const topology::Shard& shard) {
    return plan.needs_schema ? std::string_view(shard.name) : std::string_view();
}

Effect effect_of(const driver::Reply& reply) {
    return {reply.affected_rows, reply.warnings, reply.info, reply.insert_id};
}

// One of several shards' writes: it gives no rows, since RETURNING is planned for one shard only.
absl::StatusOr<Effect> run_write(driver::Connection& connection, const driver::Request& request) {
    auto reply = ask(connection, request);
    if (!reply.ok())
        return driver::as_write(reply.status());
    return effect_of(*reply);
}

std::vector<std::string> texts_of(
    const plan::Plan& plan,
    const plan::Targets& targets,
    const std::vector<ShardId>& shards,
    const Call& call
) {
    const sql::Template& piece = plan::uses_single(plan, targets, call.topology) || !plan.scatter
                                     ? plan.single
                                     : plan.scatter->piece;
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        texts.push_back(
            plan.insert
                ? plan::render_insert(plan, targets, i, call.values, call.topology, call.backslash)
                : plan::render(
                      plan, piece, targets, i, shards[i], call.values, call.topology, call.backslash
                  )
        );
    }
    return texts;
}

absl::Status partial(
    const Call& call, std::span<const ShardId> shards, const std::vector<absl::Status>& statuses
) {
    ErrorDetail detail;
    const absl::Status* first = nullptr;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const std::string& name = call.topology.shard(shards[i]).name;
        (statuses[i].ok() ? detail.shards_done : detail.shards_not_done).push_back(name);
        if (!statuses[i].ok() && first == nullptr)
            first = &statuses[i];
    }
    const ErrorDetail cause = error_detail(*first).value_or(ErrorDetail{});
    const bool left_nothing = std::all_of(statuses.begin(), statuses.end(), [](const auto& each) {
        const auto of = error_detail(each);
        return !each.ok() && of &&
               (of->outcome == Outcome::kRolledBack || of->outcome == Outcome::kNotSent);
    });
    if (left_nothing || (detail.shards_done.empty() && shards.size() == 1))
        return *first;
    detail.outcome = Outcome::kPartial;
    detail.shard = cause.shard;
    detail.mysql_errno = cause.mysql_errno;
    detail.sqlstate = cause.sqlstate;
    return make_error(
        errors::kPartialWrite,
        absl::StrFormat(
            "write to %d shards: done on %s; not done, or in doubt, on %s: %s; repeat it for those "
            "shards only",
            shards.size(),
            detail.shards_done.empty() ? "none" : absl::StrJoin(detail.shards_done, ", "),
            absl::StrJoin(detail.shards_not_done, ", "),
            message_of(*first)
        ),
        detail
    );
}

}  // namespace

absl::StatusOr<ShardAnswer> Executor::write(
    const plan::Plan& plan, const plan::Targets& targets, const Call& call
) {
    const std::vector<ShardId> shards = shards_to_ask(targets.route, call.topology);
    if (shards.size() > 1) {
        if (!plan.why_not_scatter.ok())
            return plan.why_not_scatter;
        if (!call.is_best_effort) {
            ErrorDetail detail;
            detail.outcome = Outcome::kNotSent;
            return make_error(
                errors::kWriteSeveralShards,
                absl::StrFormat(
                    "write to table %s: it would touch %d shards, and no transaction spans shards; "
                    "name the shard key in WHERE, or allow it with best_effort()",
                    plan.written_table,
                    shards.size()
                ),
                detail
            );
        }
    }
    const std::vector<std::string> texts = texts_of(plan, targets, shards, call);
    if (shards.size() == 1)
        return write_one(plan, texts.front(), shards.front(), call);
    ShardAnswer answer;
    MOSAIC_ASSIGN_OR_RETURN(answer.effect, write_several(plan, texts, shards, call));
    return answer;
}

absl::StatusOr<ShardAnswer> Executor::write_one(
    const plan::Plan& plan, const std::string& text, ShardId shard, const Call& call
) {
    const topology::Shard& to = call.topology.shard(shard);
    MOSAIC_ASSIGN_OR_RETURN(
        pool::PooledConnection connection, servers_.checkout(call.topology, shard, call.deadline)
    );
    auto reply = ask(*connection, request_of(text, schema_of(plan, to), call));
    if (!reply.ok())
        return on_shard(driver::as_write(reply.status()), to);
    ShardAnswer answer;
    answer.effect = effect_of(*reply);
    if (!reply->columns.empty())
        answer.rows = std::make_unique<ShardStream>(std::move(connection), *std::move(reply), to);
    return answer;
}

absl::StatusOr<Effect> Executor::write_several(
    const plan::Plan& plan,
    const std::vector<std::string>& texts,
    std::span<const ShardId> shards,
    const Call& call
) {
    MOSAIC_ASSIGN_OR_RETURN(
        const std::vector<Servers::Lane> lanes,
        servers_.checkout_all(call.topology, shards, call.deadline)
    );
    std::vector<absl::Status> statuses(shards.size());
    std::vector<Effect> effects(shards.size());
    workers_.run_all(lanes.size(), [&](std::size_t i) {
        for (const std::size_t position : lanes[i].positions) {
            const topology::Shard& to = call.topology.shard(shards[position]);
            auto effect = run_write(
                *lanes[i].connection, request_of(texts[position], schema_of(plan, to), call)
            );
            if (effect.ok())
                effects[position] = *std::move(effect);
            else
                statuses[position] = on_shard(effect.status(), to);
        }
    });
    Effect sum;
    bool is_done = true;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        is_done = is_done && statuses[i].ok();
        sum.affected_rows += effects[i].affected_rows;
        sum.warnings += effects[i].warnings;
    }
    if (!is_done)
        return partial(call, shards, statuses);
    return sum;
}

absl::StatusOr<ShardAnswer> Executor::run_pinned(
    const plan::Plan& plan, const plan::Targets& targets, const Call& call, Pinned pinned
) {
    // What has to leave out rows of others must be a piece: the statement as written would not.
    const bool is_read = plan.access == plan::Access::kRead;
    if (is_read && !plan.scatter && !plan::uses_single(plan, targets, call.topology))
        return plan.why_not_scatter;
    const std::vector<ShardId> shards = {pinned.shard};
    const std::string text = texts_of(plan, targets, shards, call).front();
    const topology::Shard& shard = call.topology.shard(pinned.shard);
    if (call.last_insert_id != nullptr)
        MOSAIC_RETURN_IF_ERROR(set_insert_id(pinned.connection, call));
    auto reply = ask(pinned.connection, request_of(text, schema_of(plan, shard), call));
    if (!reply.ok()) {
        return on_shard(is_read ? reply.status() : driver::as_write(reply.status()), shard);
    }
    ShardAnswer answer;
    answer.effect = effect_of(*reply);
    if (reply->columns.empty())
        return answer;
    if (call.last_insert_id == nullptr) {
        answer.rows = std::make_unique<BorrowedStream>(pinned.connection, *std::move(reply), shard);
        return answer;
    }
    MOSAIC_ASSIGN_OR_RETURN(
        answer.rows, read_with_insert_id(pinned.connection, *std::move(reply), shard, call)
    );
    return answer;
}

absl::StatusOr<ShardAnswer> Executor::run_raw(
    std::string_view text, ShardId shard, const Call& call
) {
    const topology::Shard& to = call.topology.shard(shard);
    MOSAIC_ASSIGN_OR_RETURN(
        pool::PooledConnection connection, servers_.checkout(call.topology, shard, call.deadline)
    );
    connection.mark_session_changed();
    auto reply = ask(*connection, request_of(text, to.name, call));
    if (!reply.ok())
        return on_shard(driver::as_write(reply.status()), to);
    ShardAnswer answer;
    answer.effect = effect_of(*reply);
    if (!reply->columns.empty())
        answer.rows = std::make_unique<ShardStream>(std::move(connection), *std::move(reply), to);
    return answer;
}

absl::StatusOr<ShardAnswer> Executor::run_raw_pinned(
    std::string_view text, const Call& call, Pinned pinned
) {
    const topology::Shard& to = call.topology.shard(pinned.shard);
    auto reply = ask(pinned.connection, request_of(text, to.name, call));
    if (!reply.ok())
        return on_shard(driver::as_write(reply.status()), to);
    ShardAnswer answer;
    answer.effect = effect_of(*reply);
    if (!reply->columns.empty())
        answer.rows = std::make_unique<BorrowedStream>(pinned.connection, *std::move(reply), to);
    return answer;
}

}  // namespace mosaic::exec
