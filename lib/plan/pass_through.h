#pragma once

#include "plan/mentions.h"
#include "plan/plan.h"

namespace mosaic::plan {

/// The statement as written, with a hole for the schema of each table and for each value. A select
/// item that holds such a place and has no alias gets its own text as one, so that its label stays.
[[nodiscard]] absl::StatusOr<sql::Template> pass_through(
    const sql::Statement& statement, const Mentions& mentions
);

}  // namespace mosaic::plan
