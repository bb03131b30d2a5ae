#pragma once

#include "merge/row_stream.h"
#include "merge/specs.h"

#include <absl/status/statusor.h>

#include <memory>
#include <span>
#include <vector>

namespace mosaic::merge {

/// The rows for which `condition` is true.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> make_filter(
    std::unique_ptr<RowStream> input, const Scalar& condition, std::span<const Value> values
);

/// The rows with `computed` after their own columns.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> make_computed(
    std::unique_ptr<RowStream> input,
    const std::vector<Scalar>& computed,
    std::span<const Value> values
);

/// The answer's columns; empty: all as they are.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> make_output(
    std::unique_ptr<RowStream> input,
    const std::vector<OutputColumn>& output,
    std::span<const Value> values
);

}  // namespace mosaic::merge
