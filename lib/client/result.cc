#include "mosaic/result.h"

#include "base/status.h"
#include "client/stream_source.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic {

Result::Result(
    std::vector<Column> columns,
    std::vector<Batch> batches,
    std::uint32_t warnings,
    std::vector<std::string> missing_shards
)
    : columns_(std::move(columns)),
      batches_(std::move(batches)),
      warnings_(warnings),
      missing_shards_(std::move(missing_shards)) {
    for (const Batch& batch : batches_) {
        if (batches_.size() > 1)  // see cell()
            first_rows_.push_back(row_count_);
        row_count_ += batch.row_count();
    }
}

std::optional<std::string_view> Result::cell(std::size_t row, std::size_t column) const {
    if (batches_.size() == 1)
        return batches_.front().cell(row, column);
    const auto after = std::upper_bound(first_rows_.begin(), first_rows_.end(), row);
    const auto batch = static_cast<std::size_t>(after - first_rows_.begin()) - 1;
    return batches_[batch].cell(row - first_rows_[batch], column);
}

absl::Status Result::check_column_count(std::size_t wanted) const {
    if (wanted == columns_.size())
        return absl::OkStatus();
    return make_error(
        errors::kColumnCount,
        absl::StrFormat(
            "read rows as %d columns: the result has %d; name a type for each",
            wanted,
            columns_.size()
        )
    );
}

Stream::Stream(std::unique_ptr<Source> source) : source_(std::move(source)) {}

Stream::~Stream() = default;
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;

const std::vector<Column>& Stream::columns() const {
    return source_->rows->columns();
}

const std::vector<std::string>& Stream::missing_shards() const {
    return source_->missing_shards;
}

absl::StatusOr<bool> Stream::next(Batch& out) {
    return source_->rows->next(out);
}

}  // namespace mosaic
