// config/reference.yaml: it names every option, and says what each is when it is left out.
#include "base/status.h"
#include "config/config.h"

#include <absl/strings/str_split.h>
#include <catch2/catch.hpp>
#include <yaml-cpp/yaml.h>

#include <set>
#include <string>
#include <vector>

using namespace mosaic;
using namespace mosaic::config;

namespace {

const std::string& reference_file() {
    static const std::string kFile = MOSAIC_CONFIG_FOLDER "/reference.yaml";
    return kFile;
}

Config reference() {
    auto config = load(reference_file(), Registry());
    if (!config.ok())
        FAIL(message_of(config.status()));
    return *std::move(config);
}

/// The keys that the loader knows where `yaml` has the key `unknown_key`: it lists them.
std::set<std::string> known_beside(const std::string& yaml) {
    const auto refused = parse(yaml, "app.yaml", Registry());
    REQUIRE_FALSE(refused.ok());
    const std::string message(message_of(refused.status()));
    std::set<std::string> keys;
    for (const std::string_view word : {"known are ", "the only one is "}) {
        const std::size_t key = message.find("unknown_key: unknown key");
        const std::size_t list = message.find(word, key);
        if (list == std::string::npos)
            continue;
        const std::size_t begin = list + word.size();
        const std::string words = message.substr(begin, message.find('\n', begin) - begin);
        keys = absl::StrSplit(words, ", ");
        break;
    }
    REQUIRE_FALSE(keys.empty());
    return keys;
}

std::set<std::string> keys_of(const YAML::Node& node) {
    std::set<std::string> keys;
    if (node.IsSequence()) {
        for (const YAML::Node& item : node) keys.merge(keys_of(item));
    } else if (node.IsMap()) {
        for (const auto& entry : node) keys.insert(entry.first.Scalar());
    }
    return keys;
}

/// All maps at a place together: an option that one of a list's items shows is shown.
std::set<std::string> keys_of_all(const YAML::Node& list, const std::string& key) {
    std::set<std::string> keys;
    for (const YAML::Node& item : list)
        if (item.IsMap() && item[key])
            keys.merge(keys_of(item[key]));
    return keys;
}

}  // namespace

TEST_CASE("the reference configuration has the defaults") {
    const Config config = reference();
    const Options& options = config.options;
    const Options defaults;

    CHECK(options.driver == defaults.driver);
    CHECK(options.pool.size_max == defaults.pool.size_max);
    CHECK(options.pool.checkout_timeout == defaults.pool.checkout_timeout);
    CHECK(options.pool.idle_max == defaults.pool.idle_max);
    CHECK(options.pool.lifetime_max == defaults.pool.lifetime_max);
    CHECK(options.pool.connections_per_call_max == defaults.pool.connections_per_call_max);
    CHECK(options.pool.connect_timeout == defaults.pool.connect_timeout);
    CHECK(options.limits.deadline_default == defaults.limits.deadline_default);
    CHECK(options.limits.bytes_max == defaults.limits.bytes_max);
    CHECK(options.limits.groups_max == defaults.limits.groups_max);
    CHECK(options.limits.fan_out_max == defaults.limits.fan_out_max);
    CHECK(options.limits.plans_max == defaults.limits.plans_max);
    CHECK(options.session.time_zone == defaults.session.time_zone);
    CHECK(options.session.sql_mode == defaults.session.sql_mode);
}

TEST_CASE("the reference configuration has the defaults of servers, counters and groups") {
    const Config config = reference();
    CHECK(config.servers.at(0).weight == topology::Server().weight);
    CHECK(config.servers.at(1).user == topology::Server().user);
    CHECK(config.servers.at(1).password == topology::Server().password);
    CHECK(config.tickets.schema == TicketSpec().schema);
    CHECK(config.tickets.block_size == TicketSpec().block_size);
    CHECK(config.tickets.durability == TicketSpec().durability);
    CHECK(config.tickets.failover_jump == TicketSpec().failover_jump);
    CHECK(config.composite.block_size == CompositeCounterSpec().block_size);
    CHECK(config.composite.durability == CompositeCounterSpec().durability);
    CHECK(config.composite.failover_jump == CompositeCounterSpec().failover_jump);
    CHECK(config.groups.at(0).partitioner == GroupSpec().partitioner);
    CHECK(config.groups.at(0).buckets == GroupSpec().buckets);
    CHECK(config.groups.at(0).composite_layout == GroupSpec().composite_layout);
    CHECK(config.tables.at(0).table.unchecked_unique.empty());
    CHECK(config.tables.at(0).table.triggers.empty());
    CHECK(config.tables.at(1).table.ids->type == topology::TableIds().type);
}

TEST_CASE("the reference configuration names every option") {
    const YAML::Node root = YAML::LoadFile(reference_file());
    const std::string bad = "{unknown_key: 1}";
    const std::string table = "groups: [{name: a, tables: [";

    CHECK(keys_of(root) == known_beside("unknown_key: 1"));
    for (const std::string part :
         {"account", "catalog", "cluster", "tickets", "composite", "pool", "limits", "session"}) {
        INFO(part);
        CHECK(keys_of(root[part]) == known_beside(part + ": " + bad));
    }
    CHECK(keys_of(root["servers"]) == known_beside("servers: [" + bad + "]"));
    CHECK(keys_of(root["reference_tables"]) == known_beside("reference_tables: [" + bad + "]"));
    const YAML::Node groups = root["groups"];
    CHECK(keys_of(groups) == known_beside("groups: [" + bad + "]"));
    CHECK(keys_of_all(groups, "tables") == known_beside(table + bad + "]}]"));
    CHECK(
        keys_of_all(groups[0]["tables"], "ids") ==
        known_beside(table + "{name: a, shard_key: id, ids: " + bad + "}]}]")
    );
}

TEST_CASE("the quickstart's configuration is a good one") {
    const auto config = load(MOSAIC_CONFIG_FOLDER "/quickstart.yaml", Registry());
    if (!config.ok())
        FAIL(message_of(config.status()));
    CHECK(config->servers.size() == 4);
}
