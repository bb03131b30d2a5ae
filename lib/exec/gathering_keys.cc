#include "exec/gathering_keys.h"

#include "base/status.h"

#include <absl/strings/numbers.h>

#include <algorithm>
#include <cstdint>

namespace mosaic::exec {
namespace {

// A list so short is never a burden.
constexpr std::size_t kFewKeys = 1000;
// Guesses: the rows that have one value of a column without a unique key; how many times more rows
// than values there must be where the values may be all that there are; and how far such a mention
// is put off.
constexpr double kRowsPerKey = 8;
constexpr double kRowsPerAnyKey = 20;
constexpr double kPutOff = 50;
// A mention whose links left more than this part of it was not made smaller by them.
constexpr double kReduced = 0.7;

Value value_of(const std::string& key) {
    std::int64_t number = 0;
    if (absl::SimpleAtoi(key, &number))
        return Value(number);
    std::uint64_t large = 0;
    return absl::SimpleAtoi(key, &large) ? Value(large) : Value(key);
}

}  // namespace

const plan::GatherPiece& piece_of(const plan::Gather& gather, std::size_t mention) {
    if (mention < gather.sources.size())
        return gather.sources[mention];
    return gather.lookups[mention - gather.sources.size()];
}

std::size_t mention_count(const plan::Gather& gather) {
    return gather.sources.size() + gather.lookups.size();
}

FoundKeys::FoundKeys(const plan::Gather& gather)
    : columns_(mention_count(gather)),
      rows_(mention_count(gather)),
      is_closed_(mention_count(gather)) {
    for (std::size_t i = 0; i < mention_count(gather); ++i) {
        for (const plan::GatherLink& link : piece_of(gather, i).links) {
            std::vector<Column>& columns = columns_[link.from];
            const bool is_known = std::any_of(columns.begin(), columns.end(), [&](const auto& at) {
                return at.position == link.from_column;
            });
            if (!is_known)
                columns.push_back({.position = link.from_column, .keys = {}});
        }
    }
}

void FoundKeys::add(std::size_t mention, const Batch& batch) {
    rows_[mention] += batch.row_count();
    for (Column& column : columns_[mention]) {
        for (std::size_t row = 0; !column.is_too_long && row < batch.row_count(); ++row) {
            if (const auto cell = batch.cell(row, column.position))
                column.keys.emplace(*cell);
            column.is_too_long = column.keys.size() > kKeysMax;
        }
        if (column.is_too_long)
            column.keys.clear();
    }
}

void FoundKeys::forget(std::size_t mention) {
    for (Column& column : columns_[mention]) {
        column.is_too_long = true;
        column.keys.clear();
    }
}

const KeySet* FoundKeys::find(const plan::GatherLink& link) const {
    if (!is_closed_[link.from])
        return nullptr;
    for (const Column& column : columns_[link.from]) {
        if (column.position == link.from_column)
            return column.is_too_long ? nullptr : &column.keys;
    }
    return nullptr;
}

std::vector<const plan::GatherLink*> GatherOrder::links(std::size_t mention, const FoundKeys& found)
    const {
    std::vector<const plan::GatherLink*> useful;
    for (const plan::GatherLink& link : piece_of(gather_, mention).links) {
        const KeySet* keys = found.find(link);
        if (keys == nullptr)
            continue;
        const auto count = static_cast<double>(keys->size());
        const bool is_useful = is_selective(link.from)
                                   ? keys->size() <= kFewKeys || count <= rows_[mention] / 2
                                   : count <= rows_[mention] / kRowsPerAnyKey;
        if (is_useful)
            useful.push_back(&link);
    }
    return useful;
}

double GatherOrder::expected(
    std::size_t mention, const plan::GatherLink& link, const FoundKeys& found
) const {
    const auto count = static_cast<double>(found.find(link)->size());
    if (link.is_unique)
        return count;
    // Of the values that there are, so many were found.
    if (link.is_from_unique && rows_[link.from] > count)
        return rows_[mention] * count / rows_[link.from];
    return count * kRowsPerKey;
}

double GatherOrder::expected(std::size_t mention, const FoundKeys& found) const {
    const plan::GatherPiece& piece = piece_of(gather_, mention);
    double rows = rows_[mention];
    const std::vector<const plan::GatherLink*> useful = links(mention, found);
    for (const plan::GatherLink* link : useful)
        rows = std::min(rows, expected(mention, *link, found));
    return rows * (useful.empty() && !piece.has_filter ? kPutOff : piece.kept);
}

std::optional<std::size_t> GatherOrder::next(const FoundKeys& found) const {
    std::optional<std::size_t> best;
    double fewest = 0;
    bool has_source = false;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const bool is_source = i < gather_.sources.size();
        // All values of a reference table are of no use.
        const bool is_idle =
            !is_source && !piece_of(gather_, i).has_filter && links(i, found).empty();
        if (found.is_closed(i) || is_idle)
            continue;
        has_source = has_source || is_source;
        const double rows = expected(i, found);
        if (best && rows >= fewest)
            continue;
        best = i;
        fewest = rows;
    }
    return has_source ? best : std::nullopt;
}

void GatherOrder::note_rows(std::size_t mention, std::size_t count) {
    const auto given = static_cast<double>(count);
    is_reduced_[mention] = given < rows_[mention] * kReduced;
    // What has been seen is worth more than a guess.
    rows_[mention] = std::max(rows_[mention], given);
}

absl::StatusOr<LinkConditions> LinkConditions::make(
    const std::vector<const plan::GatherLink*>& links,
    const FoundKeys& found,
    const plan::TableUse* use,
    const topology::Topology& topology
) {
    LinkConditions conditions;
    for (const plan::GatherLink* link : links) {
        List& list = conditions.lists_.emplace_back();
        list.column = link->column;
        const bool is_split = use != nullptr && link->is_shard_key;
        if (is_split)
            list.of_shard.resize(topology.shards.size());
        for (const std::string& key : *found.find(*link)) {
            std::optional<ShardId> owner;
            if (is_split) {
                MOSAIC_ASSIGN_OR_RETURN(owner, plan::shard_of_key(*use, value_of(key), topology));
            }
            std::string& keys = owner ? list.of_shard[owner->value] : list.keys;
            keys.append(keys.empty() ? "" : ",").append(key);
        }
    }
    return conditions;
}

bool LinkConditions::may_hold(ShardId shard) const {
    return std::all_of(lists_.begin(), lists_.end(), [&](const List& list) {
        return !list.keys.empty() ||
               (!list.of_shard.empty() && !list.of_shard[shard.value].empty());
    });
}

void LinkConditions::append(std::string& piece, ShardId shard) const {
    for (const List& list : lists_) {
        piece.append(" AND ").append(list.column).append(" IN (").append(list.keys);
        if (!list.of_shard.empty() && !list.of_shard[shard.value].empty())
            piece.append(list.keys.empty() ? "" : ",").append(list.of_shard[shard.value]);
        piece.push_back(')');
    }
}

}  // namespace mosaic::exec
