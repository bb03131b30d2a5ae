#pragma once

#include "plan/planner.h"

#include <absl/status/statusor.h>
#include <absl/strings/ascii.h>

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::plan {

/// The columns that a statement can read, by name alone: a name that stands anywhere in it counts
/// for every table that has one, and a star counts for all.
class NamedColumns {
public:
    explicit NamedColumns(const Mentions& mentions) : reads_all_(mentions.has_star) {
        for (const std::string_view name : mentions.columns) names_.insert(lower(name));
    }

    [[nodiscard]] bool may_read(std::string_view name) const {
        return reads_all_ || names_.contains(lower(name));
    }

private:
    static std::string lower(std::string_view name) {
        return absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
    }

    bool reads_all_;
    std::set<std::string> names_;
};

/// A column whose values the links ask for, by mention.
using LinkColumns = std::vector<const schema::ColumnDef*>;

/// What bounds the rows of a mention before they are brought.
struct Bounds {
    const sql::Expr* filter = nullptr;  ///< Of its own columns; null: none.
    /// With subqueries, which each shard can judge.
    std::vector<const sql::Expr*> judged;
    bool is_linked = false;  ///< Other rows may bind it too: conditions are added at the end.
};

/// Makes the source of one mention.
class SourceMaker {
public:
    SourceMaker(const PlanInput& input, const NamedColumns& named, Plan& plan)
        : input_(input), arena_(input.arena), named_(named), plan_(plan) {}

    absl::StatusOr<GatherSource> make(
        const BoundTable& table, const Bounds& bounds, std::size_t number
    );

    /// Of a reference table: gives these columns only.
    absl::StatusOr<GatherPiece> make_lookup(
        const BoundTable& table, const Bounds& bounds, const LinkColumns& columns
    );

private:
    static bool is_computed(const schema::TableDef& definition);
    static void add_name(sql::Template& out, std::string_view name);
    static sql::Template of_table(
        std::string_view begin,
        std::string_view name,
        std::string_view how,
        const BoundTable& table,
        std::string_view end
    );
    absl::Status set_piece(
        const BoundTable& table,
        const Bounds& bounds,
        std::vector<sql::SelectItem> items,
        GatherPiece& out
    );
    /// `condition` may be null.
    const sql::Expr* both(const sql::Expr* condition, const sql::Expr* other);

    // What is not read gets a default; unique keys stay whole, as uniqueness and what the server
    // concludes from it are theirs. Where no default may be given, or one might break a CHECK (only
    // MariaDB can be told not to look), the values are brought.
    [[nodiscard]] bool is_needed(const schema::TableDef& table, const schema::ColumnDef& column)
        const;
    static bool has_default(const schema::ColumnDef& column);
    absl::Status add_columns(
        const BoundTable& table, GatherSource& source, std::vector<sql::SelectItem>& items
    );
    static void add_default(const schema::ColumnDef& column, GatherSource& source);
    const sql::Expr* integer(std::string_view digits);
    const sql::Expr* plus(const sql::Expr* expr, sql::ExprKind kind, std::string_view zero);
    /// The expression whose text gives the column's value exactly.
    const sql::Expr* carrier(const BoundTable& table, const schema::ColumnDef& column);
    std::span<const sql::Hole> owned(const BoundTable& table, bool has_filter);

    const PlanInput& input_;
    sql::Arena& arena_;
    const NamedColumns& named_;
    Plan& plan_;
};

}  // namespace mosaic::plan
