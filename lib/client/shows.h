#pragma once

#include "sql/parser.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <optional>
#include <string>
#include <vector>

namespace mosaic::client {

/// A SHOW or DESCRIBE that one shard answers for all.
struct Show {
    std::string text;  ///< What it is sent; unqualified names mean the shard's schema.
    std::vector<ShardId>
        shards;  ///< That can answer, one of each server, in the order to be tried.
};

/// SHOW TABLES; SHOW CREATE TABLE, COLUMNS and INDEX, and DESCRIBE, of a table of the
/// configuration; SHOW of what all servers have alike: CHARACTER SET, COLLATION, ENGINES. None:
/// another SHOW, whose answer would be one server's.
///
/// \return kUnknownTable, kForeignSchema
[[nodiscard]] absl::StatusOr<std::optional<Show>> show_of(
    const sql::Statement& statement, const topology::Topology& topology, const sql::Syntax& syntax
);

}  // namespace mosaic::client
