#pragma once

#include "merge/budget.h"
#include "merge/row_stream.h"
#include "merge/specs.h"

#include <absl/status/statusor.h>

#include <memory>

namespace mosaic::merge {

/// Holds all rows of `input` and gives them sorted; ties as they came.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> make_sort(
    std::unique_ptr<RowStream> input, const SortSpec& spec, std::shared_ptr<Budget> budget
);

}  // namespace mosaic::merge
