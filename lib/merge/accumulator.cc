#include "merge/accumulator.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <charconv>
#include <cmath>
#include <system_error>
#include <utility>

namespace mosaic::merge {
namespace {

using Kind = Aggregate::Kind;

// What a hash set takes for an element besides its text.
constexpr std::size_t kSetOverhead = 48;

std::optional<std::uint64_t> parse_unsigned(std::string_view text) {
    std::uint64_t number = 0;
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc() || stop != end)
        return std::nullopt;
    return number;
}

bool is_exact(CellClass cells) {
    return cells == CellClass::kInteger || cells == CellClass::kDecimal;
}

bool is_number(CellClass cells) {
    return is_exact(cells) || cells == CellClass::kDouble;
}

bool is_average(Kind kind) {
    return kind == Kind::kAverage || kind == Kind::kAverageDistinct;
}

bool adds(Kind kind) {
    return kind == Kind::kSum || kind == Kind::kSumDistinct || is_average(kind);
}

absl::Status add_count(std::uint64_t& sum, std::string_view cell, const Column& column) {
    const std::optional<std::uint64_t> count = parse_unsigned(cell);
    if (!count || *count > std::uint64_t{INT64_MAX} - sum)
        return cell_error(cell, column);
    sum += *count;
    return absl::OkStatus();
}

}  // namespace

bool Accumulator::is_distinct() const {
    return kind_ == Kind::kCountDistinct || kind_ == Kind::kSumDistinct ||
           kind_ == Kind::kAverageDistinct;
}

absl::Status Accumulator::check(const Aggregate& aggregate, std::size_t column_count) const {
    const auto refused = [&](std::string_view why) {
        return type_error(absl::StrFormat("column %s: %s", column_.name, why));
    };
    const CellClass result = cell_class(result_);
    if (adds(kind_)) {
        if (!is_number(class_))
            return refused("only numbers can be added up");
        if (is_exact(class_) != is_exact(result))
            return refused("its sum is exact and the answer is not, or the other way round");
        if (is_average(kind_) && result == CellClass::kInteger)
            return refused("an average is no integer");
    }
    const bool is_bits = kind_ == Kind::kBitAnd || kind_ == Kind::kBitOr || kind_ == Kind::kBitXor;
    if ((is_bits || kind_ == Kind::kCount) && class_ != CellClass::kInteger)
        return refused("its partial aggregates must be integers");
    if (kind_ == Kind::kAverage && aggregate.count >= column_count)
        return refused("an average lacks its count");
    if (is_distinct() && aggregate.distinct.empty())
        return refused("a DISTINCT aggregate lacks its columns");
    return absl::OkStatus();
}

absl::StatusOr<Accumulator> Accumulator::make(
    const Aggregate& aggregate, std::span<const Column> columns
) {
    if (aggregate.column >= columns.size() || aggregate.type_of >= columns.size())
        return type_error("an aggregate reads a column that no shard sends");
    Accumulator made;
    made.kind_ = aggregate.kind;
    made.column_index_ = aggregate.column;
    made.count_index_ = aggregate.count;
    made.column_ = columns[aggregate.column];
    made.class_ = cell_class(made.column_);
    made.result_ = columns[aggregate.type_of];
    MOSAIC_RETURN_IF_ERROR(made.check(aggregate, columns.size()));
    if (aggregate.kind == Kind::kMin || aggregate.kind == Kind::kMax) {
        SortKey key{
            .column = aggregate.column, .is_descending = false, .comparison = aggregate.comparison};
        key.comparison.prefix_max = 0;
        MOSAIC_ASSIGN_OR_RETURN(
            made.encoder_, KeyEncoder::make(std::span(&key, 1), columns, KeyEncoder::Use::kLeast)
        );
    } else if (made.is_distinct()) {
        MOSAIC_ASSIGN_OR_RETURN(made.encoder_, KeyEncoder::make(aggregate.distinct, columns));
    }
    return made;
}

absl::Status Accumulator::add(State& state, const Batch& batch, std::size_t row, std::size_t& grown)
    const {
    if (is_distinct())
        return add_distinct(state, batch, row, grown);
    const auto cell = batch.cell(row, column_index_);
    if (kind_ == Kind::kFirst) {
        if (!std::exchange(state.is_set, true) && cell) {
            state.text.emplace(*cell);
            grown += cell->size();
        }
        return absl::OkStatus();
    }
    if (kind_ == Kind::kAverage) {
        const auto count = batch.cell(row, count_index_);
        if (count)
            MOSAIC_RETURN_IF_ERROR(add_count(state.count, *count, column_));
    }
    if (!cell)
        return absl::OkStatus();
    switch (kind_) {
        case Kind::kCount:
            return add_count(state.count, *cell, column_);
        case Kind::kSum:
        case Kind::kAverage:
            return add_number(state, *cell, column_);
        case Kind::kMin:
        case Kind::kMax:
            return add_extreme(state, batch, row, grown);
        case Kind::kBitAnd:
        case Kind::kBitOr:
        case Kind::kBitXor:
            return add_bits(state, *cell);
        case Kind::kFirst:
        case Kind::kCountDistinct:
        case Kind::kSumDistinct:
        case Kind::kAverageDistinct:
            break;
    }
    return absl::OkStatus();
}

absl::Status Accumulator::add_number(State& state, std::string_view cell, const Column& column)
    const {
    state.is_set = true;
    if (class_ == CellClass::kDouble) {
        const std::optional<double> number = parse_double(cell);
        if (!number)
            return cell_error(cell, column);
        state.real += *number;
        return absl::OkStatus();
    }
    const std::optional<Decimal> number = Decimal::parse(cell);
    if (!number)
        return cell_error(cell, column);
    state.exact += *number;
    return absl::OkStatus();
}

absl::Status Accumulator::add_extreme(
    State& state, const Batch& batch, std::size_t row, std::size_t& grown
) const {
    const std::string_view cell = *batch.cell(row, column_index_);
    std::string key;
    MOSAIC_RETURN_IF_ERROR(encoder_->append(key, batch, row));
    const bool is_better = !state.text || (kind_ == Kind::kMin ? key < state.key : key > state.key);
    if (!is_better)
        return absl::OkStatus();
    const std::size_t held = state.text ? state.text->size() + state.key.size() : 0;
    const std::size_t needed = cell.size() + key.size();
    grown += needed > held ? needed - held : 0;
    state.text.emplace(cell);
    state.key = std::move(key);
    return absl::OkStatus();
}

absl::Status Accumulator::add_bits(State& state, std::string_view cell) const {
    const std::optional<std::uint64_t> bits = parse_unsigned(cell);
    if (!bits)
        return cell_error(cell, column_);
    if (!std::exchange(state.is_set, true))
        state.bits = kind_ == Kind::kBitAnd ? ~std::uint64_t{0} : 0;
    if (kind_ == Kind::kBitAnd)
        state.bits &= *bits;
    else if (kind_ == Kind::kBitOr)
        state.bits |= *bits;
    else
        state.bits ^= *bits;
    return absl::OkStatus();
}

absl::Status Accumulator::add_distinct(
    State& state, const Batch& batch, std::size_t row, std::size_t& grown
) const {
    if (encoder_->has_null(batch, row))
        return absl::OkStatus();
    std::string key;
    MOSAIC_RETURN_IF_ERROR(encoder_->append(key, batch, row));
    if (!state.seen)
        state.seen = std::make_unique<absl::flat_hash_set<std::string>>();
    const std::size_t size = key.size();
    if (!state.seen->insert(std::move(key)).second)
        return absl::OkStatus();
    grown += size + kSetOverhead;
    ++state.count;
    if (kind_ == Kind::kCountDistinct)
        return absl::OkStatus();
    const auto cell = batch.cell(row, column_index_);
    return cell ? add_number(state, *cell, column_) : absl::OkStatus();
}

absl::Status Accumulator::finish(const State& state, Batch& out) const {
    switch (kind_) {
        case Kind::kFirst:
        case Kind::kMin:
        case Kind::kMax:
            if (state.text)
                out.append(*state.text);
            else
                out.append_null();
            return absl::OkStatus();
        case Kind::kCount:
        case Kind::kCountDistinct:
            out.append(std::to_string(state.count));
            return absl::OkStatus();
        case Kind::kBitAnd:
            out.append(std::to_string(state.is_set ? state.bits : ~std::uint64_t{0}));
            return absl::OkStatus();
        case Kind::kBitOr:
        case Kind::kBitXor:
            out.append(std::to_string(state.bits));
            return absl::OkStatus();
        case Kind::kSum:
        case Kind::kSumDistinct:
        case Kind::kAverage:
        case Kind::kAverageDistinct:
            return finish_number(state, out);
    }
    return absl::OkStatus();
}

absl::Status Accumulator::finish_number(const State& state, Batch& out) const {
    const bool averages = is_average(kind_);
    if (!state.is_set || (averages && state.count == 0)) {
        out.append_null();
        return absl::OkStatus();
    }
    if (class_ == CellClass::kDouble) {
        const double number = averages ? state.real / static_cast<double>(state.count) : state.real;
        if (!std::isfinite(number))
            return type_error(
                absl::StrFormat("column %s: the sum is out of a double's range", result_.name)
            );
        out.append(print_double(number, result_.decimals));
        return absl::OkStatus();
    }
    const int scale = cell_class(result_) == CellClass::kInteger ? 0 : result_.decimals;
    if (averages) {
        // The sum's own scale decides over the digits of the quotient, and the keys that values of
        // DISTINCT are have another: an average shows 4 digits more than its sum, up to 30.
        const int shown = std::max(0, scale - 4);
        const bool is_own = scale < 30 && state.exact.rescaled(shown) == state.exact;
        const Decimal sum = is_own ? state.exact.rescaled(shown) : state.exact;
        out.append(divide_marked(sum, Decimal(state.count), scale).to_string());
        return absl::OkStatus();
    }
    const Decimal sum = state.exact.rescaled(scale);
    if (sum != state.exact)
        return type_error(absl::StrFormat(
            "column %s: the sum %s has more than %d decimals",
            result_.name,
            state.exact.to_string(),
            scale
        ));
    out.append(sum.to_string());
    return absl::OkStatus();
}

}  // namespace mosaic::merge
