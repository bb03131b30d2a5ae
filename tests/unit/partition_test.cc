#include "base/status.h"
#include "keys/schemes.h"
#include "mosaic/registry.h"
#include "partition/hash_partitioner.h"
#include "partition/partition_map.h"
#include "partition/prefix_partitioner.h"

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

TEST_CASE("partitioner prefix reads the bucket from a composite id") {
    const auto prefix = make_prefix_partitioner(16384);
    REQUIRE(prefix.ok());
    CHECK((*prefix)->name() == "prefix");
    CHECK((*prefix)->bucket_count() == 16384);
    for (const std::uint32_t bucket : {0U, 1U, 16383U}) {
        const std::uint64_t id = keys::compose({}, {BucketId{bucket}, 7, 12345});
        CHECK(*(*prefix)->bucket_of_integer(id) == BucketId{bucket});
        CHECK(*(*prefix)->bucket_of(std::to_string(id)) == BucketId{bucket});
    }
    CHECK((*prefix)->bucket_sql("`id`", "CRC32(`id`)") == "`id` >> 46");
    const auto narrow = make_prefix_partitioner(256, {1, 8, 5, 50});
    REQUIRE(narrow.ok());
    CHECK(*(*narrow)->bucket_of_integer(std::uint64_t{255} << 55) == BucketId{255});
}

TEST_CASE("a key that is no composite id is in no bucket of partitioner prefix") {
    const auto prefix = *make_prefix_partitioner(16384);
    const std::string wrong[] = {
        std::to_string(keys::compose({}, {BucketId{16384}, 0, 1})),
        std::to_string(std::uint64_t{1} << 63),
        "-1",
        "",
        "12a",
        "a1",
        "18446744073709551616"};
    for (const std::string& key : wrong) {
        INFO(key);
        const auto refused = prefix->bucket_of(key);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused.status())->id.number == errors::kKeyNotPlaceable.number);
    }
}

TEST_CASE("partitioner prefix refuses buckets that its ids cannot hold") {
    CHECK(
        error_detail(make_prefix_partitioner(3).status())->id.number ==
        errors::kBucketsInvalid.number
    );
    CHECK(
        error_detail(make_prefix_partitioner(131072).status())->id.number ==
        errors::kCompositeLayout.number
    );
    CHECK(
        error_detail(make_prefix_partitioner(16384, {2, 16, 10, 30}).status())->id.number ==
        errors::kCompositeLayout.number
    );
}

namespace {

/// Puts every key into one bucket, as a program's own partitioner might.
class OneBucket final : public Partitioner {
public:
    [[nodiscard]] std::string_view name() const override { return "one_bucket"; }

    [[nodiscard]] absl::StatusOr<BucketId> bucket_of(std::string_view /*canonical*/)
        const override {
        return BucketId{5};
    }

    [[nodiscard]] std::uint32_t bucket_count() const override { return 16; }
};

absl::StatusOr<std::shared_ptr<const Partitioner>> make_one_bucket(std::uint32_t /*bucket_count*/) {
    return std::make_shared<OneBucket>();
}

}  // namespace

TEST_CASE("a registry has hash and prefix, and takes a program's own") {
    Registry registry;
    CHECK(registry.partitioner_names() == std::vector<std::string>{"hash", "prefix"});
    CHECK(registry.key_scheme_names().empty());
    REQUIRE(registry.partitioner("hash") != nullptr);
    CHECK((*(*registry.partitioner("hash"))(16384))->name() == "hash");
    CHECK((*(*registry.partitioner("prefix"))(16384))->name() == "prefix");
    CHECK(registry.partitioner("one_bucket") == nullptr);
    CHECK(registry.add_partitioner("one_bucket", make_one_bucket).ok());
    CHECK((*(*registry.partitioner("one_bucket"))(16))->bucket_of_integer(9)->value == 5);
    CHECK(registry.partitioner_names() == std::vector<std::string>{"hash", "one_bucket", "prefix"});

    const auto make_scheme = [](std::string_view) -> absl::StatusOr<std::shared_ptr<KeyScheme>> {
        return keys::make_uuid_scheme(keys::UuidVersion::kV4);
    };
    CHECK(registry.key_scheme("mine_2") == nullptr);
    CHECK(registry.add_key_scheme("mine_2", make_scheme).ok());
    CHECK((*(*registry.key_scheme("mine_2"))("t"))->facts().name == "uuid_v4");
    CHECK(registry.key_scheme_names() == std::vector<std::string>{"mine_2"});
}

TEST_CASE("a registry refuses names that are taken or not of its letters") {
    Registry registry;
    for (const char* name : {"hash", "prefix", "", "Mine", "my-own", "a b", "é"}) {
        INFO(name);
        const absl::Status refused = registry.add_partitioner(name, make_one_bucket);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused)->id.number == errors::kRegistryName.number);
    }
    const KeySchemeFactory factory = [](std::string_view) {
        return absl::StatusOr<std::shared_ptr<KeyScheme>>(nullptr);
    };
    REQUIRE(registry.add_key_scheme("mine", factory).ok());
    for (const char* name : {"uuid", "uuid_v4", "ticket", "composite", "mine", "Mine", ""}) {
        INFO(name);
        const absl::Status refused = registry.add_key_scheme(name, factory);
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused)->id.number == errors::kRegistryName.number);
    }
}
