#include "catalog/identity.h"

#include "base/status.h"
#include "catalog/server_identity.h"
#include "driver/fetch.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::catalog {
namespace {

using topology::Topology;

constexpr int kNoSuchDatabase = 1049;
constexpr int kNoSuchTable = 1146;

/// What a shard's schema says, or should say.
struct Identity {
    std::string cluster_id;
    std::string shard;
    std::string groups;  ///< A line for each, sorted.
    friend bool operator==(const Identity&, const Identity&) = default;
};

// The layout that a group has without asking for one is not named.
std::string layout_text(const keys::CompositeLayout& layout) {
    if (layout == keys::CompositeLayout{})
        return "";
    return ", composite layout " + keys::to_string(layout);
}

std::string groups_text(const Topology& topology) {
    std::vector<std::string> lines;
    for (const topology::TableGroup& group : topology.groups)
        lines.push_back(absl::StrFormat(
            "%s: %d buckets, partitioner %s version %d%s",
            group.name,
            group.map.bucket_count(),
            group.partitioner->name(),
            group.partitioner->version(),
            layout_text(group.composite_layout)
        ));
    std::sort(lines.begin(), lines.end());
    std::string text;
    for (const std::string& line : lines) text += line + "\n";
    return text;
}

Identity wanted_identity(const Topology& topology, ShardId shard) {
    return {topology.cluster_id, topology.shard(shard).name, groups_text(topology)};
}

std::string show(const Identity& identity) {
    std::string groups = identity.groups;
    if (!groups.empty())
        groups.pop_back();
    std::replace(groups.begin(), groups.end(), '\n', '|');
    return absl::StrFormat(
        "shard %s of cluster %s (%s)", identity.shard, identity.cluster_id, groups
    );
}

std::string where(const Topology& topology, ShardId shard) {
    return absl::StrFormat(
        "shard %s on server %s (%s)",
        topology.shard(shard).name,
        topology.server_of(shard).name,
        topology.server_of(shard).primary.to_string()
    );
}

std::string quoted(std::string_view schema, std::string_view table) {
    std::string name;
    append_identifier(name, schema);
    name += '.';
    append_identifier(name, table);
    return name;
}

// None: the schema, its table, or the row is not there.
absl::StatusOr<std::optional<Identity>> read_identity(
    driver::Connection& connection, const std::string& schema, TimePoint deadline
) {
    auto rows = driver::fetch_all(
        connection,
        absl::StrFormat(
            "SELECT cluster_id, shard, table_groups FROM %s", quoted(schema, "_mosaic_identity")
        ),
        deadline
    );
    if (!rows.ok()) {
        const auto detail = error_detail(rows.status());
        if (detail &&
            (detail->mysql_errno == kNoSuchDatabase || detail->mysql_errno == kNoSuchTable))
            return std::nullopt;
        return rows.status();
    }
    if (rows->row_count() == 0)
        return std::nullopt;
    const auto cell = [&](std::size_t i) { return std::string(rows->cell(0, i).value_or("")); };
    return Identity{cell(0), cell(1), cell(2)};
}

absl::Status mismatch(
    std::string_view doing,
    const Topology& topology,
    ShardId shard,
    const Identity& wanted,
    const Identity& found
) {
    ErrorDetail detail;
    detail.shard = topology.shard(shard).name;
    return make_error(
        errors::kIdentityMismatch,
        absl::StrFormat(
            "%s of %s: the server says it holds %s, the map means %s; nothing was written; correct "
            "the server's address, or the catalog that is used",
            doing,
            where(topology, shard),
            show(found),
            show(wanted)
        ),
        detail
    );
}

// Whether all groups that the schema knows are as wanted: new ones may have come since.
bool only_adds_groups(const Identity& found, const Identity& wanted) {
    if (found.cluster_id != wanted.cluster_id || found.shard != wanted.shard)
        return false;
    const std::vector<std::string> known = absl::StrSplit(wanted.groups, '\n');
    const std::vector<std::string> lines = absl::StrSplit(found.groups, '\n');
    return std::all_of(lines.begin(), lines.end(), [&](const std::string& line) {
        return std::find(known.begin(), known.end(), line) != known.end();
    });
}

std::string literal(const driver::Connection& connection, std::string_view text) {
    std::string out;
    append_text_literal(out, text, connection.facts().backslash);
    return out;
}

absl::Status create_tables(
    driver::Connection& connection, const std::string& schema, TimePoint deadline
) {
    std::string name;
    append_identifier(name, schema);
    const std::string statements[] = {
        absl::StrFormat("CREATE DATABASE IF NOT EXISTS %s CHARACTER SET utf8mb4", name),
        absl::StrFormat(
            "CREATE TABLE IF NOT EXISTS %s (one TINYINT NOT NULL PRIMARY KEY, cluster_id CHAR(36) "
            "NOT NULL, shard VARCHAR(64) NOT NULL, table_groups TEXT NOT NULL, min_epoch BIGINT "
            "UNSIGNED NOT NULL) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            quoted(schema, "_mosaic_identity")
        ),
        absl::StrFormat(
            "CREATE TABLE IF NOT EXISTS %s (name VARCHAR(64) NOT NULL, bucket INT UNSIGNED NOT "
            "NULL, "
            "next BIGINT UNSIGNED NOT NULL, server_identity VARCHAR(255) NOT NULL, PRIMARY KEY "
            "(name, bucket)) ENGINE=InnoDB CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
            quoted(schema, "_mosaic_counters")
        ),
    };
    for (const std::string& statement : statements)
        MOSAIC_RETURN_IF_ERROR(driver::run_statement(connection, statement, deadline).status());
    // Where counters that are not there yet will begin (counters.h); never 0, which is no id.
    MOSAIC_ASSIGN_OR_RETURN(const std::string server, read_server_identity(connection, deadline));
    return driver::run_statement(
               connection,
               absl::StrFormat(
                   "INSERT INTO %s (name, bucket, next, server_identity) VALUES ('', 0, 1, %s) ON "
                   "DUPLICATE KEY UPDATE name = name",
                   quoted(schema, "_mosaic_counters"),
                   literal(connection, server)
               ),
               deadline
    )
        .status();
}

}  // namespace

absl::Status write_identity(
    driver::Connection& connection, const Topology& topology, ShardId shard, TimePoint deadline
) {
    const std::string& schema = topology.shard(shard).name;
    const Identity wanted = wanted_identity(topology, shard);
    MOSAIC_ASSIGN_OR_RETURN(auto found, read_identity(connection, schema, deadline));
    if (found && !only_adds_groups(*found, wanted))
        return mismatch("write the identity", topology, shard, wanted, *found);
    MOSAIC_RETURN_IF_ERROR(create_tables(connection, schema, deadline));
    if (found == wanted)
        return absl::OkStatus();
    // Only over what was read: whoever else writes here meanwhile is seen below.
    const std::string table = quoted(schema, "_mosaic_identity");
    const std::string statement =
        found ? absl::StrFormat(
                    "UPDATE %s SET table_groups = %s WHERE cluster_id = %s AND shard = %s AND "
                    "table_groups = %s",
                    table,
                    literal(connection, wanted.groups),
                    literal(connection, found->cluster_id),
                    literal(connection, found->shard),
                    literal(connection, found->groups)
                )
              : absl::StrFormat(
                    "INSERT INTO %s VALUES (1, %s, %s, %s, 0) ON DUPLICATE KEY UPDATE one = one",
                    table,
                    literal(connection, wanted.cluster_id),
                    literal(connection, wanted.shard),
                    literal(connection, wanted.groups)
                );
    MOSAIC_RETURN_IF_ERROR(driver::run_statement(connection, statement, deadline).status());
    return check_identity(connection, topology, shard, deadline);
}

absl::Status check_identity(
    driver::Connection& connection, const Topology& topology, ShardId shard, TimePoint deadline
) {
    const Identity wanted = wanted_identity(topology, shard);
    MOSAIC_ASSIGN_OR_RETURN(
        const auto found, read_identity(connection, topology.shard(shard).name, deadline)
    );
    if (found == wanted)
        return absl::OkStatus();
    if (found)
        return mismatch("check the identity", topology, shard, wanted, *found);
    ErrorDetail detail;
    detail.shard = topology.shard(shard).name;
    return make_error(
        errors::kIdentityMissing,
        absl::StrFormat(
            "check the identity of %s: the server has no such schema, or nothing in it says which "
            "shard it is, and the map means %s; correct the server's address, or run `mosaic map "
            "init`",
            where(topology, shard),
            show(wanted)
        ),
        detail
    );
}

}  // namespace mosaic::catalog
