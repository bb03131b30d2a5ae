#pragma once

#include "client/state.h"

#include <string>

namespace mosaic::client {

/// For people: the explanation, then a line for each step: who, what, rows, bytes, and when the
/// first and the last of them were there.
[[nodiscard]] std::string to_text(const Analysis& analysis);

}  // namespace mosaic::client
