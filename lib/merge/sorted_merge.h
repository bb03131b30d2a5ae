#pragma once

#include "merge/row_stream.h"
#include "merge/specs.h"

#include <absl/status/statusor.h>

#include <memory>
#include <vector>

namespace mosaic::merge {

/// One sorted stream from sorted streams, by a loser tree; ties in the order of `streams`. Holds
/// one batch of each. A stream that is found out of order ends with kStreamUnsorted.
[[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> make_sorted_merge(
    std::vector<std::unique_ptr<RowStream>> streams, const SortSpec& sorted_by
);

/// One stream after the other.
[[nodiscard]] std::unique_ptr<RowStream> make_concatenation(
    std::vector<std::unique_ptr<RowStream>> streams
);

}  // namespace mosaic::merge
