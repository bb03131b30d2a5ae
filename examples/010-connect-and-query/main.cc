// Opens a sharded database, writes a few rows, and asks over all shards. ../README.md says how to
// run it.
#include <cstdint>
#include <iostream>
#include <mosaic/mosaic.h>
#include <string>

namespace {

absl::Status run(const char* config) {
    // Thread-safe: one for the whole program. It asks no server yet.
    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config);
    if (!client.ok())
        return client.status();

    // No transaction spans shards, so a write that reaches several needs this word.
    auto emptied = client->execute(mosaic::Statement("DELETE FROM users").best_effort());
    if (!emptied.ok())
        return emptied.status();

    // An id that no other shard and no other process will make. Values are bound, never pasted.
    absl::StatusOr<mosaic::Id> ann = client->next_id("users");
    if (!ann.ok())
        return ann.status();
    const char* insert = "INSERT INTO users (id, name, country) VALUES (?, ?, ?)";
    absl::StatusOr<mosaic::Done> done = client->execute(insert, *ann, "Ann", "SE");
    if (!done.ok())
        return done.status();

    // Rows without an id get one each. Every shard is sent its own.
    done = client->execute(
        mosaic::Statement("INSERT INTO users (name, country) VALUES ('Bo', 'SE'), ('Cem', 'TR'), "
                          "('Dora', 'HU'), ('Eva', 'SE'), ('Finn', 'IE'), ('Gül', 'TR')")
            .best_effort()
    );
    if (!done.ok())
        return done.status();

    // One round trip, to the shard that has the row.
    absl::StatusOr<mosaic::Result> found =
        client->query("SELECT name FROM users WHERE id = ?", *ann);
    if (!found.ok())
        return found.status();
    std::cout << "by id: " << found->cell(0, 0).value_or("NULL") << '\n';

    // All shards at once; the answer is the one that a single server would give.
    absl::StatusOr<mosaic::Result> top = client->query(
        "SELECT country, COUNT(*) FROM users GROUP BY country ORDER BY 2 DESC, country LIMIT 2"
    );
    if (!top.ok())
        return top.status();
    // Types and NULLs are checked here, so reading the rows cannot fail.
    const auto rows = top->as<std::string, std::int64_t>();
    if (!rows.ok())
        return rows.status();
    for (const auto& [country, count] : *rows) std::cout << country << ' ' << count << '\n';
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
