#include "merge/aggregate.h"

#include "base/status.h"
#include "base/string_map.h"
#include "merge/accumulator.h"
#include "merge/operator.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mosaic::merge {
namespace {

constexpr std::string_view kDoing = "grouping rows of shards";
// What a group takes in the hash table besides key and states.
constexpr std::size_t kGroupOverhead = 64;

using States = std::vector<Accumulator::State>;

class AggregateStream : public Operator {
public:
    AggregateStream(
        std::unique_ptr<RowStream> input,
        std::vector<Column> columns,
        KeyEncoder encoder,
        std::vector<Accumulator> accumulators,
        std::shared_ptr<Budget> budget
    )
        : Operator(std::move(input), std::move(columns)),
          encoder_(std::move(encoder)),
          accumulators_(std::move(accumulators)),
          budget_(std::move(budget)) {}

protected:
    [[nodiscard]] States new_states() const { return States(accumulators_.size()); }

    absl::Status add(States& states, std::size_t row) {
        std::size_t grown = 0;
        for (std::size_t i = 0; i < accumulators_.size(); ++i)
            MOSAIC_RETURN_IF_ERROR(accumulators_[i].add(states[i], batch_, row, grown));
        held_ += grown;
        return grown == 0 ? absl::OkStatus() : budget_->take_bytes(grown, kDoing);
    }

    absl::Status finish(const States& states, Batch& out) const {
        for (std::size_t i = 0; i < accumulators_.size(); ++i)
            MOSAIC_RETURN_IF_ERROR(accumulators_[i].finish(states[i], out));
        return absl::OkStatus();
    }

    KeyEncoder encoder_;
    std::vector<Accumulator> accumulators_;
    std::shared_ptr<Budget> budget_;
    std::size_t held_ = 0;  // bytes taken by states
    Batch batch_;           // of the input
};

// Rows of a group follow each other; without keys all rows are one group, also none.
class SortedAggregate final : public AggregateStream {
public:
    enum class Groups : std::uint8_t { kOne, kByKey };

    template <typename... Args>
    explicit SortedAggregate(Groups groups, Args&&... args)
        : AggregateStream(std::forward<Args>(args)...), groups_(groups) {}

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        while (!is_done_) {
            for (; row_ < batch_.row_count(); ++row_) {
                if (is_full(out))
                    return true;
                MOSAIC_RETURN_IF_ERROR(take_row(out));
            }
            if (!out.empty())
                return true;
            MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, input_->next(batch_));
            row_ = 0;
            if (!has_rows) {
                batch_.clear(batch_.column_count());
                is_done_ = true;
                if (groups_ == Groups::kOne && !has_group_)
                    states_ = new_states();
                if (groups_ == Groups::kOne || has_group_)
                    MOSAIC_RETURN_IF_ERROR(finish(states_, out));
            }
        }
        return !out.empty();
    }

private:
    absl::Status take_row(Batch& out) {
        key_.clear();
        MOSAIC_RETURN_IF_ERROR(encoder_.append(key_, batch_, row_));
        if (!has_group_ || key_ != group_key_) {
            if (has_group_)
                MOSAIC_RETURN_IF_ERROR(finish(states_, out));
            budget_->give_back_bytes(std::exchange(held_, 0));
            states_ = new_states();
            group_key_ = key_;
            has_group_ = true;
        }
        return add(states_, row_);
    }

    Groups groups_;
    std::size_t row_ = 0;
    bool has_group_ = false;
    bool is_done_ = false;
    std::string key_;
    std::string group_key_;
    States states_;
};

class HashAggregate final : public AggregateStream {
public:
    using AggregateStream::AggregateStream;

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(columns_.size());
        if (!is_read_)
            MOSAIC_RETURN_IF_ERROR(read_all());
        is_read_ = true;
        for (; next_ < groups_.size() && !is_full(out); ++next_) {
            MOSAIC_RETURN_IF_ERROR(finish(groups_[next_], out));
            groups_[next_].clear();
        }
        return !out.empty();
    }

private:
    absl::Status read_all() {
        while (true) {
            MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, input_->next(batch_));
            if (!has_rows)
                break;
            for (std::size_t row = 0; row < batch_.row_count(); ++row)
                MOSAIC_RETURN_IF_ERROR(take_row(row));
        }
        index_ = StringMap<std::size_t>();
        return absl::OkStatus();
    }

    absl::Status take_row(std::size_t row) {
        key_.clear();
        MOSAIC_RETURN_IF_ERROR(encoder_.append(key_, batch_, row));
        const auto [found, is_new] = index_.try_emplace(key_, groups_.size());
        if (is_new) {
            MOSAIC_RETURN_IF_ERROR(budget_->take_group(kDoing));
            const std::size_t bytes =
                key_.size() + kGroupOverhead + accumulators_.size() * sizeof(Accumulator::State);
            MOSAIC_RETURN_IF_ERROR(budget_->take_bytes(bytes, kDoing));
            groups_.push_back(new_states());
        }
        return add(groups_[found->second], row);
    }

    bool is_read_ = false;
    std::string key_;
    StringMap<std::size_t> index_;  // key -> position in groups_
    std::vector<States> groups_;
    std::size_t next_ = 0;
};

}  // namespace

bool keeps_together(const SortSpec& sorted_by, const std::vector<GroupKey>& keys) {
    if (keys.size() > sorted_by.size())
        return false;
    const auto covers = [&](const SortKey& sorted) {
        return std::any_of(keys.begin(), keys.end(), [&](const GroupKey& key) {
            return key.column == sorted.column && key.comparison == sorted.comparison &&
                   sorted.comparison.prefix_max == 0;
        });
    };
    const auto sorts = [&](const GroupKey& key) {
        const auto end = sorted_by.begin() + static_cast<std::ptrdiff_t>(keys.size());
        return std::any_of(sorted_by.begin(), end, [&](const SortKey& sorted) {
            return key.column == sorted.column;
        });
    };
    return std::all_of(
               sorted_by.begin(),
               sorted_by.begin() + static_cast<std::ptrdiff_t>(keys.size()),
               covers
           ) &&
           std::all_of(keys.begin(), keys.end(), sorts);
}

absl::StatusOr<std::unique_ptr<RowStream>> make_aggregate(
    std::unique_ptr<RowStream> input,
    const AggregateSpec& spec,
    const SortSpec& sorted_by,
    std::shared_ptr<Budget> budget
) {
    const std::vector<Column>& read = input->columns();
    std::vector<Accumulator> accumulators;
    std::vector<Column> columns;
    for (const Aggregate& aggregate : spec.aggregates) {
        MOSAIC_ASSIGN_OR_RETURN(Accumulator made, Accumulator::make(aggregate, read));
        columns.push_back(made.column());
        accumulators.push_back(std::move(made));
    }
    if (accumulators.empty())
        return type_error("a grouping has no aggregates, so its rows have no columns");
    MOSAIC_ASSIGN_OR_RETURN(KeyEncoder encoder, KeyEncoder::make(spec.keys, read));
    std::unique_ptr<RowStream> made;
    if (spec.keys.empty() || keeps_together(sorted_by, spec.keys))
        made = std::make_unique<SortedAggregate>(
            spec.keys.empty() ? SortedAggregate::Groups::kOne : SortedAggregate::Groups::kByKey,
            std::move(input),
            std::move(columns),
            std::move(encoder),
            std::move(accumulators),
            std::move(budget)
        );
    else
        made = std::make_unique<HashAggregate>(
            std::move(input),
            std::move(columns),
            std::move(encoder),
            std::move(accumulators),
            std::move(budget)
        );
    return made;
}

}  // namespace mosaic::merge
