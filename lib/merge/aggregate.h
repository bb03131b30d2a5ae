#pragma once

#include "merge/budget.h"
#include "merge/row_stream.h"
#include "merge/specs.h"

#include <absl/status/statusor.h>

#include <memory>

namespace mosaic::merge {

/// Whether rows sorted by `sorted_by` have all rows with equal `keys` in one place.
[[nodiscard]] bool keeps_together(const SortSpec& sorted_by, const std::vector<GroupKey>& keys);

/// One row per group. Where `input` is sorted so that groups are whole, one group is held at a
/// time; else all of them, in the order in which they were met first.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> make_aggregate(
    std::unique_ptr<RowStream> input,
    const AggregateSpec& spec,
    const SortSpec& sorted_by,
    std::shared_ptr<Budget> budget
);

}  // namespace mosaic::merge
