#pragma once

#include "plan/mentions.h"
#include "plan/plan.h"

#include <span>
#include <string>
#include <string_view>

namespace mosaic::plan {

/// The statement as written, with a hole for the schema of each table and for each value. A select
/// item that holds such a place and has no alias gets its own text as one, so that its label stays.
[[nodiscard]] absl::StatusOr<sql::Template> pass_through(
    const sql::Statement& statement, const Mentions& mentions, bool is_mariadb
);

/// What servers name a select item after whose text this is: its first characters, and a `?` for
/// each that no name can have.
[[nodiscard]] std::string label_of(std::string_view text, bool is_mariadb);

/// A mention of a table that another table takes the place of, under the name that it had.
struct RenamedTable {
    const sql::TableRef* ref = nullptr;
    std::string name;
};

/// The same with other tables in the place of some; columns lose the logical database's name.
[[nodiscard]] absl::StatusOr<sql::Template> with_renamed_tables(
    const sql::Statement& statement,
    const Mentions& mentions,
    std::span<const RenamedTable> renamed,
    bool is_mariadb
);

}  // namespace mosaic::plan
