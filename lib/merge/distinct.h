#pragma once

#include "merge/budget.h"
#include "merge/row_stream.h"
#include "merge/specs.h"

#include <absl/status/statusor.h>

#include <memory>
#include <vector>

namespace mosaic::merge {

/// Leaves out rows that equal an earlier one in `keys`. Holds one key where `input` is sorted so
/// that equal rows follow each other, else all different keys.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> make_distinct(
    std::unique_ptr<RowStream> input,
    const std::vector<GroupKey>& keys,
    const SortSpec& sorted_by,
    std::shared_ptr<Budget> budget
);

}  // namespace mosaic::merge
