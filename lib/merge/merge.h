#pragma once

#include "merge/row_stream.h"
#include "merge/specs.h"
#include "mosaic/value.h"

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

namespace mosaic::merge {

/// Bounds of one merge; breaching one is an error that names it.
struct MergeLimits {
    std::size_t bytes_max = 256u << 20;
    std::size_t groups_max = 1'000'000;
};

/// One stream from many, by `spec`. Pulls lazily: a satisfied LIMIT asks for nothing more, and
/// destroying the stream destroys its inputs. A sorted input found out of order is an error.
/// \pre streams is not empty; all have the same number of columns, and types that compare alike.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> merge(
    std::vector<std::unique_ptr<RowStream>> streams,
    const MergeSpec& spec,
    std::span<const Value> values,
    const MergeLimits& limits
);

}  // namespace mosaic::merge
