#pragma once

#include "mosaic/error.h"

#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <string_view>

namespace mosaic {

/// One kind of error. The code is chosen by what a caller can do: kUnavailable when sending just
/// this call again may work, kAborted when the whole transaction may, kFailedPrecondition when
/// something must be changed first, kInvalidArgument when the statement or file itself is wrong.
struct ErrorRow {
    std::uint16_t number;
    absl::StatusCode code;
    std::string_view title;  ///< What it means, for docs/errors.md.
    Retry retry = Retry::kNever;
};

/// All error ids, in the order of their numbers. tools/check fails on one that is unused or twice.
///   10xx configuration   11xx catalog, map and identity   12xx keys
///   20xx connections and pools   21xx what servers answer
///   30xx parsing   31xx binding   32xx planning and routing
///   40xx client, session, transaction   41xx limits
///   50xx migrate   60xx tool and local cluster
namespace errors {
#define MOSAIC_ERROR_ROW(name, number, code, title, ...) \
    inline constexpr ErrorRow name{number, absl::StatusCode::code, title __VA_OPT__(, ) __VA_ARGS__};
#include "base/error_ids.inc"
#undef MOSAIC_ERROR_ROW
}  // namespace errors

/// Every row, ordered by number.
[[nodiscard]] std::span<const ErrorRow> error_rows();

}  // namespace mosaic
