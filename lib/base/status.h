#pragma once

#include "base/error_ids.h"
#include "mosaic/error.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <string>
#include <string_view>

/// Returns from the function when `expr`, a Status, is not OK.
#define MOSAIC_RETURN_IF_ERROR(expr)                       \
    do {                                                   \
        if (absl::Status mosaic_status = (expr); !mosaic_status.ok()) [[unlikely]] \
            return mosaic_status;                          \
    } while (false)

#define MOSAIC_CONCAT_INNER(a, b) a##b
#define MOSAIC_CONCAT(a, b) MOSAIC_CONCAT_INNER(a, b)
#define MOSAIC_ASSIGN_OR_RETURN_INNER(result, lhs, expr) \
    auto result = (expr);                                \
    if (!result.ok()) [[unlikely]]                       \
        return std::move(result).status();               \
    lhs = *std::move(result)
/// Assigns the value of `expr`, a StatusOr, to `lhs`, or returns its status.
#define MOSAIC_ASSIGN_OR_RETURN(lhs, expr) \
    MOSAIC_ASSIGN_OR_RETURN_INNER(MOSAIC_CONCAT(mosaic_result_, __LINE__), lhs, expr)

namespace mosaic {

/// Makes an error: code and id from the row of `row`, the text `MO-nnnn <message>`.
///
/// The message has one shape: doing what, on what: what went wrong (bound or cause); remedy.
/// `detail.id` is filled in here; detail.retry starts as the row's unless it was set. Cold: the code
/// that leads here is kept apart from what runs when all is well.
[[nodiscard, gnu::cold]] absl::Status make_error(
    const ErrorRow& row, std::string_view message, ErrorDetail detail = {}
);

/// The same status with another detail.
[[nodiscard, gnu::cold]] absl::Status with_detail(const absl::Status& status, const ErrorDetail& detail);

/// abseil's view as ours: they are different types in Debian's build.
[[nodiscard]] std::string_view message_of(const absl::Status& status);

}  // namespace mosaic
