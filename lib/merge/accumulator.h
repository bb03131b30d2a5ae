#pragma once

#include "merge/key_encoder.h"
#include "merge/specs.h"

#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <span>
#include <string>

namespace mosaic::merge {

/// Computes one aggregate, of one group per State: from the shards' partial aggregates, or from
/// their distinct rows.
class Accumulator {
public:
    /// What a group has come to so far.
    struct State {
        bool is_set = false;  ///< A value, for sums one that is not NULL, has been seen.
        Decimal exact;        ///< Sums.
        double real = 0;      ///< Sums of doubles.
        std::uint64_t bits = 0;
        std::uint64_t count = 0;
        std::optional<std::string> text;  ///< kFirst, kMin, kMax: the value
        std::string key;                  ///< and its key.
        std::unique_ptr<absl::flat_hash_set<std::string>> seen;
    };

    [[nodiscard]] static absl::StatusOr<Accumulator> make(
        const Aggregate& aggregate, std::span<const Column> columns
    );

    /// Adds a row; `grown` grows by the bytes that the state takes more.
    [[nodiscard]] absl::Status add(
        State& state, const Batch& batch, std::size_t row, std::size_t& grown
    ) const;

    /// Appends the value. An average that is not exact comes marked: see divide_marked().
    [[nodiscard]] absl::Status finish(const State& state, Batch& out) const;

    /// Of the value.
    [[nodiscard]] const Column& column() const { return result_; }

private:
    Accumulator() = default;

    [[nodiscard]] bool is_distinct() const;
    [[nodiscard]] absl::Status check(const Aggregate& aggregate, std::size_t column_count) const;
    [[nodiscard]] absl::Status add_number(State& state, std::string_view cell, const Column& column)
        const;
    [[nodiscard]] absl::Status add_extreme(
        State& state, const Batch& batch, std::size_t row, std::size_t& grown
    ) const;
    [[nodiscard]] absl::Status add_bits(State& state, std::string_view cell) const;
    [[nodiscard]] absl::Status add_distinct(
        State& state, const Batch& batch, std::size_t row, std::size_t& grown
    ) const;
    [[nodiscard]] absl::Status finish_number(const State& state, Batch& out) const;

    Aggregate::Kind kind_ = Aggregate::Kind::kFirst;
    std::size_t column_index_ = 0;
    std::size_t count_index_ = 0;
    Column column_;
    CellClass class_ = CellClass::kNull;
    Column result_;
    std::optional<KeyEncoder> encoder_;  // of kMin and kMax's value, or of the distinct tuple
};

}  // namespace mosaic::merge
