#pragma once

#include "merge/row_stream.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace mosaic::merge {

/// Rows in a batch that an operator makes.
inline constexpr std::size_t kRowsMax = 1024;
inline constexpr std::size_t kBytesMax = 256 * 1024;

[[nodiscard]] inline bool is_full(const Batch& batch) {
    return batch.row_count() >= kRowsMax || batch.byte_count() >= kBytesMax;
}

/// A stream over one other. Operators hand on what they have before they ask for more, so a
/// satisfied LIMIT above them costs no request below.
class Operator : public RowStream {
public:
    Operator(std::unique_ptr<RowStream> input, std::vector<Column> columns)
        : input_(std::move(input)), columns_(std::move(columns)) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return columns_; }

    [[nodiscard]] std::uint32_t warning_count() const override { return input_->warning_count(); }

protected:
    std::unique_ptr<RowStream> input_;
    std::vector<Column> columns_;
};

}  // namespace mosaic::merge
