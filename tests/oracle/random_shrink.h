#pragma once

#include "random_tree.h"

#include <functional>

namespace mosaic::oracle {

/// The smallest statement found that still shows what `is_still_wrong` looks for: clauses, tables,
/// items and conditions are dropped one by one as long as it does. Asks a bounded number of times.
[[nodiscard]] Query shrink(Query query, const std::function<bool(const Query&)>& is_still_wrong);

}  // namespace mosaic::oracle
