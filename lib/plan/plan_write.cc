#include "plan/calls.h"
#include "plan/faults.h"
#include "plan/planner.h"
#include "plan/routing.h"
#include "plan/rules.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

namespace mosaic::plan {
namespace {

absl::Status not_routed(std::string_view what) {
    return make_error(
        errors::kWriteNotRouted,
        absl::StrFormat(
            "plan a write over several shards: it has %s, which needs their rows in one place; "
            "compare the shard key with one value, or read the keys first and write by key",
            what
        )
    );
}

absl::Status key_changed(const topology::Table& table, std::string_view column) {
    const bool is_key = is_same_column(column, table.shard_key);
    return make_error(
        errors::kShardKeyChanged,
        absl::StrFormat(
            "plan an UPDATE of %s.%s: it is the %s, so the row would have to move to another "
            "shard; insert a new row and delete the old one",
            table.name,
            column,
            is_key ? "shard key" : "composite id that names the row's bucket"
        )
    );
}

/// Whether a new value of the column would belong to another bucket.
bool is_placing(const topology::Table& table, std::string_view column) {
    if (table.kind != topology::TableKind::kSharded)
        return false;
    return is_same_column(column, table.shard_key) ||
           (table.ids && table.ids->scheme == "composite" &&
            is_same_column(column, table.ids->column));
}

/// Notes a table that the statement writes.
absl::Status add_written(const topology::Table& table, Plan& plan) {
    MOSAIC_RETURN_IF_ERROR(check_written(table));
    if (plan.written_table.empty())
        plan.written_table = table.name;
    return absl::OkStatus();
}

absl::Status add_order(std::span<const sql::OrderItem> order, const Scope& scope, Router& router) {
    for (const sql::OrderItem& item : order)
        MOSAIC_RETURN_IF_ERROR(router.add_expr(item.expr, scope));
    return absl::OkStatus();
}

/// Why the statement cannot go to several shards as it is; OK: it can.
absl::Status check_scatter(
    const PlanInput& input, const sql::TableRef& table, bool is_ordered, bool has_limit
) {
    if (table.kind != sql::TableRef::Kind::kTable)
        return not_routed("a join");
    if (input.mentions.tables.size() > 1 || !input.mentions.queries.empty())
        return not_routed("a subquery");
    if (is_ordered)
        return not_routed("ORDER BY");
    if (has_limit)
        return not_routed("LIMIT");
    return check_repeatable(input.mentions);
}

/// The hole of the ownership filter of the one table that is written.
std::span<const sql::Hole> owned_hole(const PlanInput& input, bool has_where, Plan& plan) {
    std::optional<OwnedFilter::Part> part = owned_part(plan.uses.front(), input.topology);
    if (!part)
        return {};
    OwnedFilter filter;
    filter.parts.push_back(*std::move(part));
    sql::Hole hole;
    hole.kind = sql::Hole::Kind::kOwned;
    hole.lead = has_where ? sql::Hole::Lead::kAnd : sql::Hole::Lead::kWhere;
    hole.index = static_cast<std::uint16_t>(plan.owned.size());
    plan.owned.push_back(std::move(filter));
    return input.arena.copy(std::vector<sql::Hole>{hole});
}

const sql::TableRef* holed(const PlanInput& input, const sql::TableRef& table) {
    sql::TableRef copy = table;
    copy.schema = {};
    copy.has_schema_hole = true;
    return input.arena.make(copy);
}

const sql::Expr* stripped(const PlanInput& input, const sql::Expr* expr) {
    return expr == nullptr ? nullptr : without_schema(*expr, input.arena);
}

sql::Template piece_of(const PlanInput& input, const sql::Update& update, Plan& plan) {
    sql::Update copy = update;
    copy.table = holed(input, *update.table);
    copy.where = stripped(input, update.where);
    copy.owned = owned_hole(input, update.where != nullptr, plan);
    std::vector<sql::Assignment> assignments;
    for (const sql::Assignment& assignment : update.assignments)
        assignments.push_back(
            {stripped(input, assignment.column), stripped(input, assignment.value)}
        );
    copy.assignments = input.arena.copy(assignments);
    sql::Statement statement = input.statement;
    statement.update = &copy;
    return sql::print(statement, print_options(input.facts));
}

sql::Template piece_of(const PlanInput& input, const sql::Delete& del, Plan& plan) {
    sql::Delete copy = del;
    copy.table = holed(input, *del.table);
    copy.where = stripped(input, del.where);
    copy.owned = owned_hole(input, del.where != nullptr, plan);
    sql::Statement statement = input.statement;
    statement.del = &copy;
    return sql::print(statement, print_options(input.facts));
}

absl::StatusOr<const topology::Table*> table_of_column(
    const sql::Expr& column, const Scope& scope
) {
    MOSAIC_ASSIGN_OR_RETURN(const BoundColumn bound, resolve(column, scope));
    if (bound.table != nullptr)
        return bound.table->table;
    return make_error(
        errors::kStatementRefused,
        absl::StrFormat(
            "plan an UPDATE of column %s: it is not known which table has it; put the table's name "
            "before it",
            column.text
        )
    );
}

/// The table that a multi-table DELETE's target means, by its name or alias.
const topology::Table* table_of_target(const sql::TableRef& target, const Scope& scope) {
    const auto found =
        std::find_if(scope.tables.begin(), scope.tables.end(), [&](const BoundTable& table) {
            return table.name == target.name;
        });
    return found == scope.tables.end() ? nullptr : found->table;
}

absl::Status add_targets(const sql::Delete& del, const Scope& scope, Plan& plan) {
    if (del.targets.empty())
        return add_written(*scope.tables.front().table, plan);
    for (const sql::TableRef* target : del.targets) {
        const topology::Table* table = table_of_target(*target, scope);
        if (table == nullptr) {
            return make_error(
                errors::kUnknownTable,
                absl::StrFormat(
                    "plan a DELETE from %s: its FROM has no base table of that name; correct the "
                    "name",
                    target->name
                ),
                as_server(1109, "42S02")
            );
        }
        MOSAIC_RETURN_IF_ERROR(add_written(*table, plan));
    }
    return absl::OkStatus();
}

/// MATCH needs all rows; a derived table in place of a table is not written.
absl::Status check_tables(const PlanInput& input, const sql::TableRef& table) {
    MOSAIC_RETURN_IF_ERROR(refuse_match(input.mentions));
    if (table.kind != sql::TableRef::Kind::kDerived)
        return absl::OkStatus();
    return make_error(
        errors::kStatementRefused,
        "plan a write to a derived table: it has no rows of its own; name a table",
        as_server(1288, "HY000")
    );
}

}  // namespace

absl::Status check_written(const topology::Table& table) {
    if (table.kind != topology::TableKind::kReference)
        return absl::OkStatus();
    return make_error(
        errors::kReferenceWrite,
        absl::StrFormat(
            "write to reference table %s: its copies on all shards must stay equal, which needs a "
            "transaction over all of them; put the statement into a migration (mosaic migrate up "
            "runs it "
            "on every shard)",
            table.name
        )
    );
}

absl::Status plan_update(const PlanInput& input, Plan& plan) {
    plan.access = Access::kWrite;
    const sql::Update& update = *input.statement.update;
    MOSAIC_RETURN_IF_ERROR(check_tables(input, *update.table));
    Router router(input.topology, input.schema, plan);
    MOSAIC_ASSIGN_OR_RETURN(const Scope* scope, router.add_tables(*update.table, update.where));
    for (const sql::Assignment& assignment : update.assignments) {
        MOSAIC_ASSIGN_OR_RETURN(
            const topology::Table* table, table_of_column(*assignment.column, *scope)
        );
        MOSAIC_RETURN_IF_ERROR(add_written(*table, plan));
        if (is_placing(*table, assignment.column->text))
            return key_changed(*table, assignment.column->text);
        MOSAIC_RETURN_IF_ERROR(router.add_expr(assignment.value, *scope));
    }
    MOSAIC_RETURN_IF_ERROR(add_order(update.order_by, *scope, router));
    router.finish();
    plan.why_not_scatter =
        check_scatter(input, *update.table, !update.order_by.empty(), update.limit != nullptr);
    if (plan.why_not_scatter.ok())
        plan.scatter.emplace().piece = piece_of(input, update, plan);
    return absl::OkStatus();
}

absl::Status plan_delete(const PlanInput& input, Plan& plan) {
    plan.access = Access::kWrite;
    const sql::Delete& del = *input.statement.del;
    MOSAIC_RETURN_IF_ERROR(check_tables(input, *del.table));
    Router router(input.topology, input.schema, plan);
    MOSAIC_ASSIGN_OR_RETURN(const Scope* scope, router.add_tables(*del.table, del.where));
    MOSAIC_RETURN_IF_ERROR(add_targets(del, *scope, plan));
    MOSAIC_RETURN_IF_ERROR(add_order(del.order_by, *scope, router));
    for (const sql::SelectItem& item : del.returning)
        MOSAIC_RETURN_IF_ERROR(router.add_expr(item.expr, *scope));
    router.finish();
    plan.why_not_scatter =
        check_scatter(input, *del.table, !del.order_by.empty(), del.limit != nullptr);
    if (plan.why_not_scatter.ok() && !del.targets.empty())
        plan.why_not_scatter = not_routed("a list of tables to delete from");
    if (plan.why_not_scatter.ok() && !del.returning.empty())
        plan.why_not_scatter = not_routed("RETURNING");
    if (plan.why_not_scatter.ok())
        plan.scatter.emplace().piece = piece_of(input, del, plan);
    return absl::OkStatus();
}

}  // namespace mosaic::plan
