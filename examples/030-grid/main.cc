// A virtual world: agents own things and walk through regions. All keys are UUIDs.
//   group `agents`    agents and what they own, colocated: one shard answers for an agent
//   group `regions`   the places
//   group `presence`  who is online, and where
// ../README.md says how to run it.
#include <algorithm>
#include <cstdint>
#include <iostream>
#include <map>
#include <mosaic/mosaic.h>
#include <string>
#include <tuple>
#include <vector>

namespace {

using mosaic::Client;
using mosaic::Id;
using mosaic::Statement;
using mosaic::Uuid;

absl::Status empty_tables(Client& client) {
    for (const char* table : {"presence", "inventory", "agents", "regions"}) {
        auto emptied = client.execute(Statement("DELETE FROM " + std::string(table)).best_effort());
        if (!emptied.ok())
            return emptied.status();
    }
    return absl::OkStatus();
}

absl::StatusOr<Id> add_region(Client& client, const char* name, const char* maturity) {
    auto done =
        client.execute("INSERT INTO regions (name, maturity) VALUES (?, ?)", name, maturity);
    if (!done.ok())
        return done.status();
    return *done->last_insert_id;
}

// An agent and all that it owns are on one shard, so one transaction writes both.
absl::StatusOr<Id> add_agent(Client& client, const char* name, int items) {
    absl::StatusOr<Id> id = client.next_id("agents");
    if (!id.ok())
        return id.status();
    absl::Status added = client.transact([&](mosaic::Transaction& tx) -> absl::Status {
        auto done = tx.execute(Statement("INSERT INTO agents (id, name) VALUES (?, ?)", *id, name));
        for (int i = 1; done.ok() && i <= items; ++i) {
            done = tx.execute(Statement(
                "INSERT INTO inventory (agent_id, name) VALUES (?, ?)",
                *id,
                "item " + std::to_string(i)
            ));
        }
        return done.status();
    });
    if (!added.ok())
        return added;
    return *id;
}

// Logging in, and walking or teleporting from one region to another.
absl::Status enter(Client& client, const Id& agent, const Id& region) {
    return client
        .execute(
            "REPLACE INTO presence (agent_id, region_id, since) VALUES (?, ?, UTC_TIMESTAMP())",
            agent,
            region
        )
        .status();
}

// A colocated join: the agent's shard answers alone.
absl::Status show_inventory(Client& client, const Id& agent) {
    auto owned = client.query(
        "SELECT a.name, COUNT(*) FROM agents a JOIN inventory i ON i.agent_id = a.id "
        "WHERE a.id = ? GROUP BY a.name",
        agent
    );
    if (!owned.ok())
        return owned.status();
    const auto rows = owned->as<std::string, std::int64_t>();
    if (!rows.ok())
        return rows.status();
    for (const auto& [name, count] : *rows) std::cout << name << " owns " << count << " things\n";
    return absl::OkStatus();
}

// All shards count, then one round trip a shard gets the names: regions are in another group.
absl::Status show_crowds(Client& client) {
    auto crowds = client.query(
        "SELECT region_id, COUNT(*) FROM presence GROUP BY region_id ORDER BY 2 DESC LIMIT 10"
    );
    if (!crowds.ok())
        return crowds.status();
    const auto counted = crowds->as<Uuid, std::int64_t>();
    if (!counted.ok())
        return counted.status();

    std::vector<mosaic::Value> keys;
    for (const auto& [region, count] : *counted) keys.push_back(Id(region));
    auto regions = client.get("regions", keys, "id, name, maturity");
    if (!regions.ok())
        return regions.status();
    const auto described = regions->as<Uuid, std::string, std::string>();
    if (!described.ok())
        return described.status();
    std::map<Uuid, std::string> names;
    for (const auto& [id, name, maturity] : *described) names[id] = name + " (" + maturity + ")";
    for (const auto& [region, count] : *counted)
        std::cout << names[region] << ": " << count << " online\n";
    return absl::OkStatus();
}

absl::Status show_people_in(Client& client, const Id& region) {
    auto present = client.query("SELECT agent_id FROM presence WHERE region_id = ?", region);
    if (!present.ok())
        return present.status();
    const auto ids = present->as<Uuid>();
    if (!ids.ok())
        return ids.status();
    std::vector<mosaic::Value> keys;
    for (const auto& [id] : *ids) keys.push_back(Id(id));
    auto agents = client.get("agents", keys, "name");
    if (!agents.ok())
        return agents.status();
    auto names = agents->as<std::string>();
    if (!names.ok())
        return names.status();
    std::sort(names->begin(), names->end());  // get() gives them in no order
    std::cout << "there:";
    for (const auto& [name] : *names) std::cout << ' ' << name;
    std::cout << '\n';
    return absl::OkStatus();
}

absl::Status populate(Client& client, std::map<std::string, Id>& agents, Id& ahern, Id& boardman) {
    for (auto [name, maturity, id] :
         {std::tuple("Ahern", "general", &ahern), std::tuple("Boardman", "moderate", &boardman)}) {
        absl::StatusOr<Id> added = add_region(client, name, maturity);
        if (!added.ok())
            return added.status();
        *id = *added;
    }
    int items = 1;
    for (const char* name : {"Ada", "Ben", "Cleo", "Dov"}) {
        absl::StatusOr<Id> added = add_agent(client, name, items++);
        if (!added.ok())
            return added.status();
        agents[name] = *added;
        if (absl::Status status = enter(client, *added, ahern); !status.ok())
            return status;
    }
    return absl::OkStatus();
}

absl::Status run(const char* config) {
    absl::StatusOr<Client> client = Client::open(config);
    if (!client.ok())
        return client.status();
    std::map<std::string, Id> agents;
    Id ahern;
    Id boardman;
    absl::Status status = empty_tables(*client);
    if (status.ok())
        status = populate(*client, agents, ahern, boardman);
    if (status.ok())
        status = enter(*client, agents["Cleo"], boardman);  // she walks over
    if (status.ok())
        status = show_inventory(*client, agents["Dov"]);
    if (status.ok())
        status = show_crowds(*client);
    if (status.ok())
        status = show_people_in(*client, ahern);
    return status;
}

}  // namespace

int main(int argc, char** argv) {
    const absl::Status status = run(argc > 1 ? argv[1] : "mosaic.yaml");
    if (status.ok())
        return 0;
    std::cerr << status.message() << '\n';
    return 1;
}
