#include "base/status.h"
#include "partition/hash_partitioner.h"
#include "partition/partition_map.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <random>
#include <string>

using namespace mosaic;
using namespace mosaic::partition;

TEST_CASE("an integer key has the bucket of its decimal text") {
    const auto partitioner = make_hash_partitioner(16384);
    REQUIRE(partitioner.ok());
    const auto seed = std::random_device()();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 10'000; ++i) {
        const std::uint64_t key = random() >> (random() % 64);
        REQUIRE(
            *(*partitioner)->bucket_of_integer(key) ==
            *(*partitioner)->bucket_of(std::to_string(key))
        );
    }
    CHECK((*partitioner)->bucket_of("12345")->value == (3421846044U & 16383));
    CHECK((*partitioner)->bucket_sql("`id`", "CRC32(`id`)") == "CRC32(`id`) & 16383");
}

TEST_CASE("buckets are a power of two, 65536 at most") {
    for (const std::uint32_t wrong : {0U, 3U, 16383U, 131072U}) {
        const auto refused = make_hash_partitioner(wrong);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused.status())->id.number == errors::kBucketsInvalid.number);
    }
    CHECK(make_hash_partitioner(1).ok());
    CHECK(make_hash_partitioner(65536).ok());
}

TEST_CASE("a first map gives each shard its share, within one bucket") {
    const std::vector<ShardWeight> shards = {
        {ShardId{0}, 1}, {ShardId{1}, 2.5}, {ShardId{2}, 1}, {ShardId{3}, 0.25}};
    const PartitionMap map = place_weighted(16384, shards);
    CHECK(map.bucket_count() == 16384);
    std::size_t sum = 0;
    for (const ShardWeight& shard : shards) {
        const auto owned = static_cast<double>(map.buckets_of(shard.shard).size());
        CHECK(std::abs(owned - 16384 * shard.weight / 4.75) <= 1);
        sum += map.buckets_of(shard.shard).size();
    }
    CHECK(sum == 16384);
    for (const BucketId bucket : map.buckets_of(ShardId{2}))
        REQUIRE(map.owner(bucket) == ShardId{2});
}

TEST_CASE("an even map over any number of shards differs by one bucket at most") {
    for (std::uint32_t count : {1U, 3U, 7U, 16U, 100U}) {
        std::vector<ShardWeight> shards;
        for (std::uint32_t i = 0; i < count; ++i) shards.push_back({ShardId{i}, 1});
        const PartitionMap map = place_weighted(1024, shards);
        for (const ShardWeight& shard : shards) {
            const std::size_t owned = map.buckets_of(shard.shard).size();
            CHECK((owned == 1024 / count || owned == 1024 / count + 1));
        }
    }
}
