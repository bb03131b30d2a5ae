#include "merge/sort.h"

#include "base/status.h"
#include "merge/key_encoder.h"
#include "merge/operator.h"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

namespace mosaic::merge {
namespace {

constexpr std::string_view kDoing = "sorting rows of shards";
// What Batch takes for a cell besides its text.
constexpr std::size_t kCellOverhead = 16;

// One batch of the input, with the keys of its rows in one text.
struct Page {
    Batch rows;
    std::string keys;
};

struct Entry {
    const Page* page;
    std::size_t row;
    std::size_t key_begin;
    std::size_t key_size;

    [[nodiscard]] std::string_view key() const {
        return std::string_view(page->keys).substr(key_begin, key_size);
    }
};

class Sort final : public Operator {
public:
    Sort(std::unique_ptr<RowStream> input, KeyEncoder encoder, std::shared_ptr<Budget> budget)
        : Operator(std::move(input), {}), encoder_(std::move(encoder)), budget_(std::move(budget)) {
        columns_ = input_->columns();
    }

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        if (!is_read_)
            MOSAIC_RETURN_IF_ERROR(read_all());
        is_read_ = true;
        for (; next_ < entries_.size() && !is_full(out); ++next_)
            out.append_row(entries_[next_].page->rows, entries_[next_].row);
        return !out.empty();
    }

private:
    absl::Status read_all() {
        while (true) {
            Page& page = pages_.emplace_back();
            MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, input_->next(page.rows));
            if (!has_rows)
                break;
            MOSAIC_RETURN_IF_ERROR(take(page));
        }
        std::stable_sort(entries_.begin(), entries_.end(), [](const Entry& a, const Entry& b) {
            return a.key() < b.key();
        });
        return absl::OkStatus();
    }

    absl::Status take(Page& page) {
        const std::size_t row_count = page.rows.row_count();
        for (std::size_t row = 0; row < row_count; ++row) {
            const std::size_t begin = page.keys.size();
            MOSAIC_RETURN_IF_ERROR(encoder_.append(page.keys, page.rows, row));
            entries_.push_back(
                {.page = &page,
                 .row = row,
                 .key_begin = begin,
                 .key_size = page.keys.size() - begin}
            );
        }
        const std::size_t cells = row_count * columns_.size() * kCellOverhead;
        return budget_->take_bytes(
            page.rows.byte_count() + cells + page.keys.size() + row_count * sizeof(Entry), kDoing
        );
    }

    KeyEncoder encoder_;
    std::shared_ptr<Budget> budget_;
    bool is_read_ = false;
    std::deque<Page> pages_;  // where they are stays
    std::vector<Entry> entries_;
    std::size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowStream>> make_sort(
    std::unique_ptr<RowStream> input, const SortSpec& spec, std::shared_ptr<Budget> budget
) {
    MOSAIC_ASSIGN_OR_RETURN(KeyEncoder encoder, KeyEncoder::make(spec, input->columns()));
    return std::make_unique<Sort>(std::move(input), std::move(encoder), std::move(budget));
}

}  // namespace mosaic::merge
