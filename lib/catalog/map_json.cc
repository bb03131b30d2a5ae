#include "catalog/map_json.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

namespace mosaic::catalog {
namespace {

using Json = nlohmann::json;

constexpr int kFormat = 1;
constexpr std::uint32_t kBucketsMax = 65536;
constexpr std::size_t kShardsMax = 65536;

Json runs_of(const std::vector<std::uint32_t>& owners) {
    Json runs = Json::array();
    for (std::size_t i = 0; i < owners.size();) {
        std::size_t end = i;
        while (end < owners.size() && owners[end] == owners[i]) ++end;
        runs.push_back({owners[i], end - i});
        i = end;
    }
    return runs;
}

absl::Status wrong(std::string_view what) {
    return absl::DataLossError(absl::StrFormat("%s", what));
}

absl::StatusOr<GroupRecord> read_group(const Json& json, std::size_t shards) {
    GroupRecord group;
    group.name = json.at("name").get<std::string>();
    group.partitioner = json.at("partitioner").get<std::string>();
    group.partitioner_version = json.at("partitioner_version").get<int>();
    group.buckets = json.at("buckets").get<std::uint32_t>();
    if (group.buckets == 0 || group.buckets > kBucketsMax)
        return wrong(absl::StrFormat("group %s has %d buckets", group.name, group.buckets));
    for (const Json& run : json.at("owners")) {
        const auto shard = run.at(0).get<std::uint32_t>();
        const auto count = run.at(1).get<std::uint32_t>();
        if (shard >= shards || count > group.buckets - group.owners.size())
            return wrong(absl::StrFormat(
                "group %s gives %d buckets to shard %d of %d", group.name, count, shard, shards
            ));
        group.owners.insert(group.owners.end(), count, shard);
    }
    if (group.owners.size() != group.buckets)
        return wrong(absl::StrFormat(
            "group %s has owners for %d of %d buckets",
            group.name,
            group.owners.size(),
            group.buckets
        ));
    return group;
}

absl::StatusOr<MapRecord> read_map(const Json& json) {
    if (const int format = json.at("format").get<int>(); format != kFormat)
        return wrong(absl::StrFormat("its format is %d, this program knows %d", format, kFormat));
    MapRecord map;
    map.cluster_id = json.at("cluster_id").get<std::string>();
    map.epoch = json.at("epoch").get<std::uint64_t>();
    for (const Json& shard : json.at("shards"))
        map.shards.push_back(ShardRecord{
            shard.at("name").get<std::string>(),
            shard.at("server").get<std::string>(),
            shard.at("has_foreign_rows").get<bool>()});
    if (map.epoch == 0 || map.shards.empty() || map.shards.size() > kShardsMax)
        return wrong("it has no epoch, or no shards, or too many");
    for (const Json& group : json.at("groups")) {
        auto read = read_group(group, map.shards.size());
        if (!read.ok())
            return read.status();
        map.groups.push_back(*std::move(read));
    }
    return map;
}

}  // namespace

std::string to_json(const MapRecord& map) {
    Json json = {
        {"format", kFormat},
        {"cluster_id", map.cluster_id},
        {"epoch", map.epoch},
        {"shards", Json::array()},
        {"groups", Json::array()}};
    for (const ShardRecord& shard : map.shards)
        json["shards"].push_back(
            {{"name", shard.name},
             {"server", shard.server},
             {"has_foreign_rows", shard.has_foreign_rows}}
        );
    for (const GroupRecord& group : map.groups)
        json["groups"].push_back(
            {{"name", group.name},
             {"partitioner", group.partitioner},
             {"partitioner_version", group.partitioner_version},
             {"buckets", group.buckets},
             {"owners", runs_of(group.owners)}}
        );
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<MapRecord> from_json(std::string_view text) {
    try {
        return read_map(Json::parse(text));
    } catch (const Json::exception& error) {
        return wrong(error.what());
    }
}

}  // namespace mosaic::catalog
