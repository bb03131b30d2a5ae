// A program that places rows by a rule of its own: `modulo` (modulo.cc). ../README.md says how to
// run it.
#include "modulo.h"

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <string>

namespace {

using mosaic::Statement;

absl::Status run(const char* config) {
    // The registry is all that differs. Without it open() would refuse: it could not know what
    // `modulo` means.
    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config, registry_with_modulo());
    if (!client.ok())
        return client.status();
    auto done = client->execute(Statement("DELETE FROM accounts").best_effort());
    for (int id = 1; done.ok() && id <= 8; ++id) {
        done = client->execute(
            "INSERT INTO accounts (id, owner) VALUES (?, ?)", id, "owner " + std::to_string(id)
        );
    }
    if (!done.ok())
        return done.status();

    absl::StatusOr<mosaic::Result> all = client->query("SELECT COUNT(*), MAX(id) FROM accounts");
    if (!all.ok())
        return all.status();
    const auto rows = all->as<std::int64_t, std::uint64_t>();
    if (!rows.ok())
        return rows.status();
    for (const auto& [count, last] : *rows)
        std::cout << count << " accounts, the last is " << last << '\n';

    // 7 modulo 64 buckets is bucket 7, and that is where the row is looked for.
    absl::StatusOr<std::string> route =
        client->explain(Statement("SELECT owner FROM accounts WHERE id = ?", 7));
    if (!route.ok())
        return route.status();
    const std::size_t begin = std::min(route->find("route"), route->size());
    std::cout << route->substr(begin, route->find('\n', begin) - begin) << '\n';
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
