#include "base/status.h"
#include "golden/plan_world.h"
#include "plan/constants.h"
#include "sql/parser.h"
#include "support/golden.h"

#include <absl/strings/str_format.h>
#include <catch2/catch.hpp>

#include <memory>
#include <sstream>
#include <string>
#include <vector>

/// Statements and where they go: tests/golden/plan/*.cases. Lines `@name value` before the
/// statement set its world: `@values 1, 'a'` (those not given are 1, 2, ..), `@shards 1`, `@foreign
/// main app_01`, `@ansi`, `@define table line; line`, `@configure table key value`.
namespace mosaic {
namespace {

/// The statement of a case and its world.
struct World {
    topology::Topology topology = tests::plan_topology(4);
    schema::Schema schema = tests::plan_schema();
    plan::SessionFacts facts;
    std::vector<Value> values;
    std::string sql;
};

std::vector<Value> values_of(const std::string& list) {
    sql::Arena arena;
    const std::string text = "SELECT " + list;
    const auto statement = sql::parse(text, {}, arena);
    REQUIRE(statement.ok());
    std::vector<Value> values;
    for (const sql::SelectItem& item : (*statement)->query->select->items) {
        const auto constant = plan::constant_of(*item.expr);
        REQUIRE(constant.has_value());
        values.push_back(std::get<Value>(*constant));
    }
    return values;
}

void set_foreign(World& world, const std::string& value) {
    std::istringstream words(value);
    std::string group;
    std::string shard;
    words >> group >> shard;
    for (topology::TableGroup& each : world.topology.groups) {
        if (each.name == group)
            each.shards_with_foreign_rows.push_back(*world.topology.find_shard(shard));
    }
}

/// `name line; line; ..`
void define(World& world, const std::string& value) {
    const std::size_t blank = value.find(' ');
    std::string lines = value.substr(blank + 1);
    for (std::size_t at = lines.find("; "); at != std::string::npos; at = lines.find("; "))
        lines.replace(at, 2, "\n");
    const std::string name = value.substr(0, blank);
    world.schema.tables[name] =
        std::make_shared<const schema::TableDef>(tests::table_of(name, lines));
}

/// `table key value`: what the configuration says of a table.
void configure(World& world, const std::string& value) {
    std::istringstream words(value);
    std::string name;
    std::string key;
    std::string setting;
    words >> name >> key >> setting;
    topology::Table& table = world.topology.tables[name];
    if (key == "trigger")
        table.triggers.push_back(setting);
    if (key == "unchecked_unique")
        table.unchecked_unique.push_back(setting);
    if (key == "group")
        table.group = std::stoul(setting);
    if (key == "scheme")
        table.ids->scheme = setting;
}

World world_of(const std::vector<std::string>& input) {
    World world;
    for (const std::string& line : input) {
        const std::size_t blank = line.find(' ');
        const std::string name = line.substr(0, blank);
        const std::string value = blank == std::string::npos ? "" : line.substr(blank + 1);
        if (name == "@shards")
            world.topology = tests::plan_topology(static_cast<std::uint32_t>(std::stoul(value)));
        else if (name == "@values")
            world.values = values_of(value);
        else if (name == "@foreign")
            set_foreign(world, value);
        else if (name == "@define")
            define(world, value);
        else if (name == "@configure")
            configure(world, value);
        else if (name == "@ansi")
            world.facts.syntax.ansi_quotes = true;
        else
            world.sql += world.sql.empty() ? line : "\n" + line;
    }
    return world;
}

absl::StatusOr<std::string> explain(const World& world) {
    sql::Arena arena;
    MOSAIC_ASSIGN_OR_RETURN(
        const sql::Statement* statement, sql::parse(world.sql, world.facts.syntax, arena)
    );
    MOSAIC_ASSIGN_OR_RETURN(
        const std::vector<std::string> tables, plan::tables_of(*statement, world.topology.database)
    );
    for (const std::string& name : tables) {
        const topology::Table* table = world.topology.find_table(name);
        if (table != nullptr && world.schema.find_table(name) != nullptr) {
            MOSAIC_RETURN_IF_ERROR(
                plan::check_table(world.topology, *table, *world.schema.find_table(name))
            );
        }
    }
    MOSAIC_ASSIGN_OR_RETURN(
        const auto plan, plan::make_plan(*statement, world.topology, world.schema, world.facts)
    );
    // Ids that would be made: 1000, 1001, ..
    std::vector<Value> values = world.values;
    while (values.size() < plan->parameter_count)
        values.push_back(static_cast<int>(values.size()) + 1);
    const std::size_t generated = plan->insert ? plan->insert->generated.size() : 0;
    for (std::size_t i = 0; i < generated; ++i) values.push_back(1000 + static_cast<int>(i));
    MOSAIC_ASSIGN_OR_RETURN(
        const plan::Targets targets, plan::targets(*plan, values, world.topology)
    );
    return plan::explain(*plan, targets, values, world.topology, world.facts.backslash);
}

std::string answer(const test::GoldenCase& each) {
    const auto explained = explain(world_of(each.input));
    if (explained.ok())
        return *explained;
    return absl::StrFormat("error  %s\n", message_of(explained.status()));
}

}  // namespace

TEST_CASE("each golden statement is planned, routed and sent as its case says", "[golden]") {
    CHECK(test::check_golden(MOSAIC_GOLDEN_PLAN_FOLDER, answer) > 0);
}

}  // namespace mosaic
