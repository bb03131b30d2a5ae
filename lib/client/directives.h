#pragma once

#include "mosaic/statement.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <optional>
#include <string_view>

namespace mosaic::client {

/// Whether directives stand straight after the first keyword. Looks at the text's beginning only.
[[nodiscard]] bool has_directives(std::string_view text);

/// The statement with its directives obeyed, and blanks in their place, so that positions stay.
///
/// \return kDirectiveInvalid, which names the word, what is allowed and the nearest known.
/// \pre has_directives(statement.sql())
[[nodiscard]] absl::StatusOr<Statement> obey_directives(
    const Statement& statement, const topology::Topology& topology
);

}  // namespace mosaic::client
