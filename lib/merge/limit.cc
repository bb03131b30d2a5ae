#include "merge/limit.h"

#include "base/status.h"
#include "merge/operator.h"

#include <algorithm>
#include <utility>

namespace mosaic::merge {
namespace {

class Limit final : public Operator {
public:
    Limit(
        std::unique_ptr<RowStream> input, std::uint64_t offset, std::optional<std::uint64_t> limit
    )
        : Operator(std::move(input), {}), to_skip_(offset), to_give_(limit) {
        columns_ = input_->columns();
    }

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        while (out.empty() && to_give_ != 0u) {
            MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, input_->next(batch_));
            if (!has_rows)
                break;
            const std::uint64_t row_count = batch_.row_count();
            const std::uint64_t skipped = std::min(to_skip_, row_count);
            to_skip_ -= skipped;
            const std::uint64_t given = std::min(row_count - skipped, to_give_.value_or(row_count));
            if (to_give_)
                *to_give_ -= given;
            if (given == row_count) {
                std::swap(out, batch_);
                return true;
            }
            for (std::uint64_t row = skipped; row < skipped + given; ++row)
                out.append_row(batch_, row);
        }
        return !out.empty();
    }

private:
    std::uint64_t to_skip_;
    std::optional<std::uint64_t> to_give_;
    Batch batch_;
};

}  // namespace

std::unique_ptr<RowStream> make_limit(
    std::unique_ptr<RowStream> input, std::uint64_t offset, std::optional<std::uint64_t> limit
) {
    return std::make_unique<Limit>(std::move(input), offset, limit);
}

}  // namespace mosaic::merge
