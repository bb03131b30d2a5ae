#pragma once

#include "exec/executor.h"

#include <memory>

/// LAST_INSERT_ID(expr) in a read: a session's value goes with the statement and comes back.
namespace mosaic::exec {

/// Gives the connection the session's value, which stays where no row calls the function.
absl::Status set_insert_id(driver::Connection& connection, const Call& call);

/// All rows of a reply in memory; then *call.last_insert_id is what the last row made of it.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> read_with_insert_id(
    driver::Connection& connection,
    driver::Reply reply,
    const topology::Shard& shard,
    const Call& call
);

}  // namespace mosaic::exec
