#include "plan/calls.h"
#include "plan/faults.h"
#include "plan/gather.h"
#include "plan/pass_through.h"
#include "plan/planner.h"
#include "plan/routing.h"
#include "plan/scatter_tree.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::plan {
namespace {

bool has_sharded_use(const Plan& plan) {
    for (const TableUse& use : plan.uses) {
        if (use.kind == topology::TableKind::kSharded)
            return true;
    }
    return false;
}

absl::Status needs_gather(std::string_view what) {
    return make_error(
        errors::kNeedsGather,
        absl::StrFormat(
            "plan a query over several shards: %s; compare each table's shard key with one value, "
            "or join tables of one group on their shard keys",
            what
        )
    );
}

/// Whether a query locks rows that it reads from any copy.
absl::Status check_locking(const PlanInput& input, const Plan& plan) {
    if (!plan.uses.empty())
        return absl::OkStatus();
    for (const sql::Query* query : input.mentions.queries) {
        if (!query->locking.empty() && !input.mentions.tables.empty()) {
            return make_error(
                errors::kLockScatter,
                absl::StrFormat(
                    "read with %s: reference tables are read from any shard, so the lock would "
                    "hold on "
                    "one copy only; leave the locking clause out",
                    query->locking
                )
            );
        }
    }
    return absl::OkStatus();
}

absl::StatusOr<Scatter> scatter_of(const PlanInput& input, const Router& router, Plan& plan) {
    MOSAIC_RETURN_IF_ERROR(check_repeatable(input.mentions));
    if (input.statement.query->select == nullptr)
        return needs_gather("it is a set operation");
    if (!router.is_one_piece())
        return needs_gather("its tables are not joined on their shard keys, or not in one group");
    PlanContext context{input.topology, input.schema, input.facts, input.arena, plan};
    return plan_scatter(*input.statement.query, *router.scope_of(*input.statement.query), context);
}

/// A lock on a copy would lock nothing.
bool may_gather(const PlanInput& input) {
    return std::all_of(
        input.mentions.queries.begin(),
        input.mentions.queries.end(),
        [](const sql::Query* query) { return query->locking.empty(); }
    );
}

void add_gather(const PlanInput& input, const Router& router, Plan& plan) {
    if (!may_gather(input))
        return;
    absl::StatusOr<Gather> gather = plan_gather(input, router, plan);
    if (!gather.ok()) {
        plan.why_not_scatter = gather.status();
        return;
    }
    const std::optional<ErrorDetail> detail = error_detail(plan.why_not_scatter);
    gather->is_tried_first = detail && detail->mysql_errno != 0;
    plan.gather = *std::move(gather);
}

}  // namespace

sql::PrintOptions print_options(const SessionFacts& facts) {
    sql::PrintOptions options;
    options.backslash = facts.backslash;
    options.pipes_as_concat = facts.syntax.pipes_as_concat;
    options.high_not_precedence = facts.syntax.high_not_precedence;
    options.parameters_as_holes = true;
    return options;
}

const sql::Expr* without_schema(const sql::Expr& expr, sql::Arena& arena) {
    return rewrite(expr, arena, [&](const sql::Expr& node) -> const sql::Expr* {
        if (node.kind != sql::ExprKind::kColumn || node.schema.empty())
            return nullptr;
        sql::Expr copy = node;
        copy.schema = {};
        return arena.make(copy);
    });
}

std::optional<OwnedFilter::Part> owned_part(
    const TableUse& use, const topology::Topology& topology
) {
    std::string column;
    append_identifier(column, use.alias);
    column.push_back('.');
    append_identifier(column, use.key_column);
    std::optional<std::string> bucket = topology.groups[use.group].partitioner->bucket_sql(
        column, keys::crc32_sql(use.key_type, column)
    );
    if (!bucket)
        return std::nullopt;
    return OwnedFilter::Part{.group = use.group, .bucket_sql = *std::move(bucket)};
}

absl::Status plan_query(const PlanInput& input, Plan& plan) {
    plan.access = Access::kRead;
    Router router(input.topology, input.schema, plan);
    MOSAIC_RETURN_IF_ERROR(router.add_query(*input.statement.query, nullptr));
    router.finish();
    MOSAIC_RETURN_IF_ERROR(check_locking(input, plan));
    if (plan.uses.empty())
        return absl::OkStatus();
    if (has_sharded_use(plan))
        MOSAIC_RETURN_IF_ERROR(refuse_match(input.mentions));
    absl::StatusOr<Scatter> scatter = scatter_of(input, router, plan);
    if (scatter.ok()) {
        plan.scatter = *std::move(scatter);
    } else {
        plan.why_not_scatter = scatter.status();
        plan.owned.clear();
        plan.key_lists.clear();
        add_gather(input, router, plan);
    }
    return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Plan>> make_plan(
    const sql::Statement& statement,
    const topology::Topology& topology,
    const schema::Schema& schema,
    const SessionFacts& facts
) {
    MOSAIC_RETURN_IF_ERROR(tables_of(statement, topology.database).status());
    const Mentions mentions = mentions_of(statement);
    MOSAIC_RETURN_IF_ERROR(check_calls(mentions));
    sql::Arena arena;
    const PlanInput input{statement, topology, schema, facts, mentions, arena};
    auto plan = std::make_shared<Plan>();
    plan->parameter_count = statement.parameter_count;
    plan->limit_parameters = mentions.limit_parameters;
    plan->needs_schema = !mentions.targets.empty();
    plan->sets_last_insert_id = calls_last_insert_id(mentions, true);
    plan->reads_last_insert_id = calls_last_insert_id(mentions, false);
    switch (statement.kind) {
        case sql::StatementKind::kQuery:
            MOSAIC_RETURN_IF_ERROR(plan_query(input, *plan));
            break;
        case sql::StatementKind::kInsert:
            MOSAIC_RETURN_IF_ERROR(plan_insert(input, *plan));
            break;
        case sql::StatementKind::kUpdate:
            MOSAIC_RETURN_IF_ERROR(plan_update(input, *plan));
            break;
        case sql::StatementKind::kDelete:
            MOSAIC_RETURN_IF_ERROR(plan_delete(input, *plan));
            break;
        case sql::StatementKind::kSet:
        case sql::StatementKind::kBegin:
        case sql::StatementKind::kCommit:
        case sql::StatementKind::kRollback:
        case sql::StatementKind::kSavepoint:
        case sql::StatementKind::kUse:
        case sql::StatementKind::kShow:
        case sql::StatementKind::kExplain:
        case sql::StatementKind::kDdl:
        case sql::StatementKind::kOther:
            return make_error(
                errors::kStatementRefused,
                "plan a statement: it is no SELECT, INSERT, REPLACE, UPDATE or DELETE; the client "
                "answers it, or at(key) sends it to a shard"
            );
    }
    if (!plan->insert) {
        MOSAIC_ASSIGN_OR_RETURN(plan->single, pass_through(statement, mentions, schema.is_mariadb));
    }
    return plan;
}

}  // namespace mosaic::plan
