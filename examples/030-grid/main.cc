// A virtual world: agents own things and walk through regions. All keys are UUIDs.
//   group `agents`: agents and their inventory, colocated by agent: one shard answers for one agent
//   group `presence`: who is online, and where; another map, so that it can be moved alone
//   regions: a reference table, a copy on every shard
#include <array>
#include <cstdint>
#include <iostream>
#include <mosaic/mosaic.h>
#include <string>

namespace {

struct Agent {
    mosaic::Id id;
    const char* name;
    const char* region;
};

absl::Status create(mosaic::Client& client, Agent& agent, int items) {
    absl::StatusOr<mosaic::Id> id = client.next_id("agents");
    if (!id.ok())
        return id.status();
    agent.id = *id;
    // An agent and all that it owns are on one shard, so one transaction writes both.
    absl::Status created = client.transact([&](mosaic::Transaction& tx) -> absl::Status {
        auto done = tx.execute(
            mosaic::Statement("INSERT INTO agents (id, name) VALUES (?, ?)", agent.id, agent.name)
        );
        for (int i = 0; done.ok() && i < items; ++i) {
            done = tx.execute(mosaic::Statement(
                "INSERT INTO inventory (agent_id, name) VALUES (?, ?)",
                agent.id,
                "item " + std::to_string(i)
            ));
        }
        return done.status();
    });
    if (!created.ok())
        return created;
    return client
        .execute(
            "INSERT INTO presence (agent_id, region, since) VALUES (?, ?, NOW())",
            agent.id,
            agent.region
        )
        .status();
}

absl::Status run(const char* config) {
    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config);
    if (!client.ok())
        return client.status();

    std::array<Agent, 4> agents = {
        {{{}, "Ada", "Ahern"},
         {{}, "Ben", "Ahern"},
         {{}, "Cleo", "Boardman"},
         {{}, "Dov", "Ahern"}}};
    int items = 1;
    for (Agent& agent : agents) {
        if (absl::Status status = create(*client, agent, items++); !status.ok())
            return status;
    }

    // One shard: the agent's.
    absl::StatusOr<mosaic::Result> owned = client->query(
        "SELECT a.name, COUNT(*) FROM agents a JOIN inventory i ON i.agent_id = a.id WHERE a.id = "
        "? "
        "GROUP BY a.name",
        agents[3].id
    );
    if (!owned.ok())
        return owned.status();
    std::cout << *owned->cell(0, 0) << " owns " << *owned->cell(0, 1) << '\n';

    // All shards: who is where, with what every shard knows of the regions.
    absl::StatusOr<mosaic::Result> crowded = client->query(
        "SELECT p.region, r.maturity, COUNT(*) FROM presence p JOIN regions r ON r.name = p.region "
        "GROUP BY p.region, r.maturity ORDER BY 3 DESC"
    );
    if (!crowded.ok())
        return crowded.status();
    const auto rows = crowded->as<std::string, std::string, std::int64_t>();
    if (!rows.ok())
        return rows.status();
    for (const auto& [region, maturity, count] : *rows)
        std::cout << region << " (" << maturity << "): " << count << " online\n";

    for (const char* table : {"presence", "inventory", "agents"}) {
        auto emptied =
            client->execute(mosaic::Statement("DELETE FROM " + std::string(table)).best_effort());
        if (!emptied.ok())
            return emptied.status();
    }
    return absl::OkStatus();
}

}  // namespace

int main(int argc, char** argv) {
    const absl::Status status = run(argc > 1 ? argv[1] : "mosaic.yaml");
    if (status.ok())
        return 0;
    std::cerr << status.message() << '\n';
    return 1;
}
