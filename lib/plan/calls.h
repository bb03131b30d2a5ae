#pragma once

#include "plan/mentions.h"

#include <absl/status/status.h>

namespace mosaic::plan {

/// Refuses functions and variables that mean something on one server or connection only (query.md,
/// rule 9), and functions that are not in the list.
[[nodiscard]] absl::Status check_calls(const Mentions& mentions);

/// Whether LAST_INSERT_ID() is called, with an argument or without.
[[nodiscard]] bool calls_last_insert_id(const Mentions& mentions, bool with_argument);

/// OK unless a function has one value per statement (kFunctionOnce).
[[nodiscard]] absl::Status check_repeatable(const Mentions& mentions);

/// Refuses full-text scores of a sharded table: they depend on all its rows (rule 12).
[[nodiscard]] absl::Status refuse_match(const Mentions& mentions);

}  // namespace mosaic::plan
