// What a client offers beside running statements: multi-get, ids, explain, buffering.
#include "base/status.h"
#include "client/answers.h"
#include "client/directives.h"
#include "client/state.h"
#include "exec/streams.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic {

absl::StatusOr<Result> Client::State::buffer(client::Answer answer) {
    MOSAIC_RETURN_IF_ERROR(client::check_no_control(answer));
    if (!answer.rows)
        return make_error(errors::kNoRows, "query: the statement gives no rows; execute() it");
    exec::ByteBudget budget(answer.bytes_max.value_or(config_.options.limits.bytes_max));
    MOSAIC_ASSIGN_OR_RETURN(std::vector<Batch> batches, exec::read_all(*answer.rows, budget));
    const std::uint32_t warnings = answer.rows->warning_count();
    return Result(
        answer.rows->columns(), std::move(batches), warnings, std::move(answer.missing_shards)
    );
}

absl::StatusOr<Result> Client::State::get(
    std::string_view table, std::span<const Value> keys, std::string_view columns
) {
    const topology::Table* found = topology_->find_table(table);
    if (found == nullptr || found->kind != topology::TableKind::kSharded)
        return make_error(
            errors::kUnknownTable,
            absl::StrFormat(
                "get rows of %s by keys: it is no sharded table of the configuration", table
            )
        );
    std::string sql = absl::StrFormat("SELECT %s FROM ", columns);
    append_identifier(sql, table);
    sql += " WHERE ";
    append_identifier(sql, found->shard_key);
    sql += " IN (";
    if (keys.empty())
        sql += "NULL";
    for (std::size_t i = 0; i < keys.size(); ++i) sql += i == 0 ? "?" : ", ?";
    sql += ')';
    const Statement statement(std::move(sql), std::vector<Value>(keys.begin(), keys.end()));
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, run(statement));
    return buffer(std::move(answer));
}

absl::Status Client::State::next_ids(
    std::string_view table_name, std::span<Id> out, const std::optional<Value>& parent
) {
    MOSAIC_RETURN_IF_ERROR(check_process());
    const TimePoint deadline =
        std::chrono::steady_clock::now() + config_.options.limits.deadline_default;
    const topology::Table* table = topology_->find_table(table_name);
    if (table == nullptr)
        return make_error(
            errors::kUnknownTable,
            absl::StrFormat("make an id for %s: the configuration does not name it", table_name)
        );
    MOSAIC_ASSIGN_OR_RETURN(const std::shared_ptr<KeyScheme> scheme, schemes_.of(*table));
    std::optional<BucketId> bucket;
    if (parent) {
        MOSAIC_ASSIGN_OR_RETURN(bucket, bucket_of(*table, *parent, deadline));
    }
    return scheme->next(out, bucket, deadline);
}

absl::StatusOr<BucketId> Client::State::bucket_of(
    const topology::Table& table, const Value& key, TimePoint deadline
) {
    if (table.kind != topology::TableKind::kSharded)
        return make_error(
            errors::kAtInvalid,
            absl::StrFormat("find the bucket of a key of table %s: it is not sharded", table.name)
        );
    const std::string names[] = {table.name};
    MOSAIC_ASSIGN_OR_RETURN(
        const std::shared_ptr<const schema::Schema> schema,
        tables_.schema_for(*topology_, names, deadline)
    );
    MOSAIC_ASSIGN_OR_RETURN(
        const keys::KeyType type, plan::shard_key_type(table, *schema->find_table(table.name))
    );
    MOSAIC_ASSIGN_OR_RETURN(const std::string canonical, keys::canonical_for_insert(type, key));
    return topology_->groups[table.group].partitioner->bucket_of(canonical);
}

absl::StatusOr<plan::Explanation> Client::State::explain(const Statement& written) {
    MOSAIC_RETURN_IF_ERROR(check_process());
    Statement statement = written;
    if (client::has_directives(written.sql())) {
        MOSAIC_ASSIGN_OR_RETURN(statement, client::obey_directives(written, *topology_));
    }
    const TimePoint deadline = deadline_of(statement);
    plan::Explanation out;
    if (statement.at() || statement.shard()) {
        MOSAIC_ASSIGN_OR_RETURN(const ShardId shard, shard_of(statement, deadline));
        out.route = "one";
        out.shards = {topology_->shard(shard).name};
        out.reason = statement.at()
                         ? absl::StrFormat("at() names a key of %s", statement.at()->table)
                         : "the statement names it";
        out.pieces.push_back({topology_->shard(shard).name, statement.sql(), statement.sql(), {}});
        return out;
    }
    MOSAIC_ASSIGN_OR_RETURN(client::Prepared prepared, prepare(statement.sql(), deadline));
    if (prepared.show) {
        const std::string shard = topology_->shard(prepared.show->shards.front()).name;
        out.route = "one";
        out.shards = {shard};
        out.reason = "one shard knows it for all";
        out.pieces.push_back({shard, prepared.show->text, prepared.show->text, {}});
        return out;
    }
    if (!prepared.plan) {
        out.route = "none";
        out.reason = "answered by the client itself";
        return out;
    }
    // Ids that would be made are shown as NULL: explaining uses none up.
    std::vector<Value> values = statement.values();
    MOSAIC_RETURN_IF_ERROR(client::check_values(*prepared.plan, values));
    if (prepared.plan->insert)
        values.resize(values.size() + prepared.plan->insert->generated.size());
    MOSAIC_ASSIGN_OR_RETURN(
        const plan::Targets targets, plan::targets(*prepared.plan, values, *topology_)
    );
    MOSAIC_RETURN_IF_ERROR(check_fan_out(targets.route.shards.size(), statement));
    return plan::explanation(*prepared.plan, targets, values, *topology_, facts_.backslash);
}

}  // namespace mosaic
