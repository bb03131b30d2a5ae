#pragma once

#include "merge/row_stream.h"

#include <cstdint>
#include <memory>
#include <optional>

namespace mosaic::merge {

/// The rows after the first `offset`, at most `limit`. Asks `input` for nothing once it has those.
[[nodiscard]] std::unique_ptr<RowStream> make_limit(
    std::unique_ptr<RowStream> input, std::uint64_t offset, std::optional<std::uint64_t> limit
);

}  // namespace mosaic::merge
