// Local parts of composite ids: one row per (table, bucket), one round trip per block.
#include "base/status.h"
#include "catalog/server_identity.h"
#include "driver/fetch.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::catalog {
namespace {

constexpr std::uint64_t kBlocksMax = 1000;  // of one trip

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
    const BucketConnections connections_;
    const std::uint64_t block_size_;
    const std::uint64_t failover_jump_;
    ServerIdentities identities_;
};

// A new row begins at 1, so that no id is 0. The jump reads the old identity: assignments are done
// from left to right.
std::string take_sql(
    const BucketConnection& target,
    std::string_view name,
    BucketId bucket,
    std::uint64_t count,
    std::string_view identity,
    std::uint64_t jump
) {
    const Backslash backslash = target.connection->facts().backslash;
    std::string schema;
    std::string name_literal;
    std::string identity_literal;
    append_identifier(schema, target.schema);
    append_text_literal(name_literal, name, backslash);
    append_text_literal(identity_literal, identity, backslash);
    return absl::StrFormat(
        "INSERT INTO %s._mosaic_counters (name, bucket, next, server_identity) VALUES (%s, %d, %d, "
        "%s) ON DUPLICATE KEY UPDATE next = LAST_INSERT_ID(next + %d + IF(server_identity = %s, 0, "
        "%d)), server_identity = %s",
        schema,
        name_literal,
        bucket.value,
        count + 1,
        identity_literal,
        count,
        identity_literal,
        jump,
        identity_literal
    );
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
    const std::uint64_t blocks =
        std::clamp<std::uint64_t>((wanted + block_size_ - 1) / block_size_, 1, kBlocksMax);
    const std::uint64_t count = blocks * block_size_;
    MOSAIC_ASSIGN_OR_RETURN(
        const driver::Reply reply,
        driver::run_statement(
            *target.connection,
            take_sql(target, name, *bucket, count, identity, failover_jump_),
            deadline
        )
    );
    // 1: the row was made, and LAST_INSERT_ID was not called.
    const std::uint64_t end = reply.affected_rows == 1 ? count + 1 : reply.insert_id;
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
