#pragma once

#include "base/clock.h"
#include "driver/connection.h"
#include "mosaic/batch.h"

#include <absl/status/statusor.h>

#include <string_view>

namespace mosaic::driver {

/// Runs a small query of ours and returns all its rows in one batch.
[[nodiscard]] absl::StatusOr<Batch> fetch_all(
    Connection& connection, std::string_view sql, TimePoint deadline
);

/// Runs a small statement of ours that gives no rows.
[[nodiscard]] absl::StatusOr<Reply> run_statement(
    Connection& connection, std::string_view sql, TimePoint deadline
);

}  // namespace mosaic::driver
