#pragma once

#include "mosaic/batch.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace mosaic {

/// Rows that are pulled, a batch at a time. One thread at a time.
class RowStream {
public:
    virtual ~RowStream() = default;
    /// Known from the start.
    [[nodiscard]] virtual const std::vector<Column>& columns() const = 0;
    /// Fills `out` with the next rows; false: there were no more, and `out` is empty.
    virtual absl::StatusOr<bool> next(Batch& out) = 0;
    /// Of the statement, known when next() has returned false.
    [[nodiscard]] virtual std::uint32_t warning_count() const { return 0; }
};

}  // namespace mosaic
