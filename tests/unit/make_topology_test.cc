// The first map, and what map and configuration may disagree on.
#include "base/status.h"
#include "catalog/catalog.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace mosaic;
using namespace mosaic::catalog;

namespace {

config::Config some_config() {
    auto config = config::parse(
        "version: 1\n"
        "database: app\n"
        "catalog: {file: map.json}\n"
        "servers:\n"
        "  - {name: small, primary: db1:3306}\n"
        "  - {name: large, primary: db2:3306, weight: 3}\n"
        "groups:\n"
        "  - {name: users, buckets: 64, tables: [{name: users, shard_key: id}]}\n"
        "  - {name: bills, buckets: 16, tables: [{name: bills, shard_key: id}]}\n"
        "local_tables: {notes: app_03}\n",
        "app.yaml",
        Registry()
    );
    REQUIRE(config.ok());
    return *std::move(config);
}

MapRecord some_map() {
    auto map = first_map(some_config(), 8, Registry());
    REQUIRE(map.ok());
    return *std::move(map);
}

std::string joined(const config::Config& config, const MapRecord& map, std::uint16_t id) {
    const auto topology = make_topology(config, map, Registry());
    REQUIRE_FALSE(topology.ok());
    CHECK(error_detail(topology.status())->id.number == id);
    return std::string(message_of(topology.status()));
}

std::string mismatch(const config::Config& config, const MapRecord& map) {
    return joined(config, map, errors::kMapMismatch.number);
}

}  // namespace

TEST_CASE("the first map spreads shards by weight and buckets evenly") {
    const MapRecord map = some_map();
    CHECK(map.epoch == 1);
    CHECK(map.cluster_id.size() == 36);
    CHECK(map.cluster_id != some_map().cluster_id);
    REQUIRE(map.shards.size() == 8);
    CHECK(map.shards.front().name == "app_00");
    CHECK(map.shards.back().name == "app_07");
    std::map<std::string, int> of_server;
    for (const ShardRecord& shard : map.shards) ++of_server[shard.server];
    CHECK(of_server == std::map<std::string, int>{{"large", 6}, {"small", 2}});
    for (const GroupRecord& group : map.groups) {
        CHECK(group.owners.size() == group.buckets);
        for (std::uint32_t shard = 0; shard < 8; ++shard)
            CHECK(std::count(group.owners.begin(), group.owners.end(), shard) == group.buckets / 8);
    }
}

TEST_CASE("a first map has at least one shard") {
    for (const int shards : {0, -1, 65537})
        CHECK_FALSE(first_map(some_config(), shards, Registry()).ok());
}

TEST_CASE("configuration and map make one topology") {
    MapRecord map = some_map();
    map.epoch = 9;
    map.shards[2].has_foreign_rows = true;

    const auto topology = make_topology(some_config(), map, Registry());

    REQUIRE(topology.ok());
    CHECK((*topology)->epoch == Epoch{9});
    CHECK((*topology)->cluster_id == map.cluster_id);
    CHECK((*topology)->shards.size() == 8);
    CHECK((*topology)->find_table("notes")->shard == ShardId{3});
    REQUIRE((*topology)->groups.size() == 2);
    CHECK((*topology)->groups[0].map.bucket_count() == 64);
    CHECK((*topology)->groups[1].shards_with_foreign_rows == std::vector<ShardId>{ShardId{2}});
}

TEST_CASE("what map and configuration disagree on is refused with its remedy") {
    const config::Config config = some_config();

    SECTION("a server") {
        MapRecord map = some_map();
        map.shards[5].server = "gone";
        CHECK_THAT(
            mismatch(config, map),
            Catch::Contains("shard app_05 lives on server gone") && Catch::Contains("`servers`")
        );
    }
    SECTION("a group that only the configuration has") {
        MapRecord map = some_map();
        map.groups.pop_back();
        CHECK_THAT(mismatch(config, map), Catch::Contains("the map lacks group bills"));
    }
    SECTION("a group that only the map has") {
        MapRecord map = some_map();
        map.groups.push_back(map.groups.back());
        map.groups.back().name = "old";
        CHECK_THAT(mismatch(config, map), Catch::Contains("lacks group old of the map"));
    }
    SECTION("the number of buckets") {
        config::Config other = config;
        other.groups[0].buckets = 128;
        CHECK_THAT(
            mismatch(other, some_map()),
            Catch::Contains("128 buckets in the configuration and 64 in the map")
        );
    }
    SECTION("the partitioner") {
        config::Config other = config;
        other.groups[0].partitioner = "prefix";
        CHECK_THAT(
            mismatch(other, some_map()),
            Catch::Contains("partitioner prefix in the configuration and hash in the map")
        );
    }
    SECTION("the layout of composite ids") {
        config::Config other = config;
        other.groups[0].composite_layout = {1, 16, 10, 37};
        CHECK_THAT(
            mismatch(other, some_map()),
            Catch::Contains(
                "composite layout 1+16+10+37 in the configuration and 2+16+10+36 in the map"
            )
        );
        CHECK(make_topology(other, *first_map(other, 8, Registry()), Registry()).ok());
    }
    SECTION("the partitioner's version") {
        MapRecord map = some_map();
        map.groups[0].partitioner_version = 2;
        CHECK_THAT(mismatch(config, map), Catch::Contains("version 2 of partitioner hash"));
    }
    SECTION("a local table's shard") {
        config::Config other = config;
        other.tables.back().local_shard = "app_08";
        CHECK_THAT(
            mismatch(other, some_map()),
            Catch::Contains("shard app_08, which the map lacks; it has app_00 to app_07")
        );
    }
    SECTION("a bucket's shard") {
        MapRecord map = some_map();
        map.groups[0].owners[7] = 8;
        CHECK_THAT(mismatch(config, map), Catch::Contains("a bucket on shard 8 of 8"));
    }
    SECTION("no shards") {
        CHECK_THAT(mismatch(config, MapRecord()), Catch::Contains("the map has no shards"));
    }
    SECTION("a partitioner that this program lacks") {
        config::Config other = config;
        other.groups[0].partitioner = "region";
        CHECK_THAT(
            joined(other, some_map(), errors::kPartitionerMissing.number),
            Catch::Contains("no partitioner region, which group users needs")
        );
    }
}
