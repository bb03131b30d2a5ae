// Loads the machine's package index into the quickstart's tables:
//   apt-cache dumpavail | mosaic-quickstart-load config/quickstart.yaml
// What is loaded already is left alone; what was loaded half is emptied and loaded again.
#include "package_index.h"

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <iostream>
#include <map>
#include <mosaic/mosaic.h>
#include <string>
#include <string_view>
#include <unistd.h>
#include <vector>

namespace {

using mosaic::Id;
using mosaic::Value;

constexpr std::size_t kRowsPerInsert = 1000;

/// A bar on the terminal; a line at the end where there is none.
class Progress {
public:
    Progress(const char* what, std::size_t total) : what_(what), total_(total) {}

    void show(std::size_t done) {
        const bool is_terminal = ::isatty(STDOUT_FILENO) == 1;
        if (done < total_ && !is_terminal)
            return;
        constexpr std::size_t kWidth = 40;
        const std::size_t filled = total_ == 0 ? kWidth : kWidth * done / total_;
        std::printf(
            "%s  %-13s [%s%s] %zu of %zu",
            is_terminal ? "\r" : "",
            what_,
            std::string(filled, '#').c_str(),
            std::string(kWidth - filled, '.').c_str(),
            done,
            total_
        );
        if (done >= total_)
            std::printf("\n");
        std::fflush(stdout);
    }

private:
    const char* what_;
    std::size_t total_;
};

/// Rows of one table, sent a thousand at a time.
class Inserter {
public:
    Inserter(mosaic::Client& client, std::string head, std::size_t columns, Progress progress)
        : client_(client), head_(std::move(head)), columns_(columns), progress_(progress) {}

    absl::Status add(std::vector<Value> row) {
        std::move(row.begin(), row.end(), std::back_inserter(values_));
        return values_.size() < kRowsPerInsert * columns_ ? absl::OkStatus() : flush();
    }

    absl::Status flush() {
        if (values_.empty())
            return absl::OkStatus();
        std::string row = "(?";
        for (std::size_t i = 1; i < columns_; ++i) row += ", ?";
        row += ')';
        const std::size_t rows = values_.size() / columns_;
        std::string sql = head_ + row;
        for (std::size_t i = 1; i < rows; ++i) sql += ", " + row;
        // The rows are of many shards: each shard's go in one statement.
        const auto done = client_.execute(
            mosaic::Statement(std::move(sql), std::exchange(values_, {})).best_effort()
        );
        if (!done.ok())
            return done.status();
        done_ += rows;
        progress_.show(done_);
        return absl::OkStatus();
    }

private:
    mosaic::Client& client_;
    const std::string head_;
    const std::size_t columns_;
    Progress progress_;
    std::vector<Value> values_;
    std::size_t done_ = 0;
};

absl::StatusOr<std::uint64_t> count(mosaic::Client& client, std::string_view table) {
    auto result = client.query("SELECT COUNT(*) FROM " + std::string(table));
    if (!result.ok())
        return result.status();
    auto rows = result->as<std::uint64_t>();
    if (!rows.ok())
        return rows.status();
    return std::get<0>(rows->front());
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

absl::StatusOr<std::map<std::string, Id>> load_maintainers(
    mosaic::Client& client, const std::vector<Package>& packages
) {
    std::map<std::string, Id> ids;
    for (const Package& package : packages) ids.emplace(package.maintainer, Id());
    std::vector<Id> tickets(ids.size());
    if (absl::Status status = client.next_ids("maintainers", tickets); !status.ok())
        return status;
    Inserter inserter(
        client,
        "INSERT INTO maintainers (id, name, email) VALUES ",
        3,
        Progress("maintainers", ids.size())
    );
    std::size_t next = 0;
    for (auto& [maintainer, id] : ids) {
        id = tickets[next++];
        const auto [name, address] = parts_of(maintainer);
        if (absl::Status status = inserter.add({id, name, address}); !status.ok())
            return status;
    }
    if (absl::Status status = inserter.flush(); !status.ok())
        return status;
    return ids;
}

absl::StatusOr<std::vector<Id>> load_packages(
    mosaic::Client& client,
    const std::vector<Package>& packages,
    const std::map<std::string, Id>& maintainers
) {
    std::vector<Id> ids(packages.size());
    if (absl::Status status = client.next_ids("packages", ids); !status.ok())
        return status;
    Inserter inserter(
        client,
        "INSERT INTO packages (id, name, version, architecture, section, priority, installed_kib, "
        "maintainer_id, description) VALUES ",
        9,
        Progress("packages", packages.size())
    );
    for (std::size_t i = 0; i < packages.size(); ++i) {
        const Package& p = packages[i];
        absl::Status status = inserter.add(
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
        if (!status.ok())
            return status;
    }
    if (absl::Status status = inserter.flush(); !status.ok())
        return status;
    return ids;
}

// The ids of dependencies are composite: the table's key scheme fills them in, each with the bucket
// of its package.
absl::Status load_dependencies(
    mosaic::Client& client, const std::vector<Package>& packages, const std::vector<Id>& ids
) {
    std::size_t total = 0;
    for (const Package& package : packages) total += package.depends.size();
    Inserter inserter(
        client,
        "INSERT INTO dependencies (package_id, name) VALUES ",
        2,
        Progress("dependencies", total)
    );
    for (std::size_t i = 0; i < packages.size(); ++i) {
        for (const std::string& name : packages[i].depends) {
            if (absl::Status status = inserter.add({ids[i], name}); !status.ok())
                return status;
        }
    }
    return inserter.flush();
}

absl::Status load(const char* config) {
    absl::StatusOr<mosaic::Client> client = mosaic::Client::open(config);
    if (!client.ok())
        return client.status();
    const std::vector<Package> packages = read_package_index(std::cin);
    if (packages.empty())
        return absl::NotFoundError("no packages on standard input: run `apt-get update` first");
    std::size_t dependencies = 0;
    for (const Package& package : packages) dependencies += package.depends.size();

    const auto there = count(*client, "packages");
    if (!there.ok())
        return there.status();
    const auto dependencies_there = count(*client, "dependencies");
    if (!dependencies_there.ok())
        return dependencies_there.status();
    if (*there == packages.size() && *dependencies_there == dependencies) {
        std::printf(
            "  %zu packages and %zu dependencies are loaded already\n",
            packages.size(),
            dependencies
        );
        return absl::OkStatus();
    }
    for (const char* table : {"dependencies", "packages", "maintainers"}) {
        auto emptied = client->execute(mosaic::Statement("DELETE FROM " + std::string(table))
                                           .best_effort()
                                           .within(std::chrono::minutes(5)));
        if (!emptied.ok())
            return emptied.status();
    }
    const auto maintainers = load_maintainers(*client, packages);
    if (!maintainers.ok())
        return maintainers.status();
    const auto ids = load_packages(*client, packages, *maintainers);
    if (!ids.ok())
        return ids.status();
    return load_dependencies(*client, packages, *ids);
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
