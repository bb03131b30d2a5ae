#include "merge/sorted_merge.h"

#include "base/status.h"
#include "merge/key_encoder.h"
#include "merge/operator.h"

#include <absl/strings/str_format.h>

#include <string>
#include <utility>

namespace mosaic::merge {
namespace {

// One of the streams, at its current row.
struct Run {
    std::unique_ptr<RowStream> stream;
    Batch batch;
    std::size_t row = 0;
    std::string key;
    std::string previous;
    bool is_first = true;
    bool is_done = false;
};

std::uint32_t add_warnings(const std::vector<Run>& runs) {
    std::uint32_t count = 0;
    for (const Run& run : runs) count += run.stream->warning_count();
    return count;
}

std::vector<Run> runs_of(std::vector<std::unique_ptr<RowStream>> streams) {
    std::vector<Run> runs;
    for (std::unique_ptr<RowStream>& stream : streams) {
        runs.emplace_back();
        runs.back().stream = std::move(stream);
    }
    return runs;
}

class SortedMerge final : public RowStream {
public:
    SortedMerge(std::vector<std::unique_ptr<RowStream>> streams, KeyEncoder encoder)
        : runs_(runs_of(std::move(streams))),
          losers_(runs_.size()),
          columns_(runs_[0].stream->columns()),
          encoder_(std::move(encoder)) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return columns_; }

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        if (is_started_ && is_starved_) {
            MOSAIC_RETURN_IF_ERROR(fill(runs_[winner_]));
            replay();
        }
        if (!is_started_) {
            for (Run& run : runs_) MOSAIC_RETURN_IF_ERROR(fill(run));
            winner_ = build(1);
            is_started_ = true;
        }
        is_starved_ = false;
        while (!is_full(out)) {
            Run& run = runs_[winner_];
            if (run.is_done)
                break;
            out.append_row(run.batch, run.row);
            ++run.row;
            if (run.row == run.batch.row_count()) {
                is_starved_ = true;  // gives what there is before it asks for more
                break;
            }
            MOSAIC_RETURN_IF_ERROR(read_key(run));
            replay();
        }
        return !out.empty();
    }

    [[nodiscard]] std::uint32_t warning_count() const override { return add_warnings(runs_); }

private:
    absl::Status fill(Run& run) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, run.stream->next(run.batch));
        run.row = 0;
        run.is_done = !has_rows;
        return has_rows ? read_key(run) : absl::OkStatus();
    }

    absl::Status read_key(Run& run) {
        run.key.swap(run.previous);
        run.key.clear();
        MOSAIC_RETURN_IF_ERROR(encoder_.append(run.key, run.batch, run.row));
        if (!run.is_first && run.key < run.previous)
            return make_error(
                errors::kStreamUnsorted,
                absl::StrFormat(
                    "merging rows of shards: rows of stream %d came out of order; its server sorts "
                    "otherwise than the plan expects",
                    &run - runs_.data()
                )
            );
        run.is_first = false;
        return absl::OkStatus();
    }

    [[nodiscard]] bool is_before(std::size_t a, std::size_t b) const {
        const Run& left = runs_[a];
        const Run& right = runs_[b];
        if (left.is_done || right.is_done)
            return left.is_done == right.is_done ? a < b : right.is_done;
        const int order = left.key.compare(right.key);
        return order != 0 ? order < 0 : a < b;
    }

    // Plays the matches below `node`; each keeps its loser. \return the winner.
    std::size_t build(std::size_t node) {
        if (node >= runs_.size())
            return node - runs_.size();
        const std::size_t left = build(2 * node);
        const std::size_t right = build(2 * node + 1);
        const bool is_left = is_before(left, right);
        losers_[node] = is_left ? right : left;
        return is_left ? left : right;
    }

    // The last winner has another row: plays its matches again, up to the root.
    void replay() {
        for (std::size_t node = (winner_ + runs_.size()) / 2; node > 0; node /= 2)
            if (is_before(losers_[node], winner_))
                std::swap(losers_[node], winner_);
    }

    std::vector<Run> runs_;
    std::vector<std::size_t> losers_;  // of the inner nodes, from 1
    std::vector<Column> columns_;
    KeyEncoder encoder_;
    std::size_t winner_ = 0;
    bool is_started_ = false;
    bool is_starved_ = false;
};

class Concatenation final : public RowStream {
public:
    explicit Concatenation(std::vector<std::unique_ptr<RowStream>> streams)
        : runs_(runs_of(std::move(streams))), columns_(runs_[0].stream->columns()) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return columns_; }

    absl::StatusOr<bool> next(Batch& out) override {
        for (; current_ < runs_.size(); ++current_) {
            MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, runs_[current_].stream->next(out));
            if (has_rows)
                return true;
        }
        out.clear(columns_.size());
        return false;
    }

    [[nodiscard]] std::uint32_t warning_count() const override { return add_warnings(runs_); }

private:
    std::vector<Run> runs_;
    std::vector<Column> columns_;
    std::size_t current_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowStream>> make_sorted_merge(
    std::vector<std::unique_ptr<RowStream>> streams, const SortSpec& sorted_by
) {
    MOSAIC_ASSIGN_OR_RETURN(KeyEncoder encoder, KeyEncoder::make(sorted_by, streams[0]->columns()));
    return std::make_unique<SortedMerge>(std::move(streams), std::move(encoder));
}

std::unique_ptr<RowStream> make_concatenation(std::vector<std::unique_ptr<RowStream>> streams) {
    return std::make_unique<Concatenation>(std::move(streams));
}

}  // namespace mosaic::merge
