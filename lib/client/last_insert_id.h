#pragma once

#include "mosaic/statement.h"
#include "sql/parser.h"

#include <cstdint>
#include <optional>

namespace mosaic::client {

/// The statement with the session's value bound in the place of each LAST_INSERT_ID(), as servers
/// keep it for each connection: the first id that a key scheme filled in for the session's last
/// INSERT that had one; 0 before.
/// `SELECT LAST_INSERT_ID(7)` alone sets it. Empty: the statement calls no such thing, or where a
/// value cannot take its place (with an argument, or as part of a select item), which the planner
/// refuses.
[[nodiscard]] std::optional<Statement> with_last_insert_id(
    const Statement& statement, std::uint64_t& value, const sql::Syntax& syntax
);

}  // namespace mosaic::client
