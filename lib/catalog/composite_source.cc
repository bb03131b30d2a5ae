// Local parts of composite ids: one row per (table, bucket), one round trip per block.
#include "base/log.h"
#include "base/status.h"
#include "catalog/server_identity.h"
#include "driver/fetch.h"
#include "types/literal.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace mosaic::catalog {
namespace {

constexpr std::uint64_t kBlocksMax = 1000;  // of one trip
// Connections come and go; what is forgotten is read again.
constexpr std::size_t kKnownMax = 4096;

class CompositeSource final : public keys::BlockSource {
public:
    CompositeSource(
        BucketConnections connections,
        std::uint64_t block_size,
        CounterDurability durability,
        std::uint64_t failover_jump
    )
        : connections_(std::move(connections)),
          block_size_(std::max<std::uint64_t>(block_size, 1)),
          failover_jump_(failover_jump),
          identities_(durability) {}

    absl::StatusOr<std::vector<keys::Block>> next_blocks(
        const std::string& name,
        std::optional<BucketId> bucket,
        std::uint64_t wanted,
        TimePoint deadline
    ) override;

private:
    absl::StatusOr<std::uint64_t> first_of_new_row(
        const BucketConnection& target, std::string_view identity, TimePoint deadline
    );

    const BucketConnections connections_;
    const std::uint64_t block_size_;
    const std::uint64_t failover_jump_;
    ServerIdentities identities_;
    Mutex mutex_;
    /// Where new rows begin, by connection and schema.
    std::map<std::pair<std::uint64_t, std::string>, std::uint64_t> firsts_ ABSL_GUARDED_BY(mutex_);
};

std::string counters_table(const BucketConnection& target) {
    std::string schema;
    append_identifier(schema, target.schema);
    return schema + "._mosaic_counters";
}

std::string literal(const BucketConnection& target, std::string_view text) {
    std::string out;
    append_text_literal(out, text, target.connection->facts().backslash);
    return out;
}

// The jump reads the old identity: assignments are done from left to right.
std::string take_sql(
    const BucketConnection& target,
    std::string_view name,
    BucketId bucket,
    std::uint64_t first_of_new,
    std::uint64_t count,
    std::string_view identity,
    std::uint64_t jump
) {
    const std::string mine = literal(target, identity);
    return absl::StrFormat(
        "INSERT INTO %s (name, bucket, next, server_identity) VALUES (%s, %d, %d, %s) ON DUPLICATE "
        "KEY UPDATE next = LAST_INSERT_ID(next + %d + IF(server_identity = %s, 0, %d)), "
        "server_identity = %s",
        counters_table(target),
        literal(target, name),
        bucket.value,
        first_of_new + count,
        mine,
        count,
        mine,
        jump,
        mine
    );
}

// Read once a connection. Where the row is missing this server may not be the one that had it.
absl::StatusOr<std::uint64_t> CompositeSource::first_of_new_row(
    const BucketConnection& target, std::string_view identity, TimePoint deadline
) {
    const std::pair key(target.connection->serial(), target.schema);
    {
        const MutexLock lock(mutex_);
        if (const auto found = firsts_.find(key); found != firsts_.end())
            return found->second;
    }
    const std::string mine = literal(target, identity);
    const std::string jump = absl::StrFormat(
        "INSERT INTO %s (name, bucket, next, server_identity) VALUES ('', 0, %d, %s) ON DUPLICATE "
        "KEY UPDATE next = next + IF(server_identity = %s, 0, %d), server_identity = %s",
        counters_table(target),
        failover_jump_ + 1,
        mine,
        mine,
        failover_jump_,
        mine
    );
    const std::string read = absl::StrFormat(
        "SELECT next FROM %s WHERE name = '' AND bucket = 0 AND server_identity = %s",
        counters_table(target),
        mine
    );
    MOSAIC_ASSIGN_OR_RETURN(Batch rows, driver::fetch_all(*target.connection, read, deadline));
    if (rows.row_count() == 0) {
        MOSAIC_ASSIGN_OR_RETURN(
            const driver::Reply reply, driver::run_statement(*target.connection, jump, deadline)
        );
        if (reply.affected_rows == 2)  // Not made, but taken over.
            log_line(
                LogLevel::kWarning,
                absl::StrFormat(
                    "counters of shard %s were last written by another server than %s, which may "
                    "hold an older copy: each skips %d composite ids",
                    target.schema,
                    identity,
                    failover_jump_
                )
            );
        MOSAIC_ASSIGN_OR_RETURN(rows, driver::fetch_all(*target.connection, read, deadline));
    }
    std::uint64_t first = 0;
    if (rows.row_count() != 1 ||
        !absl::SimpleAtoi(std::string(rows.cell(0, 0).value_or("")), &first))
        return make_error(
            errors::kTicketChanged,
            absl::StrFormat(
                "read where counters of shard %s begin: another server writes there too; let one "
                "server alone be written",
                target.schema
            )
        );
    const MutexLock lock(mutex_);
    if (firsts_.size() >= kKnownMax)
        firsts_.clear();
    firsts_[key] = first;
    return first;
}

absl::StatusOr<std::vector<keys::Block>> CompositeSource::next_blocks(
    const std::string& name,
    std::optional<BucketId> bucket,
    std::uint64_t wanted,
    TimePoint deadline
) {
    if (!bucket)
        return make_error(
            errors::kKeyNeedsParent,
            absl::StrFormat("take ids of %s: its counters are per bucket, and none was given", name)
        );
    MOSAIC_ASSIGN_OR_RETURN(BucketConnection target, connections_(*bucket, deadline));
    MOSAIC_ASSIGN_OR_RETURN(
        const std::string identity,
        identities_.of(target.connection, "the server of shard " + target.schema, deadline)
    );
    MOSAIC_ASSIGN_OR_RETURN(
        const std::uint64_t first_of_new, first_of_new_row(target, identity, deadline)
    );
    const std::uint64_t blocks =
        std::clamp<std::uint64_t>((wanted + block_size_ - 1) / block_size_, 1, kBlocksMax);
    const std::uint64_t count = blocks * block_size_;
    MOSAIC_ASSIGN_OR_RETURN(
        const driver::Reply reply,
        driver::run_statement(
            *target.connection,
            take_sql(target, name, *bucket, first_of_new, count, identity, failover_jump_),
            deadline
        )
    );
    // 1: the row was made, and LAST_INSERT_ID was not called.
    const std::uint64_t end = reply.affected_rows == 1 ? first_of_new + count : reply.insert_id;
    if (end <= count)
        return make_error(
            errors::kTicketChanged,
            absl::StrFormat(
                "take ids of %s in bucket %d of shard %s: the server gave no number (%d); look at "
                "its row in _mosaic_counters",
                name,
                bucket->value,
                target.schema,
                end
            )
        );
    return std::vector<keys::Block>{{end - count, end}};
}

}  // namespace

std::shared_ptr<keys::BlockSource> make_composite_source(
    BucketConnections connections,
    std::uint64_t block_size,
    CounterDurability durability,
    std::uint64_t failover_jump
) {
    return std::make_shared<CompositeSource>(
        std::move(connections), block_size, durability, failover_jump
    );
}

}  // namespace mosaic::catalog
