#include "topology/topology.h"

#include "base/status.h"
#include "keys/stable_hash.h"
#include "partition/hash_partitioner.h"

#include <catch2/catch.hpp>

using namespace mosaic;
using namespace mosaic::topology;

namespace {

/// Gives buckets past the end of the map for the key "far", and none for "none".
class OddPartitioner final : public Partitioner {
public:
    [[nodiscard]] std::string_view name() const override { return "odd"; }

    [[nodiscard]] absl::StatusOr<BucketId> bucket_of(std::string_view canonical) const override {
        if (canonical == "none")
            return make_error(errors::kKeyNotPlaceable, "place a key: it has no place");
        return BucketId{canonical == "far" ? 16U : 15U};
    }

    [[nodiscard]] std::uint32_t bucket_count() const override { return 16; }
};

Topology make_topology() {
    Topology topology;
    topology.servers = {{"s1", {}, "", "", 1}, {"s2", {}, "", "", 1}};
    topology.shards = {{"app_00", ServerId{0}}, {"app_01", ServerId{1}}, {"app_02", ServerId{0}}};
    const std::vector<partition::ShardWeight> weights = {
        {ShardId{0}, 1}, {ShardId{1}, 1}, {ShardId{2}, 2}};
    topology.groups.push_back(
        {"users", *partition::make_hash_partitioner(64), partition::place_weighted(64, weights), {}}
    );
    topology.groups.push_back(
        {"odd", std::make_shared<OddPartitioner>(), partition::place_weighted(16, weights), {}}
    );
    for (const std::size_t group : {0U, 1U}) {
        Table table;
        table.name = topology.groups[group].name;
        table.group = group;
        table.shard_key = "id";
        topology.tables[table.name] = table;
    }
    return topology;
}

}  // namespace

TEST_CASE("a topology finds tables and shards by name, exactly") {
    const Topology topology = make_topology();
    REQUIRE(topology.find_table("users") != nullptr);
    CHECK(topology.find_table("users")->shard_key == "id");
    CHECK(topology.find_table("Users") == nullptr);
    CHECK(topology.find_table("") == nullptr);
    CHECK(topology.find_shard("app_01") == ShardId{1});
    CHECK(topology.find_shard("app_1") == std::nullopt);
    CHECK(topology.server_of(ShardId{2}).name == "s1");
    CHECK(topology.shard(ShardId{1}).name == "app_01");
}

TEST_CASE("a key's shard owns its bucket in the map of the table's group") {
    const Topology topology = make_topology();
    const Table& users = *topology.find_table("users");
    for (int key = 0; key < 200; ++key) {
        const std::string canonical = std::to_string(key);
        const BucketId bucket{keys::stable_hash(canonical) & 63};
        REQUIRE(*shard_of_key(topology, users, canonical) == topology.groups[0].map.owner(bucket));
    }
    CHECK(*shard_of_key(topology, *topology.find_table("odd"), "x") == ShardId{2});
}

TEST_CASE("a key without a bucket, or with one past the map's, has no shard") {
    const Topology topology = make_topology();
    for (const char* key : {"none", "far"}) {
        const auto refused = shard_of_key(topology, *topology.find_table("odd"), key);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused.status())->id.number == errors::kKeyNotPlaceable.number);
    }
}
