/// Level 2 of query.md: each shard answers a rewritten SELECT, and a merge makes one answer of
/// theirs. Every rewrite, and when it is right:
///
/// Always
///  1. What may be sent at all (scatter_constructs.cc): one SELECT over base tables, without WITH,
///  set
///     operation, ROLLUP, lock, variables, MATCH; functions that are pure by the closed list (rule
///     9).
///  2. Rows meet on one shard (scatter_joins.cc): every sharded table is joined on equal bare shard
///     keys of one group and one collation (rule 2); the preserved side of an outer join is sharded
///     where its inner side is; a subquery reads reference tables only, or rows whose shard key
///     equals that of the row outside. So the rows before GROUP BY are the union over the shards.
///  3. Each sharded table carries the ownership filter, at the end of WHERE, or of the ON that
///  makes it
///     an inner side (rule 4; scatter_shards.cc). `key IN (..)` at the top of WHERE: a shard gets
///     its own values only; no other value has a row there.
///  4. The items come first, named as MySQL names them, hidden columns (`_mosaic_n`) after them; a
///  star
///     is written out when there are hidden columns, as they are known by position. WHERE, GROUP
///     BY, HAVING and ORDER BY that go down go down in their own words, so the server resolves
///     them; what the merge does is resolved by scatter_names.cc. Should both differ, a stream is
///     out of order, which is an error (MO-4104), never an answer.
///  5. Values compare by rule 6's table (scatter_piece.cc): numbers, dates, times and BIT as sent;
///     FLOAT as f + 0e0; ENUM and SET as e + 0, but MIN and MAX by the weight of their text; text
///     as bytes where its collation is, else by WEIGHT_STRING, padded (rule 5); nothing whose type
///     or collation is not proved.
///
/// Rows (scatter_rows.cc): no aggregate and no GROUP BY; or, rule 3, groups whole on their shards:
///     GROUP BY holds the bare shard key of a table that no outer join extends with NULLs
///  6. ORDER BY goes down; the merge is by the same keys, cut at max_sort_length where they may be
///  longer.
///  7. DISTINCT goes down and is done again over all rows, unless an item is such a shard key. Its
///     hidden columns are functions of the items. A sort key that is no item must be made of items.
///  8. LIMIT n OFFSET m goes down as LIMIT n + m: a row of the answer is among the first n + m of
///  its
///     shard. With DISTINCT too (a shard that was cut sent n + m different rows), except by padded
///     text, whose weights tell apart 'a' and 'a '. LIMIT ? goes down; with OFFSET beside a
///     parameter nothing does, and the merge stops early.
///  9. Windows: only where every PARTITION BY holds such a shard key.
///
/// Groups (scatter_groups.cc, scatter_aggregates.cc, scatter_merged.cc): otherwise
/// 10. Shards send groups without HAVING, ORDER BY, LIMIT and DISTINCT, sorted by their keys where
/// these
///     sort in full, so that the merge holds one group at a time; else it hashes.
/// 11. COUNT and SUM add up; MIN, MAX and BIT_* (of integers) go on; AVG is SUM by COUNT in AVG's
/// own
///     type, which the item itself is sent for. COUNT, SUM and AVG(DISTINCT x): shards group by x
///     too; the other aggregates are partial for these finer groups as well. One list of arguments
///     only.
/// 12. An item without aggregate must be determined by the keys (scatter_dependence.cc).
/// 13. Expressions over aggregates: scatter_scalars.cc, which lists where servers differ.
/// 14. HAVING: a conjunct that only names keys, and gives the same for all equal values of them,
/// goes
///     down; the rest is computed on merged values. ORDER BY of keys alone is done by the shards.
#include "plan/constants.h"
#include "plan/scatter_shapes.h"
#include "plan/scatter_tree.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;

/// The partitions of OVER, with those of the windows that it is based on.
bool is_partitioned_by_key(const sql::Window& window, const Draft& draft, int depth_max) {
    for (const Expr* part : window.partition_by) {
        const BoundTable* table = shard_key_of(*part, draft.scope);
        if (table != nullptr && !table->is_null_extended)
            return true;
    }
    if (window.name.empty() || depth_max == 0)
        return false;
    for (const sql::Select::NamedWindow& named : draft.select().windows)
        if (is_same_name(named.name, window.name))
            return is_partitioned_by_key(*named.window, draft, depth_max - 1);
    return false;
}

absl::Status check_windows(const Draft& draft) {
    absl::Status status;
    const auto check = [&](const Expr& clause) {
        walk(clause, [&](const Expr& node) {
            if (node.kind == ExprKind::kWindow && !is_partitioned_by_key(*node.window, draft, 16)) {
                status = refuse(
                    errors::kNeedsGather,
                    place(absl::StrFormat("%s() OVER", node.args[0]->text), node.begin),
                    "its partitions reach over several shards",
                    "partition by the shard key, or compare it with a value"
                );
            }
            return status.ok();
        });
    };
    for (const sql::SelectItem& item : draft.select().items) check(*item.expr);
    for (const sql::OrderItem& item : draft.query.order_by) check(*item.expr);
    return status;
}

bool is_grouped(const Draft& draft) {
    if (!draft.select().group_by.empty())
        return true;
    const Expr* having = draft.select().having;
    bool found = having != nullptr && holds_aggregate(*having);
    for (const sql::SelectItem& item : draft.select().items)
        found = found || holds_aggregate(*item.expr);
    for (const sql::OrderItem& item : draft.query.order_by)
        found = found || holds_aggregate(*item.expr);
    return found;
}

/// Rule 3.
bool has_whole_groups(const Draft& draft) {
    return std::any_of(draft.keys.begin(), draft.keys.end(), [&](const Meaning& key) {
        const BoundTable* table = shard_key_of(*key.expr, draft.scope);
        return table != nullptr && !table->is_null_extended;
    });
}

bool has_windows(const Draft& draft) {
    bool found = false;
    for (const sql::SelectItem& item : draft.select().items)
        found = found || holds_window(*item.expr);
    for (const sql::OrderItem& item : draft.query.order_by)
        found = found || holds_window(*item.expr);
    return found;
}

/// `key IN (..)` with its list as a hole; null: it is something else.
const Expr* with_key_list(const Expr& condition, const Scope& scope, PlanContext& context) {
    if (condition.kind != ExprKind::kIn || condition.is_negated || condition.query != nullptr ||
        condition.args.size() < 3)
        return nullptr;
    const BoundTable* table = shard_key_of(*condition.args[0], scope);
    if (table == nullptr || !table->has_use || table->is_null_extended)
        return nullptr;
    KeyList list{.use = table->use, .values = {}};
    for (const Expr* arg : condition.args.subspan(1)) {
        const bool is_plain = arg->kind == ExprKind::kInteger || arg->kind == ExprKind::kText ||
                              arg->kind == ExprKind::kParameter;
        const std::optional<ValueRef> value = is_plain ? constant_of(*arg) : std::nullopt;
        if (!value)
            return nullptr;
        list.values.push_back(*value);
    }
    Expr hole;
    hole.kind = ExprKind::kHole;
    hole.hole.kind = sql::Hole::Kind::kKeys;
    hole.hole.index = static_cast<std::uint16_t>(context.plan.key_lists.size());
    context.plan.key_lists.push_back(std::move(list));
    Expr in = condition;
    in.args =
        context.arena.copy(std::vector<const Expr*>{condition.args[0], context.arena.make(hole)});
    return context.arena.make(in);
}

const Expr* with_key_lists(const Expr* where, const Scope& scope, PlanContext& context) {
    if (where == nullptr)
        return nullptr;
    if (where->kind == ExprKind::kBinary && where->op == sql::Operator::kAnd) {
        Expr both = *where;
        both.args = context.arena.copy(std::vector<const Expr*>{
            with_key_lists(where->args[0], scope, context),
            with_key_lists(where->args[1], scope, context)});
        return context.arena.make(both);
    }
    const Expr* listed = with_key_list(*where, scope, context);
    return listed != nullptr ? listed : where;
}

absl::StatusOr<Scatter> plan_whole_groups(const Draft& draft) {
    for (const NamedItem& item : draft.names.items())
        MOSAIC_RETURN_IF_ERROR(check_dependent(draft, *item.expr));
    return plan_rows(draft, Piece::Rows::kGrouped);
}

}  // namespace

absl::StatusOr<Scatter> plan_scatter(
    const sql::Query& query, const Scope& scope, PlanContext& context
) {
    if (query.select == nullptr || query.select->from == nullptr) {
        return refuse(
            errors::kNeedsGather,
            place("the query", query.begin),
            "only a SELECT from tables is split over shards"
        );
    }
    MOSAIC_ASSIGN_OR_RETURN(const Constructs constructs, check_constructs(query, scope, context));
    MOSAIC_ASSIGN_OR_RETURN(const Names names, Names::make(*query.select, scope, context.arena));
    Draft draft{
        .query = query,
        .scope = scope,
        .names = names,
        .constructs = constructs,
        .context = context,
        .where = with_key_lists(query.select->where, scope, context),
        .keys = {}};
    MOSAIC_RETURN_IF_ERROR(check_windows(draft));
    if (!is_grouped(draft))
        return plan_rows(draft, Piece::Rows::kPlain);
    for (const sql::OrderItem& item : query.select->group_by) {
        if (item.expr->kind == ExprKind::kParameter) {
            return refuse(
                errors::kNeedsGather,
                place("GROUP BY", item.expr->begin),
                "a bound number would be read as the position of a column",
                "write the column"
            );
        }
        MOSAIC_ASSIGN_OR_RETURN(Meaning key, names.group_item(*item.expr));
        draft.keys.push_back(key);
    }
    if (has_whole_groups(draft))
        return plan_whole_groups(draft);
    if (has_windows(draft)) {
        return refuse(
            errors::kNeedsGather,
            place("OVER", query.begin),
            "windows over groups need whole groups",
            "group by the shard key"
        );
    }
    return plan_groups(draft);
}

}  // namespace mosaic::plan
