#pragma once

#include "base/clock.h"
#include "driver/connection.h"
#include "schema/schema.h"

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace mosaic::inspect {

/// Reads a table's definition from information_schema: columns, indexes, foreign keys, triggers.
/// kTableMissing when the schema has no such table. Four round trips.
[[nodiscard]] absl::StatusOr<schema::TableDef> read_table(
    driver::Connection& connection,
    std::string_view schema_name,
    std::string_view table,
    TimePoint deadline
);

/// Reads how a collation compares, and the weight of a blank in it. One round trip.
[[nodiscard]] absl::StatusOr<schema::CollationDef> read_collation(
    driver::Connection& connection, std::string_view name, TimePoint deadline
);

/// The collation of literals on this connection. One round trip.
[[nodiscard]] absl::StatusOr<std::string> read_connection_collation(
    driver::Connection& connection, TimePoint deadline
);

}  // namespace mosaic::inspect
