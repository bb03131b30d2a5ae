#pragma once

#include "merge/specs.h"
#include "mosaic/value.h"
#include "schema/schema.h"
#include "sql/ast.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "topology/topology.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

/// From a statement's tree to what is sent where, and how the answers become one. Pure: no I/O, no
/// clock, no thread.
namespace mosaic::plan {

/// A value that stands in the statement, or is bound to it. Values made while it runs (ids from a
/// key scheme) are numbered after the bound ones.
using ValueRef = std::variant<Value, std::uint16_t>;

[[nodiscard]] const Value& value_of(const ValueRef& ref, std::span<const Value> values);

/// Which shards can hold the rows that one mention of a sharded table asks for; depends on the
/// values and the map only when it is evaluated, so a plan outlives epochs.
struct RouteRule {
    enum class Op : std::uint8_t {
        kAll,
        kNone,
        kKeys,          ///< The shard key is one of `values`.
        kCompositeIds,  ///< The table's composite id, whose bucket is its row's, is one of `values`.
        kAnd,           ///< What all parts allow.
        kOr,            ///< What any part allows.
    };
    Op op = Op::kAll;
    std::vector<ValueRef> values;
    std::vector<RouteRule> parts;
    friend bool operator==(const RouteRule&, const RouteRule&) = default;
};

/// One mention of a table that pins the statement to shards.
struct TableUse {
    std::string table;  ///< As configured.
    std::string alias;  ///< What the statement calls it; for explain.
    topology::TableKind kind = topology::TableKind::kSharded;  ///< kSharded or kLocal.
    std::size_t group = 0;
    std::string key_column;
    keys::KeyType key_type;
    RouteRule rule;
    ShardId shard;  ///< kLocal
};

/// An ownership filter: the conditions `<bucket expression> IN (owned)` of some uses, joined by AND.
struct OwnedFilter {
    struct Part {
        std::size_t group = 0;
        std::string bucket_sql;  ///< `CRC32(`u`.`id`) & 16383`
    };
    std::vector<Part> parts;
};

/// A list `key IN (..)` of a conjunct: each shard gets only its own values.
struct KeyList {
    std::size_t use = 0;
    std::vector<ValueRef> values;
};

/// How a statement that reaches several shards is asked and merged (level 2).
struct Scatter {
    /// The name that a column of the piece's answer must have, as `*` had it when the plan was made.
    struct StarColumn {
        std::size_t position = 0;
        std::string name;
    };

    sql::Template piece;
    merge::MergeSpec merge;
    std::size_t column_count = 0;  ///< Of the piece's answer.
    std::vector<StarColumn> star_columns;
};

/// How a value travels from a shard to the server where a query runs (query.md, rule 6).
enum class Carried : std::uint8_t {
    kNumber,   ///< As its digits.
    kDouble,   ///< With an exponent: -0 is no integer.
    kText,
    kBytes,
    kInstant,  ///< TIMESTAMP, by UNIX_TIMESTAMP(): two instants of an autumn night print alike.
};

/// A row of a mention is needed only if `column` is one of the values that a column of another
/// mention's rows holds.
struct GatherLink {
    std::string column;         ///< In the piece: `l`.`l_orderkey`.
    std::string from_text;      ///< What the other is called, for explain.
    bool is_shard_key = false;  ///< A value belongs to one shard.
    bool is_unique = false;     ///< No two rows have one value.
    bool is_from_unique = false;  ///< The same of the other column.
    std::size_t from = 0;       ///< A source; after them, a lookup.
    std::size_t from_column = 0;  ///< Of what its piece gives.
};

/// The SELECT that gives a mention's rows.
struct GatherPiece {
    sql::Template piece;
    /// Each may be added to the piece as ` AND column IN (..)` once the other mention's rows are
    /// known. Links: its WHERE comes last, and is more than an OR.
    std::vector<GatherLink> links;
    bool has_filter = false;  ///< Conditions of its own.
    double kept = 1;          ///< The part of the rows that they let through, as a guess.
};

/// One mention of a sharded or local table whose rows are brought to one server: its piece gives one
/// column per `carried`.
struct GatherSource : GatherPiece {
    std::size_t use = 0;
    std::string name;      ///< Of the temporary table that stands for the mention.
    sql::Template create;  ///< CREATE TEMPORARY TABLE .. LIKE the table, in its schema there.
    /// The same without keys, for tables whose like cannot be temporary (partitions, FULLTEXT); empty
    /// where a column is computed, which would be lost.
    sql::Template create_plain;
    /// ALTER TABLE that gives defaults to columns that nobody reads; empty: all have one.
    sql::Template defaults;
    std::string columns;   ///< What of the temporary table is filled: `a`, `b`; empty: defaults only.
    std::vector<std::string> filled;  ///< The same columns, by name.
    std::vector<Carried> carried;
    std::vector<std::string> all_columns;  ///< That the table had when it was read.
};

/// How a query is answered whose rows must meet (level 3).
struct Gather {
    std::vector<GatherSource> sources;
    /// Mentions of reference tables, which are read for the values that sources are linked to.
    std::vector<GatherPiece> lookups;
    sql::Template finish;  ///< The statement as written, over the temporary tables.
    /// The statement looks wrong in itself: it is run over empty tables before rows are moved, as
    /// the server may refuse it.
    bool is_tried_first = false;
};

/// One row of an INSERT.
struct InsertRow {
    sql::Template text;  ///< `(1, 'a', ?)`, with its values as holes.
    ValueRef key;        ///< The shard key's value.
    std::optional<ValueRef> composite_id;  ///< To be checked against the key's bucket.
};

/// An id that the key scheme makes before the statement is sent: it becomes value number `value`.
struct GeneratedId {
    std::string table;
    std::uint16_t value = 0;
    std::optional<ValueRef> parent_key;  ///< The row's routing key, unless the id itself is the key.
};

struct InsertPlan {
    sql::Template head;  ///< `INSERT INTO <schema>.`users` (..) VALUES `
    sql::Template tail;  ///< ` ON DUPLICATE KEY UPDATE ..`, or empty.
    std::vector<InsertRow> rows;
    std::vector<GeneratedId> generated;
};

enum class Access : std::uint8_t { kRead, kWrite, kInsert };

/// How to answer a statement, for any values and any map. Immutable; shared by the plan cache.
struct Plan {
    Access access = Access::kRead;
    std::uint16_t parameter_count = 0;
    /// Parameters that are the numbers of a LIMIT: a literal of another kind may not stand there.
    std::vector<std::uint16_t> limit_parameters;
    /// Mentions of sharded and local tables. Empty: any shard can answer (reference tables, none).
    std::vector<TableUse> uses;
    std::vector<OwnedFilter> owned;
    std::vector<KeyList> key_lists;

    /// The statement as written, for when one shard has all that it needs (level 1).
    sql::Template single;
    /// How several shards are asked; without it, why they cannot be, as an error (kWrite: as
    /// written to each).
    std::optional<Scatter> scatter;
    absl::Status why_not_scatter;
    /// How they are asked where there is no scatter.
    std::optional<Gather> gather;

    std::optional<InsertPlan> insert;
    /// The connection must be in the shard's schema, as names that no schema can be put before (the
    /// aliases that a multi-table DELETE deletes from) are looked up there.
    bool needs_schema = false;
    bool sets_last_insert_id = false;   ///< It calls LAST_INSERT_ID() with an argument.
    bool reads_last_insert_id = false;  ///< It calls it without one.
    /// kWrite and kInsert: the one table that is written.
    std::string written_table;
};

/// What of a session changes plans; in the plan cache's key.
struct SessionFacts {
    sql::Syntax syntax;
    Backslash backslash = Backslash::kEscapes;
    friend bool operator==(const SessionFacts&, const SessionFacts&) = default;
};

/// Names of all tables that the statement mentions, without duplicates, in order. Names in another
/// schema than the logical database (or none) are refused here: information_schema and the like.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> tables_of(
    const sql::Statement& statement, std::string_view database
);

/// kUnknownTable, with the server's errno: the configuration does not name the table.
[[nodiscard]] absl::Status unknown_table(std::string_view name, const topology::Topology& topology);

/// Whether a table can be sharded as configured: its shard key's type, unique keys, AUTO_INCREMENT,
/// foreign keys, triggers (placement.md). Errors name every obstacle and its remedy.
[[nodiscard]] absl::Status check_table(
    const topology::Topology& topology,
    const topology::Table& table,
    const schema::TableDef& definition
);

/// The type of a sharded table's shard key, or why it may not be one.
[[nodiscard]] absl::StatusOr<keys::KeyType> shard_key_type(
    const topology::Table& table, const schema::TableDef& definition
);

/// \pre statement.kind is kQuery, kInsert, kUpdate or kDelete; `schema` has all of tables_of().
[[nodiscard]] absl::StatusOr<std::shared_ptr<const Plan>> make_plan(
    const sql::Statement& statement,
    const topology::Topology& topology,
    const schema::Schema& schema,
    const SessionFacts& facts
);

/// Which logical shards a statement goes to: sorted, without duplicates.
struct Route {
    enum class Kind : std::uint8_t {
        kAny,   ///< Any one shard can answer.
        kNone,  ///< Provably empty; any one shard answers with no rows.
        kOne,
        kSome,
        kAll,
    };
    Kind kind = Kind::kAny;
    std::vector<ShardId> shards;  ///< kOne, kSome, kAll.
};

/// Where a plan goes for these values and this map.
struct Targets {
    Route route;
    /// Every use is bound to keys that its one shard owns: no filter is needed even where a shard
    /// holds rows of others.
    bool is_key_bound = false;
    /// plan.insert: which rows each of route.shards gets, by index into InsertPlan::rows.
    std::vector<std::vector<std::uint32_t>> rows;
    /// Per key list and per shard of the route: indexes of its values. Empty: all values.
    std::vector<std::vector<std::vector<std::uint32_t>>> keys;
};

[[nodiscard]] absl::StatusOr<Targets> targets(
    const Plan& plan, std::span<const Value> values, const topology::Topology& topology
);

/// The shards that can hold rows of one mention, plan.uses[use]: sorted, without duplicates.
[[nodiscard]] absl::StatusOr<std::vector<ShardId>> shards_of_use(
    const Plan& plan,
    std::size_t use,
    std::span<const Value> values,
    const topology::Topology& topology
);

/// The one shard that can own rows of a mention whose shard key has this value. Nullopt: that is
/// not known.
[[nodiscard]] absl::StatusOr<std::optional<ShardId>> shard_of_key(
    const TableUse& use, const Value& value, const topology::Topology& topology
);

/// Whether plan.single may be sent for these targets; else plan.scatter must be (or its error given).
[[nodiscard]] bool uses_single(
    const Plan& plan, const Targets& targets, const topology::Topology& topology
);

/// The SQL for shard number `position` of targets.route.shards (for kAny and kNone: for `shard`).
[[nodiscard]] std::string render(
    const Plan& plan,
    const sql::Template& text,
    const Targets& targets,
    std::size_t position,
    ShardId shard,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
);

/// The INSERT for shard number `position`.
[[nodiscard]] std::string render_insert(
    const Plan& plan,
    const Targets& targets,
    std::size_t position,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
);

/// What would be sent where and why, as text for people; sends nothing. One line each:
///   level, route with reason (`one(app_03)  u.id = 42 -> bucket 1187`), send per shard, merge steps.
[[nodiscard]] std::string explain(
    const Plan& plan,
    const Targets& targets,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
);

}  // namespace mosaic::plan
