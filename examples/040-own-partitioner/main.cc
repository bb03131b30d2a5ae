// A program that places rows by a rule of its own: `modulo` (modulo.cc).
#include "modulo.h"

#include <iostream>

namespace {

absl::Status run(const char* config) {
    // Without the registry this program could not know what `modulo` means, and open() says so.
    if (const auto refused = mosaic::Client::open(config); refused.ok())
        return absl::InternalError("opened without the partitioner");

    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config, registry_with_modulo());
    if (!client.ok())
        return client.status();
    for (int id = 1; id <= 8; ++id) {
        auto done = client->execute(
            "INSERT INTO accounts (id, owner) VALUES (?, ?)", id, "owner " + std::to_string(id)
        );
        if (!done.ok())
            return done.status();
    }
    absl::StatusOr<mosaic::Result> all = client->query("SELECT COUNT(*), MAX(id) FROM accounts");
    if (!all.ok())
        return all.status();
    std::cout << *all->cell(0, 0) << " accounts, the last is " << *all->cell(0, 1) << '\n';
    return client->execute(mosaic::Statement("DELETE FROM accounts").best_effort()).status();
}

}  // namespace

int main(int argc, char** argv) {
    const absl::Status status = run(argc > 1 ? argv[1] : "mosaic.yaml");
    if (status.ok())
        return 0;
    std::cerr << status.message() << '\n';
    return 1;
}
