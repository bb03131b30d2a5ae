#include "plan/insert_targets.h"

#include "base/status.h"
#include "keys/schemes.h"

#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic::plan {
namespace {

using topology::TableGroup;
using topology::Topology;

constexpr std::uint32_t kNowhere = 0xFFFFFFFF;

std::string text_of(const Value& value) {
    std::string text;
    append_literal(text, value, Backslash::kEscapes);
    return text;
}

/// A child's composite id must say the bucket of its row's shard key, and the table's type.
absl::Status check_composite(
    const Topology& topology, const std::string& name, const Value& id, BucketId bucket
) {
    const topology::Table& table = *topology.find_table(name);
    const TableGroup& group = topology.groups[table.group];
    const std::optional<std::uint64_t> number = number_of_id(id);
    std::optional<BucketId> named;
    if (number) {
        MOSAIC_ASSIGN_OR_RETURN(named, bucket_of_id(group, *number));
    }
    const std::uint32_t said = keys::decompose(group.composite_layout, number.value_or(0)).type;
    if (named && *named == bucket && said == table.ids->type)
        return absl::OkStatus();
    return make_error(
        errors::kCompositeDisagrees,
        absl::StrFormat(
            "insert into table %s: id %s says %s and type %d, and its row's shard key says bucket "
            "%d and "
            "the table has type %d; let the id be made (leave %s out), or ask next_id() with the "
            "shard "
            "key",
            name,
            text_of(id),
            named ? absl::StrFormat("bucket %d", named->value) : std::string("no bucket"),
            said,
            bucket.value,
            table.ids->type,
            table.ids->column
        )
    );
}

absl::Status key_missing(const TableUse& use, std::size_t row) {
    return make_error(
        errors::kShardKeyMissing,
        absl::StrFormat(
            "insert into table %s: row %d has NULL as its shard key %s, so its shard is not known; "
            "give "
            "%s a value",
            use.table,
            row + 1,
            use.key_column,
            use.key_column
        )
    );
}

/// Whether the key is an id that has not been made: in explain.
bool is_unmade(const Plan& plan, const InsertRow& row, std::span<const Value> values) {
    const auto* index = std::get_if<std::uint16_t>(&row.key);
    return index != nullptr && *index >= plan.parameter_count && values[*index].is_null();
}

absl::StatusOr<ShardId> shard_of_row(
    const Plan& plan, std::size_t number, std::span<const Value> values, const Topology& topology
) {
    const InsertRow& row = plan.insert->rows[number];
    const TableUse& use = plan.uses.front();
    const TableGroup& group = topology.groups[use.group];
    const Value& key = value_of(row.key, values);
    if (key.is_null())
        return key_missing(use, number);
    MOSAIC_ASSIGN_OR_RETURN(
        const std::string canonical, keys::canonical_for_insert(use.key_type, key)
    );
    MOSAIC_ASSIGN_OR_RETURN(const BucketId bucket, group.partitioner->bucket_of(canonical));
    if (row.composite_id) {
        const Value& id = value_of(*row.composite_id, values);
        MOSAIC_RETURN_IF_ERROR(check_composite(topology, use.table, id, bucket));
    }
    return owner_of(group, bucket);
}

}  // namespace

absl::StatusOr<Targets> insert_targets(
    const Plan& plan, std::span<const Value> values, const Topology& topology
) {
    Targets result;
    result.is_key_bound = true;
    std::vector<ShardId> shard_of(plan.insert->rows.size());
    std::vector<std::uint32_t> position_of(topology.shards.size(), kNowhere);
    for (std::size_t i = 0; i < shard_of.size(); ++i) {
        if (is_unmade(plan, plan.insert->rows[i], values))
            return result;
        MOSAIC_ASSIGN_OR_RETURN(shard_of[i], shard_of_row(plan, i, values, topology));
        position_of[shard_of[i].value] = 0;
    }
    for (std::uint32_t shard = 0; shard < position_of.size(); ++shard) {
        if (position_of[shard] == kNowhere)
            continue;
        position_of[shard] = static_cast<std::uint32_t>(result.route.shards.size());
        result.route.shards.push_back(ShardId{shard});
    }
    result.rows.resize(result.route.shards.size());
    for (std::uint32_t i = 0; i < shard_of.size(); ++i)
        result.rows[position_of[shard_of[i].value]].push_back(i);
    result.route.kind = kind_of(result.route.shards.size(), topology);
    if (result.route.shards.size() > 1 && !plan.why_not_scatter.ok())
        return plan.why_not_scatter;
    return result;
}

}  // namespace mosaic::plan
