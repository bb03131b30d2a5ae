#pragma once

#include "plan/plan.h"
#include "schema/schema.h"
#include "sql/ast.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <string_view>
#include <vector>

/// Names resolved: which table and column each mention means.
namespace mosaic::plan {

/// One mention of a base table in a FROM clause.
struct BoundTable {
    const sql::TableRef* ref = nullptr;
    std::string_view name;                     ///< Alias, or the table's name.
    const topology::Table* table = nullptr;    ///< Null: a derived table or CTE.
    const schema::TableDef* definition = nullptr;  ///< Null with `table`.
    bool is_null_extended = false;             ///< On the inner side of an outer join.
    std::size_t use = 0;                       ///< Sharded or local: index into Plan::uses.
    bool has_use = false;
};

/// The tables that an expression may name, inner query first.
struct Scope {
    std::vector<BoundTable> tables;
    const Scope* outer = nullptr;
    std::vector<std::string_view> merged_columns;  ///< By USING or NATURAL: not ambiguous.
    std::vector<std::string_view> cte_names;       ///< What a WITH here hides, for the queries inside.
};

struct BoundColumn {
    const BoundTable* table = nullptr;          ///< Null: not resolved to a base table's column.
    const schema::ColumnDef* column = nullptr;
    bool is_outer = false;                      ///< Of an enclosing query: correlated.
};

/// The column that `expr` (kColumn) means in `scope`. Unknown: an empty BoundColumn when a derived
/// table may have it (or it may be an alias), else an error kUnknownColumn with errno 1054 (42S22), or
/// kAmbiguousColumn with 1052 (23000).
[[nodiscard]] absl::StatusOr<BoundColumn> resolve(const sql::Expr& expr, const Scope& scope);

/// Binds the FROM clause of a SELECT (joins of base and derived tables).
[[nodiscard]] absl::StatusOr<Scope> bind_from(
    const sql::TableRef* from,
    const Scope* outer,
    const topology::Topology& topology,
    const schema::Schema& schema
);

/// Everything the scatter planner needs of a plan in the making.
struct PlanContext {
    const topology::Topology& topology;
    const schema::Schema& schema;
    const SessionFacts& facts;
    sql::Arena& arena;   ///< For rewritten nodes.
    Plan& plan;          ///< uses are filled; owned and key_lists are added to.
};

/// Proves that the query can be answered by asking each shard a rewritten statement and merging, and
/// makes both; or says why not (kNeedsGather and its kin, each naming the construct and its place).
/// \pre one SELECT; its scope is bound; all sharded uses are colocated.
[[nodiscard]] absl::StatusOr<Scatter> plan_scatter(
    const sql::Query& query, const Scope& scope, PlanContext& context
);

/// What a function may do over shards (query.md, rule 9).
enum class FunctionClass : std::uint8_t {
    kPure,     ///< The same answer on every shard.
    kOnce,     ///< One value per statement (NOW, UUID, RAND ..): one shard only, for now.
    kSession,  ///< Of the connection (LAST_INSERT_ID, DATABASE, USER, FOUND_ROWS ..): never sent to "any" shard unless answered by the session.
    kRefused,  ///< Locks, sequences, SLEEP, files ..
    kUnknown,  ///< Not in the list: a stored function may count only its own shard's rows.
};
[[nodiscard]] FunctionClass classify_function(std::string_view name);

/// The same of one call: UNIX_TIMESTAMP(t) takes its value from t, and a name with a schema before it
/// is never a built-in.
[[nodiscard]] FunctionClass classify_call(const sql::Expr& call);

}  // namespace mosaic::plan
