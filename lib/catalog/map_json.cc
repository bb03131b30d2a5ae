#include "catalog/map_json.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>
#include <set>
#include <stdexcept>

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

// get<>() alone would take -1 for a large number and 1.5 for 1.
template <typename Number>
Number whole(const Json& json) {
    if (!json.is_number_unsigned() ||
        json.get<std::uint64_t>() > std::numeric_limits<Number>::max())
        throw std::invalid_argument(json.dump() + " is no whole number");
    return json.get<Number>();
}

keys::CompositeLayout read_layout(const Json& json) {
    return {
        whole<int>(json.at(0)), whole<int>(json.at(1)), whole<int>(json.at(2)), whole<int>(json.at(3))};
}

absl::StatusOr<GroupRecord> read_group(const Json& json, std::size_t shards) {
    GroupRecord group;
    group.name = json.at("name").get<std::string>();
    group.partitioner = json.at("partitioner").get<std::string>();
    group.partitioner_version = whole<int>(json.at("partitioner_version"));
    group.buckets = whole<std::uint32_t>(json.at("buckets"));
    if (json.contains("composite_layout"))
        group.composite_layout = read_layout(json.at("composite_layout"));  // A newer key.
    if (group.buckets == 0 || group.buckets > kBucketsMax)
        return wrong(absl::StrFormat("group %s has %d buckets", group.name, group.buckets));
    if (const auto flaw = keys::layout_flaw(group.composite_layout, group.buckets, 0))
        return wrong(absl::StrFormat(
            "group %s has composite layout %s: %s",
            group.name,
            keys::to_string(group.composite_layout),
            *flaw
        ));
    for (const Json& run : json.at("owners")) {
        const auto shard = whole<std::uint32_t>(run.at(0));
        const auto count = whole<std::uint32_t>(run.at(1));
        if (run.size() != 2 || shard >= shards || count > group.buckets - group.owners.size())
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

// Whether two of `records` have one name.
template <typename Record>
bool repeats_name(const std::vector<Record>& records) {
    std::set<std::string_view> names;
    return !std::all_of(records.begin(), records.end(), [&](const Record& record) {
        return names.insert(record.name).second;
    });
}

absl::StatusOr<MapRecord> read_map(const Json& json) {
    if (const int format = whole<int>(json.at("format")); format != kFormat)
        return wrong(absl::StrFormat("its format is %d, this program knows %d", format, kFormat));
    MapRecord map;
    map.cluster_id = json.at("cluster_id").get<std::string>();
    map.epoch = whole<std::uint64_t>(json.at("epoch"));
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
    if (repeats_name(map.shards) || repeats_name(map.groups))
        return wrong("it names a shard or a group twice");
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
    for (const GroupRecord& group : map.groups) {
        const keys::CompositeLayout& layout = group.composite_layout;
        json["groups"].push_back(
            {{"name", group.name},
             {"partitioner", group.partitioner},
             {"partitioner_version", group.partitioner_version},
             {"buckets", group.buckets},
             {"composite_layout",
              {layout.reserved_bits, layout.bucket_bits, layout.type_bits, layout.local_bits}},
             {"owners", runs_of(group.owners)}}
        );
    }
    return json.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

absl::StatusOr<MapRecord> from_json(std::string_view text) {
    try {
        return read_map(Json::parse(text));
    } catch (const std::exception& error) {
        return wrong(error.what());
    }
}

}  // namespace mosaic::catalog
