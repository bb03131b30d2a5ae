#pragma once

#include "merge/merge.h"

#include <absl/status/statusor.h>

#include <cstdlib>
#include <memory>
#include <optional>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::test {

using Row = std::vector<std::optional<std::string>>;
using Rows = std::vector<Row>;

/// Rows in memory, a few at a time; counts how often it was asked.
class ListStream final : public RowStream {
public:
    ListStream(std::vector<Column> columns, Rows rows, std::size_t batch_rows, int* asked = nullptr)
        : columns_(std::move(columns)),
          rows_(std::move(rows)),
          batch_rows_(batch_rows),
          asked_(asked) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return columns_; }

    absl::StatusOr<bool> next(Batch& out) override {
        if (asked_ != nullptr)
            ++*asked_;
        out.clear(columns_.size());
        for (std::size_t i = 0; i < batch_rows_ && next_ < rows_.size(); ++i, ++next_)
            for (const auto& cell : rows_[next_]) {
                if (cell)
                    out.append(*cell);
                else
                    out.append_null();
            }
        return !out.empty();
    }

    [[nodiscard]] std::uint32_t warning_count() const override { return 1; }

private:
    std::vector<Column> columns_;
    Rows rows_;
    std::size_t batch_rows_;
    int* asked_;
    std::size_t next_ = 0;
};

inline Column column(ColumnType type, std::uint8_t decimals = 0) {
    Column made;
    made.name = "c";
    made.type = type;
    made.decimals = decimals;
    return made;
}

inline Column unsigned_column() {
    Column made = column(ColumnType::kBigInt);
    made.is_unsigned = true;
    return made;
}

/// Merges `shards` by `spec` and reads it all.
inline absl::StatusOr<Rows> merged(
    const std::vector<Column>& columns,
    const std::vector<Rows>& shards,
    const merge::MergeSpec& spec,
    const std::vector<Value>& values = {},
    const merge::MergeLimits& limits = {},
    std::size_t batch_rows = 3
) {
    std::vector<std::unique_ptr<RowStream>> streams;
    for (const Rows& rows : shards)
        streams.push_back(std::make_unique<ListStream>(columns, rows, batch_rows));
    auto stream = merge::merge(std::move(streams), spec, values, limits);
    if (!stream.ok())
        return stream.status();
    Rows out;
    Batch batch;
    while (true) {
        const absl::StatusOr<bool> has_rows = (*stream)->next(batch);
        if (!has_rows.ok())
            return has_rows.status();
        if (!*has_rows)
            return out;
        if (batch.empty())
            throw std::runtime_error("next() said true and gave no rows");
        for (std::size_t row = 0; row < batch.row_count(); ++row) {
            Row& made = out.emplace_back();
            for (std::size_t i = 0; i < batch.column_count(); ++i) {
                const auto cell = batch.cell(row, i);
                made.push_back(
                    cell ? std::optional<std::string>(std::string(*cell)) : std::nullopt
                );
            }
        }
    }
}

/// Random numbers that a failing test can repeat: the seed is read from MOSAIC_SEED.
class Rng {
public:
    Rng() {
        const char* given = std::getenv("MOSAIC_SEED");
        seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
        engine_.seed(seed_);
    }

    [[nodiscard]] std::uint64_t seed() const { return seed_; }

    /// 0 to below - 1.
    std::size_t below(std::size_t below) { return engine_() % below; }

    std::uint64_t bits() { return engine_(); }

    /// Spreads `rows` over `count` shards, in their order.
    std::vector<Rows> split(const Rows& rows, std::size_t count) {
        std::vector<Rows> shards(count);
        for (const Row& row : rows) shards[below(count)].push_back(row);
        return shards;
    }

private:
    std::uint64_t seed_ = 0;
    std::mt19937_64 engine_;
};

}  // namespace mosaic::test
