#include "golden/plan_world.h"
#include "plan/bind.h"
#include "plan/plan.h"
#include "sql/parser.h"

#include <catch2/catch.hpp>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::plan {
namespace {

std::shared_ptr<const Plan> plan_of(
    std::string_view text, const topology::Topology& topology, const schema::Schema& schema
) {
    sql::Arena arena;
    const auto statement = sql::parse(text, {}, arena);
    REQUIRE(statement.ok());
    auto plan = make_plan(**statement, topology, schema, {});
    REQUIRE(plan.ok());
    return *plan;
}

std::vector<std::string> tables_of(std::string_view text) {
    sql::Arena arena;
    const auto statement = sql::parse(text, {}, arena);
    REQUIRE(statement.ok());
    auto names = plan::tables_of(**statement, "app");
    REQUIRE(names.ok());
    return *names;
}

}  // namespace

TEST_CASE("a plan outlives the map it was made under", "[golden]") {
    const schema::Schema schema = tests::plan_schema();
    topology::Topology topology = tests::plan_topology(4);
    const auto plan = plan_of("SELECT name FROM users WHERE id = ?", topology, schema);
    const std::vector<Value> values = {42};
    const auto before = targets(*plan, values, topology);

    std::vector<ShardId> owners(16384, ShardId{1});
    topology.groups[0].map = partition::PartitionMap(owners);
    const auto after = targets(*plan, values, topology);

    REQUIRE(before.ok());
    REQUIRE(after.ok());
    CHECK(before->route.shards == std::vector<ShardId>{ShardId{3}});
    CHECK(after->route.shards == std::vector<ShardId>{ShardId{1}});
    CHECK(after->is_key_bound);
}

TEST_CASE("a key binds to one shard whatever its value", "[golden]") {
    const schema::Schema schema = tests::plan_schema();
    const topology::Topology topology = tests::plan_topology(4);
    const auto plan = plan_of("SELECT name FROM users WHERE id = ?", topology, schema);
    for (std::uint64_t key = 1; key < 1000; ++key) {
        const std::vector<Value> values = {key * 7919};
        const auto found = targets(*plan, values, topology);
        REQUIRE(found.ok());
        CHECK(found->route.kind == Route::Kind::kOne);
        CHECK(uses_single(*plan, *found, topology));
    }
}

TEST_CASE("a single statement is not sent unfiltered where rows of others may lie", "[golden]") {
    const schema::Schema schema = tests::plan_schema();
    topology::Topology topology = tests::plan_topology(1);
    const auto plan = plan_of("SELECT name FROM users", topology, schema);
    CHECK(uses_single(*plan, *targets(*plan, {}, topology), topology));

    topology.groups[0].shards_with_foreign_rows = {ShardId{0}};

    CHECK_FALSE(uses_single(*plan, *targets(*plan, {}, topology), topology));
}

TEST_CASE("rows of an INSERT keep their order within each shard", "[golden]") {
    const schema::Schema schema = tests::plan_schema();
    const topology::Topology topology = tests::plan_topology(4);
    const auto plan = plan_of(
        "INSERT INTO users (id, name, country) VALUES (1,'a','SE'),(2,'b','SE'),(42,'c','SE')",
        topology,
        schema
    );

    const auto found = targets(*plan, {}, topology);

    REQUIRE(found.ok());
    CHECK(found->route.shards == std::vector<ShardId>{ShardId{2}, ShardId{3}});
    CHECK(found->rows == std::vector<std::vector<std::uint32_t>>{{0}, {1, 2}});
}

TEST_CASE("an id that is made is numbered after the bound values", "[golden]") {
    const schema::Schema schema = tests::plan_schema();
    const topology::Topology topology = tests::plan_topology(4);

    const auto plan = plan_of(
        "INSERT INTO orders (user_id, total, status) VALUES (?, ?, 'new')", topology, schema
    );

    REQUIRE(plan->insert->generated.size() == 1);
    CHECK(plan->insert->generated[0].value == 2);
    CHECK(plan->insert->generated[0].parent_key == ValueRef(std::uint16_t{0}));
}

TEST_CASE("an INSERT whose ids are not made yet says so", "[golden]") {
    const schema::Schema schema = tests::plan_schema();
    const topology::Topology topology = tests::plan_topology(4);
    const auto plan =
        plan_of("INSERT INTO users (name, country) VALUES ('a', 'SE')", topology, schema);
    const std::vector<Value> values = {nullptr};

    const auto found = targets(*plan, values, topology);

    REQUIRE(found.ok());
    CHECK(
        explain(*plan, *found, values, topology, Backslash::kEscapes) ==
        "route  by row  1 row by shard key id, once their ids are made\n"
    );
}

TEST_CASE("tables are named once, in order, without CTE", "[golden]") {
    CHECK(
        tables_of("WITH c AS (SELECT * FROM orders) SELECT * FROM c JOIN app.users u JOIN orders o"
        ) == std::vector<std::string>{"orders", "users"}
    );
    CHECK(
        tables_of("DELETE u FROM users u WHERE id IN (SELECT user_id FROM orders)") ==
        std::vector<std::string>{"users", "orders"}
    );
    CHECK(tables_of("SELECT 1").empty());
}

TEST_CASE("functions are classed by name, whatever its case", "[golden]") {
    CHECK(classify_function("Concat_WS") == FunctionClass::kPure);
    CHECK(classify_function("json_extract") == FunctionClass::kPure);
    CHECK(classify_function("NOW") == FunctionClass::kOnce);
    CHECK(classify_function("found_rows") == FunctionClass::kSession);
    CHECK(classify_function("GET_LOCK") == FunctionClass::kRefused);
    CHECK(classify_function("nextval") == FunctionClass::kRefused);
    CHECK(classify_function("our_own") == FunctionClass::kUnknown);
}

}  // namespace mosaic::plan
