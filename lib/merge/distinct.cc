#include "merge/distinct.h"

#include "base/status.h"
#include "merge/aggregate.h"
#include "merge/key_encoder.h"
#include "merge/operator.h"

#include <absl/container/flat_hash_set.h>

#include <string>
#include <utility>

namespace mosaic::merge {
namespace {

constexpr std::string_view kDoing = "finding distinct rows of shards";
// What the hash set takes for a key besides its text.
constexpr std::size_t kSetOverhead = 48;

class Distinct final : public Operator {
public:
    enum class Equals : std::uint8_t { kAdjacent, kAnywhere };

    Distinct(
        std::unique_ptr<RowStream> input,
        KeyEncoder encoder,
        Equals equals,
        std::shared_ptr<Budget> budget
    )
        : Operator(std::move(input), {}),
          encoder_(std::move(encoder)),
          equals_(equals),
          budget_(std::move(budget)) {
        columns_ = input_->columns();
    }

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        while (out.empty()) {
            MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, input_->next(batch_));
            if (!has_rows)
                break;
            for (std::size_t row = 0; row < batch_.row_count(); ++row) {
                MOSAIC_ASSIGN_OR_RETURN(const bool is_new, take(row));
                if (is_new)
                    out.append_row(batch_, row);
            }
        }
        return !out.empty();
    }

private:
    absl::StatusOr<bool> take(std::size_t row) {
        key_.clear();
        MOSAIC_RETURN_IF_ERROR(encoder_.append(key_, batch_, row));
        if (equals_ == Equals::kAdjacent) {
            const bool is_new = !std::exchange(has_last_, true) || key_ != last_;
            key_.swap(last_);
            return is_new;
        }
        if (!seen_.insert(key_).second)
            return false;
        MOSAIC_RETURN_IF_ERROR(budget_->take_group(kDoing));
        MOSAIC_RETURN_IF_ERROR(budget_->take_bytes(key_.size() + kSetOverhead, kDoing));
        return true;
    }

    KeyEncoder encoder_;
    Equals equals_;
    std::shared_ptr<Budget> budget_;
    Batch batch_;
    std::string key_;
    std::string last_;
    bool has_last_ = false;
    absl::flat_hash_set<std::string> seen_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowStream>> make_distinct(
    std::unique_ptr<RowStream> input,
    const std::vector<GroupKey>& keys,
    const SortSpec& sorted_by,
    std::shared_ptr<Budget> budget
) {
    MOSAIC_ASSIGN_OR_RETURN(KeyEncoder encoder, KeyEncoder::make(keys, input->columns()));
    const auto equals =
        keeps_together(sorted_by, keys) ? Distinct::Equals::kAdjacent : Distinct::Equals::kAnywhere;
    return std::make_unique<Distinct>(
        std::move(input), std::move(encoder), equals, std::move(budget)
    );
}

}  // namespace mosaic::merge
