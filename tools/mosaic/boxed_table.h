#pragma once

#include "mosaic/result.h"

#include <string>

namespace mosaic::tool {

/// A result in a box, for people; empty for no rows. Numbers stand to the right. Bytes are shown as
/// `0x..`, control characters as `\n`, `\t`, `\x1B`: a terminal gets nothing that it would obey.
[[nodiscard]] std::string boxed_table(const Result& result);

}  // namespace mosaic::tool
