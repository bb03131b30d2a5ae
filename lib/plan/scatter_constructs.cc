#include "plan/scatter_constructs.h"

#include "plan/scatter_tree.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <array>
#include <string>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;
using topology::TableKind;

std::string upper(std::string_view text) {
    return absl::AsciiStrToUpper(absl::string_view(text.data(), text.size()));
}

bool is_window_function(const Expr& expr) {
    constexpr auto kNames = std::to_array<std::string_view>(
        {"ROW_NUMBER",
         "RANK",
         "DENSE_RANK",
         "PERCENT_RANK",
         "CUME_DIST",
         "NTILE",
         "LAG",
         "LEAD",
         "FIRST_VALUE",
         "LAST_VALUE",
         "NTH_VALUE"}
    );
    return std::find(kNames.begin(), kNames.end(), upper(expr.text)) != kNames.end();
}

absl::Status check_options(const sql::Query& query) {
    constexpr auto kAllowed = std::to_array<std::string_view>(
        {"ALL",
         "STRAIGHT_JOIN",
         "SQL_NO_CACHE",
         "SQL_CACHE",
         "HIGH_PRIORITY",
         "SQL_SMALL_RESULT",
         "SQL_BIG_RESULT",
         "SQL_BUFFER_RESULT"}
    );
    const std::string options = upper(query.select->options);
    for (const absl::string_view word : absl::StrSplit(options, ' ', absl::SkipWhitespace())) {
        const std::string_view name(word.data(), word.size());
        if (std::find(kAllowed.begin(), kAllowed.end(), name) == kAllowed.end()) {
            return refuse(
                errors::kNeedsGather,
                place(name, query.begin),
                "it does not work over several shards",
                name == "SQL_CALC_FOUND_ROWS" ? "count in a statement of its own" : "leave it out"
            );
        }
    }
    return absl::OkStatus();
}

/// Walks one statement with all its subqueries.
class ConstructChecker {
public:
    ConstructChecker(const PlanContext& context, Constructs& found)
        : context_(context), found_(found) {}

    absl::Status check_query(const sql::Query& query, const Scope& scope) {
        MOSAIC_RETURN_IF_ERROR(check_shape(query, "WITH"));
        MOSAIC_RETURN_IF_ERROR(check_options(query));
        if (query.select->has_rollup) {
            return refuse(
                errors::kNeedsGather,
                place("WITH ROLLUP", query.begin),
                "its totals are not merged yet",
                "ask for the totals in a statement of their own"
            );
        }
        FilterHomes homes;
        MOSAIC_RETURN_IF_ERROR(check_joins(*query.select, scope, nullptr, found_.classes, homes));
        add_places(homes, *query.select);
        return check_expressions(query, scope);
    }

private:
    static absl::Status check_shape(const sql::Query& query, std::string_view what) {
        if (!query.locking.empty()) {
            return refuse(
                errors::kLockScatter,
                place(query.locking, query.begin),
                "locks on several shards need a transaction over several shards"
            );
        }
        if (!query.with.empty() || query.select == nullptr) {
            return refuse(
                errors::kNeedsGather,
                place(query.with.empty() ? "a set operation" : what, query.begin),
                "it is not split over shards yet",
                "ask its parts one by one, or compare the shard key with a value"
            );
        }
        return absl::OkStatus();
    }

    void add_places(const FilterHomes& homes, const sql::Select& select) {
        for (const auto& [table, join] : homes)
            found_.places.push_back({.table = table, .join = join, .select = &select});
    }

    absl::Status check_expressions(const sql::Query& query, const Scope& scope) {
        const sql::Select& select = *query.select;
        for (const sql::SelectItem& item : select.items)
            MOSAIC_RETURN_IF_ERROR(check(*item.expr, scope));
        if (select.from != nullptr)
            MOSAIC_RETURN_IF_ERROR(check_on(*select.from, scope));
        for (const Expr* expr : {select.where, select.having}) {
            if (expr != nullptr)
                MOSAIC_RETURN_IF_ERROR(check(*expr, scope));
        }
        for (const auto& items : {select.group_by, query.order_by}) {
            for (const sql::OrderItem& item : items)
                MOSAIC_RETURN_IF_ERROR(check(*item.expr, scope));
        }
        for (const sql::Select::NamedWindow& named : select.windows) {
            for (const Expr* part : named.window->partition_by)
                MOSAIC_RETURN_IF_ERROR(check(*part, scope));
            for (const sql::OrderItem& item : named.window->order_by)
                MOSAIC_RETURN_IF_ERROR(check(*item.expr, scope));
        }
        return absl::OkStatus();
    }

    absl::Status check_on(const sql::TableRef& ref, const Scope& scope) {
        if (ref.kind != sql::TableRef::Kind::kJoin)
            return absl::OkStatus();
        MOSAIC_RETURN_IF_ERROR(check_on(*ref.left, scope));
        MOSAIC_RETURN_IF_ERROR(check_on(*ref.right, scope));
        return ref.on == nullptr ? absl::OkStatus() : check(*ref.on, scope);
    }

    absl::Status check(const Expr& expr, const Scope& scope) {
        absl::Status status;
        walk(expr, [&](const Expr& node) {
            if (status.ok())
                status = check_node(node, scope);
            return status.ok();
        });
        return status;
    }

    absl::Status check_node(const Expr& expr, const Scope& scope) {
        switch (expr.kind) {
            case ExprKind::kSystemVariable:
            case ExprKind::kUserVariable:
            case ExprKind::kAssign:
                return refuse(
                    errors::kVariableRead,
                    place(absl::StrFormat("variable %s", expr.text), expr.begin),
                    "it has a value per server or connection",
                    "bind its value as a parameter"
                );
            case ExprKind::kMatch:
                return refuse(
                    errors::kNeedsGather,
                    place("MATCH .. AGAINST", expr.begin),
                    "its scores depend on the rows of all shards"
                );
            case ExprKind::kDefault:
            case ExprKind::kValues:
                return refuse(
                    errors::kNeedsGather,
                    place("DEFAULT() or VALUES()", expr.begin),
                    "it is not known to be the same on every shard",
                    "write the value"
                );
            case ExprKind::kFunction:
                return check_function(expr);
            case ExprKind::kSubquery:
            case ExprKind::kExists:
            case ExprKind::kQuantified:
                return check_subquery(expr, scope);
            case ExprKind::kIn:
                return expr.query == nullptr ? absl::OkStatus() : check_subquery(expr, scope);
            default:
                return absl::OkStatus();  // NOLINT: whatever is not named here is pure.
        }
    }

    static absl::Status check_function(const Expr& expr) {
        const std::string what = place(absl::StrFormat("%s()", expr.text), expr.begin);
        if (is_window_function(expr))
            return absl::OkStatus();  // Only ever in OVER, and that is judged by its partitions.
        switch (classify_call(expr)) {
            case FunctionClass::kPure:
                return absl::OkStatus();
            case FunctionClass::kOnce:
                return refuse(
                    errors::kFunctionOnce,
                    what,
                    "it has one value per statement, and each shard would take its own",
                    "bind its value as a parameter"
                );
            case FunctionClass::kSession:
            case FunctionClass::kRefused:
                return refuse(
                    errors::kFunctionRefused,
                    what,
                    "it means something on one server only",
                    "call it on one shard, with at()"
                );
            case FunctionClass::kUnknown:
                return refuse(
                    errors::kFunctionUnknown,
                    what,
                    "it is not known to give the same answer on every shard",
                    "use a built-in function, or address one shard with at()"
                );
        }
        return absl::OkStatus();
    }

    static absl::Status refuse_subquery(const Expr& expr, std::string_view why) {
        return refuse(
            errors::kNeedsGather,
            place("the subquery", expr.query->begin),
            why,
            "join on equal shard keys, or correlate it by them"
        );
    }

    /// Reference tables only, or rows of the shard that the row outside is on.
    absl::Status check_subquery(const Expr& expr, const Scope& scope) {
        const sql::Query& query = *expr.query;
        MOSAIC_RETURN_IF_ERROR(check_shape(query, "WITH in a subquery"));
        MOSAIC_RETURN_IF_ERROR(check_options(query));
        const sql::Select& select = *query.select;
        MOSAIC_ASSIGN_OR_RETURN(
            Scope bound, bind_from(select.from, &scope, context_.topology, context_.schema)
        );
        found_.scopes.push_back(std::make_unique<Scope>(std::move(bound)));
        const Scope& inside = *found_.scopes.back();
        const bool is_reference =
            std::all_of(inside.tables.begin(), inside.tables.end(), [](const BoundTable& table) {
                return table.table != nullptr && table.table->kind == TableKind::kReference;
            });
        if (!is_reference)
            MOSAIC_RETURN_IF_ERROR(check_colocated(expr, inside));
        else if (query.limit != nullptr && expr.kind != ExprKind::kExists)
            return refuse_subquery(expr, "which rows its LIMIT keeps is open on every shard");
        return check_expressions(query, inside);
    }

    absl::Status check_colocated(const Expr& expr, const Scope& inside) {
        const sql::Select& select = *expr.query->select;
        KeyClasses classes = found_.classes;
        if (expr.kind == ExprKind::kIn || expr.kind == ExprKind::kQuantified)
            add_compared(expr, inside, classes);
        FilterHomes homes;
        absl::Status status = refuse_subquery(
            expr, "nothing proves that its rows are on the same shard as the row outside"
        );
        for (const Scope* outer = inside.outer; outer != nullptr; outer = outer->outer) {
            for (const BoundTable& table : outer->tables) {
                if (table.table == nullptr || table.table->kind != TableKind::kSharded)
                    continue;
                KeyClasses tried = classes;
                homes.clear();
                const absl::Status joins = check_joins(select, inside, &table, tried, homes);
                if (joins.ok() && !homes.empty()) {
                    add_places(homes, select);
                    return absl::OkStatus();
                }
            }
        }
        return status;
    }

    /// `outer.key IN (SELECT inner.key FROM ..)`: only inner rows with the outer row's key count,
    /// if the subquery gives its rows as they are, or groups that are whole (rule 3).
    static void add_compared(const Expr& expr, const Scope& inside, KeyClasses& classes) {
        const sql::Query& query = *expr.query;
        const sql::Select& select = *query.select;
        const bool is_plain = select.items.size() == 1 && query.limit == nullptr &&
                              !select.has_rollup && !holds_aggregate(*select.items[0].expr) &&
                              !holds_window(*select.items[0].expr);
        const bool is_membership = expr.kind == ExprKind::kIn && expr.args.size() == 1;
        if (!is_plain || !is_membership)
            return;
        const BoundTable* outer = shard_key_of(*expr.args[0], *inside.outer);
        const BoundTable* inner = shard_key_of(*select.items[0].expr, inside);
        const bool is_grouped = !select.group_by.empty() || select.having != nullptr;
        const bool is_grouped_by_key = std::any_of(
            select.group_by.begin(),
            select.group_by.end(),
            [&](const sql::OrderItem& item) {
                return inner != nullptr && shard_key_of(*item.expr, inside) == inner;
            }
        );
        if (is_grouped && !is_grouped_by_key)
            return;
        // NULL NOT IN (..) depends on whether there are rows at all, anywhere.
        const bool is_ours = inner != nullptr && outer != nullptr && !outer->is_null_extended &&
                             !inner->is_null_extended;
        if (is_ours && can_colocate(*outer, *inner))
            classes.equate(outer, inner);
    }

    const PlanContext& context_;
    Constructs& found_;
};

}  // namespace

absl::StatusOr<Constructs> check_constructs(
    const sql::Query& query, const Scope& scope, const PlanContext& context
) {
    Constructs found;
    MOSAIC_RETURN_IF_ERROR(ConstructChecker(context, found).check_query(query, scope));
    return found;
}

}  // namespace mosaic::plan
