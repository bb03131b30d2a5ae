// Configuration and map as one snapshot, or what they disagree on.
#include "base/status.h"
#include "catalog/group_partitioner.h"
#include "catalog/catalog.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::catalog {
namespace {

using topology::TableKind;
using topology::Topology;

absl::Status mismatch(const config::Config& config, std::string_view what) {
    return make_error(
        errors::kMapMismatch,
        absl::StrFormat("join map and configuration %s: %s", config.file.string(), what)
    );
}

absl::Status add_shards(const config::Config& config, const MapRecord& map, Topology& out) {
    for (const ShardRecord& shard : map.shards) {
        std::uint32_t server = 0;
        while (server < config.servers.size() && config.servers[server].name != shard.server)
            ++server;
        if (server == config.servers.size())
            return mismatch(
                config,
                absl::StrFormat(
                    "shard %s lives on server %s, which the configuration lacks; add it to "
                    "`servers`",
                    shard.name,
                    shard.server
                )
            );
        out.shards.push_back({shard.name, ServerId{server}});
    }
    return absl::OkStatus();
}

absl::Status compare(
    const config::Config& config,
    const config::GroupSpec& spec,
    const GroupRecord& record,
    int version
) {
    const auto differ = [&](std::string_view what, std::string_view remedy) {
        return mismatch(config, absl::StrFormat("group %s %s; %s", spec.name, what, remedy));
    };
    constexpr std::string_view kWriteAsMap =
        "rows lie as the map says, so write in the configuration what the map has";
    if (spec.buckets != record.buckets)
        return differ(
            absl::StrFormat(
                "has %d buckets in the configuration and %d in the map",
                spec.buckets,
                record.buckets
            ),
            kWriteAsMap
        );
    if (spec.partitioner != record.partitioner)
        return differ(
            absl::StrFormat(
                "has partitioner %s in the configuration and %s in the map",
                spec.partitioner,
                record.partitioner
            ),
            kWriteAsMap
        );
    if (version != record.partitioner_version)
        return differ(
            absl::StrFormat(
                "was placed by version %d of partitioner %s and this program has version %d",
                record.partitioner_version,
                spec.partitioner,
                version
            ),
            "use the program that made the map"
        );
    if (spec.composite_layout != record.composite_layout)
        return differ(
            absl::StrFormat(
                "has composite layout %s in the configuration and %s in the map",
                keys::to_string(spec.composite_layout),
                keys::to_string(record.composite_layout)
            ),
            "ids were made as the map says, so write in the configuration what the map has"
        );
    if (record.owners.size() != record.buckets)
        return differ("has buckets without an owner in the map", "restore the map from a backup");
    return absl::OkStatus();
}

absl::StatusOr<topology::TableGroup> make_group(
    const config::Config& config,
    const config::GroupSpec& spec,
    const MapRecord& map,
    const Registry& registry
) {
    const auto record = std::find_if(map.groups.begin(), map.groups.end(), [&](const auto& one) {
        return one.name == spec.name;
    });
    if (record == map.groups.end())
        return mismatch(
            config,
            absl::StrFormat(
                "the map lacks group %s; take it out of the configuration, or make a map that has "
                "it",
                spec.name
            )
        );
    topology::TableGroup group;
    group.name = spec.name;
    group.composite_layout = spec.composite_layout;
    MOSAIC_ASSIGN_OR_RETURN(
        group.partitioner,
        make_partitioner(
            absl::StrFormat("join map and configuration %s", config.file.string()), spec, registry
        )
    );
    MOSAIC_RETURN_IF_ERROR(compare(config, spec, *record, group.partitioner->version()));
    std::vector<ShardId> owners;
    for (const std::uint32_t owner : record->owners) {
        if (owner >= map.shards.size())
            return mismatch(
                config,
                absl::StrFormat(
                    "group %s has a bucket on shard %d of %d; restore the map from a backup",
                    spec.name,
                    owner,
                    map.shards.size()
                )
            );
        owners.push_back(ShardId{owner});
    }
    group.map = partition::PartitionMap(owners);
    for (std::uint32_t i = 0; i < map.shards.size(); ++i)
        if (map.shards[i].has_foreign_rows)
            group.shards_with_foreign_rows.push_back(ShardId{i});
    return group;
}

absl::Status add_tables(const config::Config& config, Topology& out) {
    for (const config::TableSpec& spec : config.tables) {
        topology::Table table = spec.table;
        if (table.kind == TableKind::kLocal) {
            const auto shard = out.find_shard(spec.local_shard);
            if (!shard)
                return mismatch(
                    config,
                    absl::StrFormat(
                        "local table %s lives on shard %s, which the map lacks; it has %s to %s",
                        table.name,
                        spec.local_shard,
                        out.shards.front().name,
                        out.shards.back().name
                    )
                );
            table.shard = *shard;
        }
        const std::string name = table.name;
        out.tables.emplace(name, std::move(table));
    }
    return absl::OkStatus();
}

// A group that only the map has holds rows that no table of the configuration would be routed by.
absl::Status check_groups(const config::Config& config, const MapRecord& map) {
    for (const GroupRecord& record : map.groups)
        if (std::none_of(config.groups.begin(), config.groups.end(), [&](const auto& spec) {
                return spec.name == record.name;
            }))
            return mismatch(
                config,
                absl::StrFormat(
                    "the configuration lacks group %s of the map; add it to `groups`", record.name
                )
            );
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Topology>> make_topology(
    const config::Config& config, const MapRecord& map, const Registry& registry
) {
    if (map.shards.empty())
        return mismatch(config, "the map has no shards; restore it from a backup");
    auto made = std::make_shared<Topology>();
    made->cluster_id = map.cluster_id;
    made->database = config.database;
    made->epoch = Epoch{map.epoch};
    made->servers = config.servers;
    MOSAIC_RETURN_IF_ERROR(add_shards(config, map, *made));
    MOSAIC_RETURN_IF_ERROR(check_groups(config, map));
    for (const config::GroupSpec& spec : config.groups) {
        MOSAIC_ASSIGN_OR_RETURN(
            topology::TableGroup group, make_group(config, spec, map, registry)
        );
        made->groups.push_back(std::move(group));
    }
    MOSAIC_RETURN_IF_ERROR(add_tables(config, *made));
    return std::shared_ptr<const Topology>(std::move(made));
}

}  // namespace mosaic::catalog
