#pragma once

#include "merge/specs.h"
#include "plan/plan.h"

#include <absl/status/status.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mosaic::plan {

/// Where a statement would go and why, as values.
struct Explanation {
    enum class Level : std::uint8_t {
        kNone,         ///< Nothing is sent, or it is not known yet what.
        kAsWritten,    ///< Level 1: one shard has all that it needs.
        kRowsByShard,  ///< Level 1: each shard gets its rows of an INSERT.
        kParts,        ///< Level 2: each shard answers a part.
        kWrites,       ///< Level 2: each shard does its part of a write.
        kGathered,     ///< Level 3: rows are brought to one server, and the statement runs there.
    };

    /// What one shard is sent.
    struct Piece {
        std::string shard;
        std::string text;
        std::string common_text;  ///< With `<shard>` for the shard's schema.
        std::string into;         ///< kGathered: the temporary table that its rows go to.
    };

    Level level = Level::kNone;
    std::string route;  ///< Of Route::Kind: `any`, `none`, `one`, `some`, `all`; or `by row`.
    std::vector<std::string> shards;  ///< Their names: of `one`, `some` and `all`.
    std::string reason;
    std::vector<Piece>
        pieces;         ///< Of the route's shards; for `any` and `none`: of one that could do.
    std::string merge;  ///< The steps, in order; empty: there are none.
    std::vector<std::string> keys;  ///< kGathered: `a`.`x` IN `b`.`y`: only rows that have one of
                                    ///< those values are sent, where they are fewer.
    std::string finish;             ///< kGathered: what runs over the temporary tables.
    std::string why;                ///< kGathered: why each shard could not answer a part.
    absl::Status refusal;           ///< Why it cannot be run.
};

[[nodiscard]] Explanation explanation(
    const Plan& plan,
    const Targets& targets,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
);

/// For people; a line each: level, route with its reason, what is sent, how it is merged.
[[nodiscard]] std::string to_text(const Explanation& explanation);

/// `1`, `2` or `3` with what it means; empty for kNone.
[[nodiscard]] std::string to_text(Explanation::Level level);

/// The steps of a merge, in order, on one line.
[[nodiscard]] std::string describe(const merge::MergeSpec& spec);

}  // namespace mosaic::plan
