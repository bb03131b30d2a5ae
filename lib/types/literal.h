#pragma once

#include "mosaic/value.h"

#include <cstdint>
#include <string>
#include <string_view>

namespace mosaic {

/// How a server reads a backslash inside '..': by sql_mode's NO_BACKSLASH_ESCAPES.
enum class Backslash : std::uint8_t { kEscapes, kIsLiteral };

/// Appends `value` as an SQL literal that means exactly it on a connection that speaks utf8mb4.
///
/// Text becomes '..', bytes x'..', doubles the shortest form that reads back equal (with an
/// exponent, so that the server takes them as doubles), NULL `NULL`. The result can be put anywhere
/// an expression may stand: negative numbers are preceded by a blank.
/// NaN and infinity have no literal: \pre a double is finite (Statement refuses others when bound).
void append_literal(std::string& out, const Value& value, Backslash backslash);

/// Appends '..' with what must be escaped escaped.
void append_text_literal(std::string& out, std::string_view text, Backslash backslash);

/// Appends x'..'.
void append_bytes_literal(std::string& out, std::string_view bytes);

/// Appends `name` between backquotes, its own doubled.
void append_identifier(std::string& out, std::string_view name);

}  // namespace mosaic
