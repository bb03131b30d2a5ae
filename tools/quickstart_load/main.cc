// Loads the machine's package index into the quickstart's tables:
//   apt-cache dumpavail | mosaic-quickstart-load config/quickstart.yaml
// The three key schemes at work: packages have UUIDs, maintainers have tickets, and a dependency's
// id is composite: it holds the bucket of its package, so both are on one shard.
// A load that has come to its end says so in `notes`; one that has not is begun again.
#include "inserter.h"
#include "package_index.h"
#include "progress.h"

#include <chrono>
#include <cstdio>
#include <iostream>
#include <map>
#include <mosaic/mosaic.h>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using mosaic::Id;
using mosaic::Statement;

using MaintainerIds = std::map<std::string, Id>;

/// What a finished load has noted; empty: there is none.
absl::StatusOr<std::optional<std::string>> note_of_load(mosaic::Client& client) {
    auto result =
        client.query("SELECT body FROM notes WHERE body LIKE '% are loaded' ORDER BY id LIMIT 1");
    if (!result.ok())
        return result.status();
    if (result->row_count() == 0)
        return std::nullopt;
    return std::string(result->cell(0, 0).value_or(""));
}

/// Empties what a load that was cut off has left.
absl::Status empty_tables(mosaic::Client& client) {
    for (const char* table : {"dependencies", "packages", "maintainers"}) {
        auto emptied = client.execute(Statement("DELETE FROM " + std::string(table))
                                          .best_effort()
                                          .within(std::chrono::minutes(5)));
        if (!emptied.ok())
            return emptied.status();
        if (emptied->affected_rows > 0)
            std::printf(
                "  %-13sremoved %s rows of a load that did not finish\n",
                table,
                grouped(emptied->affected_rows).c_str()
            );
    }
    return absl::OkStatus();
}

/// `Name <address>` as its two parts.
std::pair<std::string, std::string> parts_of(const std::string& maintainer) {
    const auto open = maintainer.rfind('<');
    if (open == std::string::npos)
        return {maintainer, ""};
    std::string name = maintainer.substr(0, open);
    while (!name.empty() && name.back() == ' ') name.pop_back();
    return {name, maintainer.substr(open + 1, maintainer.find('>', open) - open - 1)};
}

absl::StatusOr<MaintainerIds> load_maintainers(
    mosaic::Client& client, const std::vector<Package>& packages
) {
    MaintainerIds ids;
    for (const Package& package : packages) ids.emplace(package.maintainer, Id());
    std::vector<Id> tickets(ids.size());
    if (absl::Status status = client.next_ids("maintainers", tickets); !status.ok())
        return status;
    std::vector<const std::string*> names;
    for (auto& [maintainer, id] : ids) {
        id = tickets[names.size()];
        names.push_back(&maintainer);
    }
    Progress progress("maintainers", ids.size());
    absl::Status status = insert_all(
        client,
        "INSERT INTO maintainers (id, name, email) VALUES ",
        progress,
        names.size(),
        [&](Inserter& inserter, std::size_t i) {
            const auto [name, address] = parts_of(*names[i]);
            return inserter.add({tickets[i], name, address});
        }
    );
    if (!status.ok())
        return status;
    return ids;
}

absl::Status load_packages(
    mosaic::Client& client,
    const std::vector<Package>& packages,
    const std::vector<Id>& ids,
    const MaintainerIds& maintainers
) {
    Progress progress("packages", packages.size());
    return insert_all(
        client,
        "INSERT INTO packages (id, name, version, architecture, section, priority, installed_kib, "
        "maintainer_id, description) VALUES ",
        progress,
        packages.size(),
        [&](Inserter& inserter, std::size_t i) {
            const Package& p = packages[i];
            return inserter.add(
                {ids[i],
                 p.name,
                 p.version,
                 p.architecture,
                 p.section,
                 p.priority,
                 p.installed_kib,
                 maintainers.at(p.maintainer),
                 p.description}
            );
        }
    );
}

// No ids here: the table's key scheme fills them in, each with the bucket of its package.
absl::Status load_dependencies(
    mosaic::Client& client,
    const std::vector<Package>& packages,
    const std::vector<Id>& ids,
    std::size_t count
) {
    Progress progress("dependencies", count);
    return insert_all(
        client,
        "INSERT INTO dependencies (package_id, kind, target, wanted) VALUES ",
        progress,
        packages.size(),
        [&](Inserter& inserter, std::size_t i) {
            absl::Status status;
            for (const Dependency& dependency : packages[i].dependencies) {
                if (status.ok())
                    status =
                        inserter.add({ids[i], dependency.kind, dependency.target, dependency.wanted}
                        );
            }
            return status;
        }
    );
}

absl::Status load(const char* config) {
    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config);
    if (!client.ok())
        return client.status();
    const auto note = note_of_load(*client);
    if (!note.ok())
        return note.status();
    if (*note) {
        std::printf("  %s\n", (*note)->c_str());
        return absl::OkStatus();
    }
    const std::vector<Package> packages = read_package_index(std::cin);
    if (packages.empty())
        return absl::NotFoundError("no packages on standard input: run `apt-get update` first");
    std::size_t dependencies = 0;
    for (const Package& package : packages) dependencies += package.dependencies.size();

    if (absl::Status status = empty_tables(*client); !status.ok())
        return status;
    const auto maintainers = load_maintainers(*client, packages);
    if (!maintainers.ok())
        return maintainers.status();
    std::vector<Id> ids(packages.size());
    absl::Status status = client->next_ids("packages", ids);
    if (status.ok())
        status = load_packages(*client, packages, ids, *maintainers);
    if (status.ok())
        status = load_dependencies(*client, packages, ids, dependencies);
    if (!status.ok())
        return status;
    const std::string body = grouped(packages.size()) + " packages, " +
                             grouped(maintainers->size()) + " maintainers and " +
                             grouped(dependencies) + " dependencies are loaded";
    return client->execute("INSERT INTO notes (body) VALUES (?)", body).status();
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) {
        std::cerr << "usage: apt-cache dumpavail | mosaic-quickstart-load CONFIG\n";
        return 2;
    }
    const absl::Status status = load(argv[1]);
    if (status.ok())
        return 0;
    std::cerr << status.message() << '\n';
    return 1;
}
