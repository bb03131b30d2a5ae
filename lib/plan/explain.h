#pragma once

#include "merge/specs.h"

#include <string>

namespace mosaic::plan {

/// The steps of a merge, in order, on one line.
[[nodiscard]] std::string describe(const merge::MergeSpec& spec);

}  // namespace mosaic::plan
