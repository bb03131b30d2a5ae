#include "topology/topology.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

namespace mosaic::topology {

const Table* Topology::find_table(std::string_view name) const {
    const auto found = tables.find(name);
    return found == tables.end() ? nullptr : &found->second;
}

std::optional<ShardId> Topology::find_shard(std::string_view name) const {
    for (std::uint32_t i = 0; i < shards.size(); ++i) {
        if (shards[i].name == name)
            return ShardId{i};
    }
    return std::nullopt;
}

absl::StatusOr<ShardId> shard_of_key(
    const Topology& topology, const Table& table, std::string_view canonical
) {
    const TableGroup& group = topology.groups[table.group];
    MOSAIC_ASSIGN_OR_RETURN(const BucketId bucket, group.partitioner->bucket_of(canonical));
    // A program's own partitioner may break its word; an index past the end is not how to find out.
    if (bucket.value >= group.map.bucket_count()) {
        return make_error(
            errors::kKeyNotPlaceable,
            absl::StrFormat(
                "find the shard of a key of table %s: partitioner %s gives bucket %d, and group %s "
                "has buckets below %d; the partitioner must keep to its bucket count",
                table.name,
                group.partitioner->name(),
                bucket.value,
                group.name,
                group.map.bucket_count()
            )
        );
    }
    return group.map.owner(bucket);
}

}  // namespace mosaic::topology
