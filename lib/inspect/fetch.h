#pragma once

#include "base/clock.h"
#include "driver/connection.h"
#include "mosaic/batch.h"

#include <absl/status/statusor.h>

#include <string_view>

namespace mosaic::inspect {

/// Runs a small query of ours and returns all its rows in one batch.
[[nodiscard]] absl::StatusOr<Batch> fetch_all(
    driver::Connection& connection, std::string_view sql, TimePoint deadline
);

}  // namespace mosaic::inspect
