#pragma once

#include "plan/bind.h"
#include "plan/scatter_constructs.h"
#include "plan/scatter_names.h"
#include "plan/scatter_types.h"

#include <absl/status/statusor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The SELECT that each shard is asked: the statement's own items first, hidden columns after them.
namespace mosaic::plan {

/// A value as the shards send it, and how to compare it.
struct KeyColumn {
    std::size_t column = 0;
    merge::Comparison comparison = {};
    /// Servers may sort by a part of it only (max_sort_length), so a stream sorted by it need not
    /// have equal values together.
    bool is_cut = false;
    /// Its weight differs between texts that are equal: DISTINCT on a shard keeps both.
    bool splits_equals = false;
};

class Piece {
public:
    /// Where keys come from decides how their hidden columns may be written.
    enum class Rows : std::uint8_t {
        kPlain,
        kGrouped,  ///< ONLY_FULL_GROUP_BY knows a grouped column, but not each function of a
                   ///< grouped expression.
    };
    enum class Use : std::uint8_t { kSort, kIdentity };

    Piece(
        const sql::Query& query,
        const Scope& scope,
        const Names& names,
        const Constructs& constructs,
        PlanContext& context
    );

    /// Columns of the answer.
    [[nodiscard]] std::size_t visible_count() const { return names_.items().size(); }

    /// The position of a hidden column with this canonical expression.
    std::size_t add_hidden(const sql::Expr& canonical);

    /// Makes sure that the shards send what comparing `meaning` needs (query.md, rules 5 and 6):
    /// the closed table from types to transport is here. \param what For messages: `ORDER BY name`.
    absl::StatusOr<KeyColumn> add_key(
        const Meaning& meaning, Use use, Rows rows, std::string_view what
    );

    [[nodiscard]] ExprType type(const sql::Expr& canonical) const {
        return type_of(canonical, scope_, context_.schema);
    }

    // Nodes, for whoever rewrites.
    [[nodiscard]] const sql::Expr* make_call(std::string_view name, const sql::Expr& arg) const;
    [[nodiscard]] const sql::Expr* make_aggregate(std::string_view name, const sql::Expr& arg)
        const;
    [[nodiscard]] const sql::Expr* make_integer(std::uint64_t number) const;

    /// How many columns there are, and which a star stands for: by position they are right only as
    /// long as the star is what it was.
    void describe_columns(Scatter& scatter) const;

    /// `select` with items as they go out, printed with holes; `query` gives order and limit.
    [[nodiscard]] absl::StatusOr<sql::Template> print(sql::Select select, sql::Query query) const;

private:
    absl::StatusOr<KeyColumn> add_text(
        const Meaning& meaning, const ExprType& type, Use use, Rows rows, std::string_view what
    );
    std::size_t add_plain(const Meaning& meaning);
    std::size_t add_transport(const sql::Expr& base, const sql::Expr* transport, Rows rows);
    [[nodiscard]] const sql::Expr* plus_zero(const sql::Expr& expr, sql::ExprKind kind) const;
    [[nodiscard]] std::span<const sql::SelectItem> items() const;

    const sql::Query& query_;
    const Scope& scope_;
    const Names& names_;
    const Constructs& constructs_;
    PlanContext& context_;
    std::vector<const sql::Expr*> hidden_;
};

}  // namespace mosaic::plan
