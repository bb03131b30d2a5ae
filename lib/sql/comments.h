#pragma once

#include "sql/parser.h"

#include <string>
#include <string_view>

namespace mosaic::sql {

/// Whether the text may hold executable comments (`/*! .. */`, `/*M! .. */`): then what it means
/// depends on the server's kind and version.
[[nodiscard]] bool may_hold_executable_comments(std::string_view text);

/// The text as a server of that syntax reads it: without the frames of executable comments that it
/// reads, and without all of those that it does not. A blank stays where words would touch.
[[nodiscard]] std::string without_executable_comments(std::string_view text, const Syntax& syntax);

}  // namespace mosaic::sql
