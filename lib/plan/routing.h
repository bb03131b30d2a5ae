#pragma once

#include "plan/bind.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace mosaic::plan {

/// Whether equal shard keys of both lie on one shard: one group, compared in one type and
/// collation.
[[nodiscard]] bool is_colocated(const TableUse& a, const TableUse& b);

/// Binds all queries of a statement, notes each use of a sharded or local table in the plan, and
/// finds its rule.
class Router {
public:
    Router(const topology::Topology& topology, const schema::Schema& schema, Plan& plan)
        : topology_(topology), schema_(schema), plan_(plan) {}

    /// A query with everything inside it.
    [[nodiscard]] absl::Status add_query(const sql::Query& query, const Scope* outer);

    /// The tables and the condition of an UPDATE or DELETE, or the table of an INSERT.
    [[nodiscard]] absl::StatusOr<const Scope*> add_tables(
        const sql::TableRef& from, const sql::Expr* where
    );

    /// The queries inside an expression of that scope.
    [[nodiscard]] absl::Status add_expr(const sql::Expr* expr, const Scope& scope);

    /// Gives each use the rules of those whose keys it must equal. Call it once, at the end.
    void finish();

    /// Whether the rows of all uses that meet in a row of the answer lie on one shard.
    [[nodiscard]] bool is_one_piece() const;

    /// Of a SELECT that was added.
    [[nodiscard]] const Scope* scope_of(const sql::Query& query) const;

    /// The SELECT whose FROM clause a scope is; null: none's.
    [[nodiscard]] const sql::Query* query_of(const Scope& scope) const;

    /// All that were bound, in the order of their uses.
    [[nodiscard]] const std::deque<Scope>& scopes() const { return scopes_; }

private:
    /// The keys of `to` that matter are among those of `from`.
    struct Edge {
        std::size_t from = 0;
        std::size_t to = 0;
    };

    struct Block {
        const sql::Query* query = nullptr;
        const Scope* scope = nullptr;
    };

    /// Tables of a scope, [begin, end): those that a condition filters, say.
    struct Range {
        std::size_t begin = 0;
        std::size_t end = 0;
    };

    struct Sides {
        Range left;
        Range right;
        Range filtered;
    };

    absl::StatusOr<const Scope*> bind(const sql::TableRef* from, const Scope* outer);
    absl::Status add_use(BoundTable& bound);
    absl::Status check_class(const TableUse& use) const;
    absl::StatusOr<const Scope*> add_with(const sql::Query& query, const Scope* outer);
    absl::Status add_select(const sql::Query& query, const Scope* outer);
    absl::Status add_derived(const sql::TableRef* ref, const Scope& scope);
    absl::StatusOr<Range> add_joins(
        const sql::TableRef* ref, const Scope& scope, std::size_t begin
    );
    void add_merged(const sql::TableRef& join, const Scope& scope, const Sides& sides);
    void add_merged_column(std::string_view column, const Scope& scope, const Sides& sides);
    void add_condition(const sql::Expr& condition, const Scope& scope, Range filtered);
    void add_conjunct(const sql::Expr& condition, const Scope& scope, Range filtered);
    void add_equality(const sql::Expr& condition, const Scope& scope, Range filtered);
    void add_semi_join(const sql::Expr& in, const Scope& scope, Range filtered);
    void add_edge(const BoundTable& from, const BoundTable& to, const Scope& scope, Range filtered);
    [[nodiscard]] std::vector<bool> reached(std::size_t start, bool is_forward) const;

    const topology::Topology& topology_;
    const schema::Schema& schema_;
    Plan& plan_;
    std::deque<Scope> scopes_;  ///< Addresses stay.
    std::vector<Block> blocks_;
    std::vector<Edge> edges_;
};

}  // namespace mosaic::plan
