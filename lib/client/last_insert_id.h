#pragma once

#include "mosaic/statement.h"
#include "sql/parser.h"

#include <cstdint>
#include <optional>

namespace mosaic::client {

/// The statement with the session's value bound in the place of each LAST_INSERT_ID(), as servers
/// keep it for each connection: the first id that a key scheme filled in for the session's last
/// INSERT that had one; 0 before.
/// Empty: the statement calls no such thing; or a value cannot take its place (as part of a select
/// item, or where another call has an argument and so sets it): then the value goes with the
/// statement, which costs a round trip and does not route.
[[nodiscard]] std::optional<Statement> with_last_insert_id(
    const Statement& statement, std::uint64_t value, const sql::Syntax& syntax
);

}  // namespace mosaic::client
