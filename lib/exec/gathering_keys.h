#pragma once

#include "mosaic/batch.h"
#include "plan/plan.h"

#include <absl/container/flat_hash_set.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

/// How a gathering keeps small what it brings: the small mentions come first, and of the others
/// only the rows whose columns have values that were found in those (query.md, level 3).
///
/// A mention has a number here: sources, then lookups, as GatherLink::from counts them.
namespace mosaic::exec {

[[nodiscard]] const plan::GatherPiece& piece_of(const plan::Gather& gather, std::size_t mention);
[[nodiscard]] std::size_t mention_count(const plan::Gather& gather);

/// More are not looked for: the list would be longer than many rows.
inline constexpr std::size_t kKeysMax = 50'000;

using KeySet = absl::flat_hash_set<std::string>;

/// The values of the columns that links start from.
class FoundKeys {
public:
    explicit FoundKeys(const plan::Gather& gather);

    /// Notes the rows of a mention.
    void add(std::size_t mention, const Batch& batch);

    /// Says that not all rows of it were seen.
    void forget(std::size_t mention);

    [[nodiscard]] std::size_t row_count(std::size_t mention) const { return rows_[mention]; }

    /// No more rows of it come.
    void close(std::size_t mention) { is_closed_[mention] = true; }

    [[nodiscard]] bool is_closed(std::size_t mention) const { return is_closed_[mention]; }

    /// Null: not known yet, or too many to send.
    [[nodiscard]] const KeySet* find(const plan::GatherLink& link) const;

private:
    struct Column {
        std::size_t position = 0;
        bool is_too_long = false;
        KeySet keys;
    };

    std::vector<std::vector<Column>> columns_;  ///< By mention.
    std::vector<std::size_t> rows_;             ///< By mention.
    std::vector<bool> is_closed_;
};

/// Which mention is read next, and with which of its links.
class GatherOrder {
public:
    /// \param rows what the servers guess that each mention's table has, before its links
    GatherOrder(const plan::Gather& gather, std::vector<double> rows)
        : gather_(gather), rows_(std::move(rows)), is_reduced_(rows_.size()) {}

    /// The smallest, as far as can be told. Nullopt: all sources are closed.
    [[nodiscard]] std::optional<std::size_t> next(const FoundKeys& found) const;

    /// Those of the mention's links that leave out more than they cost.
    [[nodiscard]] std::vector<const plan::GatherLink*> links(
        std::size_t mention, const FoundKeys& found
    ) const;

    /// Says how many rows a mention gave with its links.
    void note_rows(std::size_t mention, std::size_t count);

private:
    [[nodiscard]] double expected(std::size_t mention, const FoundKeys& found) const;
    /// The rows of a mention that have the values of a link.
    [[nodiscard]] double expected(
        std::size_t mention, const plan::GatherLink& link, const FoundKeys& found
    ) const;

    [[nodiscard]] bool is_selective(std::size_t mention) const {
        return is_reduced_[mention] || piece_of(gather_, mention).has_filter;
    }

    const plan::Gather& gather_;
    std::vector<double> rows_;
    std::vector<bool> is_reduced_;
};

/// What links add to a piece, for each shard.
class LinkConditions {
public:
    /// \pre `found` has the keys of all. `use`: whose shard keys they may be; null: a reference
    /// table's.
    [[nodiscard]] static absl::StatusOr<LinkConditions> make(
        const std::vector<const plan::GatherLink*>& links,
        const FoundKeys& found,
        const plan::TableUse* use,
        const topology::Topology& topology
    );

    /// False: no row of the shard has such values.
    [[nodiscard]] bool may_hold(ShardId shard) const;
    void append(std::string& piece, ShardId shard) const;

private:
    struct List {
        std::string column;
        std::string keys;                   ///< That go to all shards.
        std::vector<std::string> of_shard;  ///< Those that belong to one; empty: none does.
    };

    std::vector<List> lists_;
};

}  // namespace mosaic::exec
