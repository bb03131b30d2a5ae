#include "plan/faults.h"
#include "plan/scatter_shapes.h"
#include "plan/scatter_tree.h"

#include <absl/strings/str_format.h>

#include <algorithm>

/// What the keys of a group determine.
namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;

bool is_key(const Draft& draft, const Expr& expr) {
    return std::any_of(draft.keys.begin(), draft.keys.end(), [&](const Meaning& key) {
        return sql::equal(*key.expr, expr);
    });
}

/// Equal values of this type are one value, whatever is computed from it.
bool has_one_form(const Draft& draft, const Expr& key) {
    const ExprType type = draft.type(key);
    if (type.value != ValueClass::kText)
        return type.value != ValueClass::kUnknown && type.value != ValueClass::kRefused;
    const schema::CollationDef* collation = draft.context.schema.find_collation(type.collation);
    return collation != nullptr && collation->is_bytes && !collation->pads_space;
}

bool is_key_column(const Draft& draft, const BoundTable& table, std::string_view column) {
    return std::any_of(draft.keys.begin(), draft.keys.end(), [&](const Meaning& key) {
        return key.expr->kind == ExprKind::kColumn && key.expr->qualifier == table.name &&
               is_same_name(key.expr->text, column);
    });
}

/// The table's primary key is among the keys, and unique over all shards.
bool has_primary_key(const Draft& draft, const BoundTable& table) {
    for (const schema::IndexDef& index : table.definition->indexes) {
        if (index.name != "PRIMARY")
            continue;
        bool holds_shard_key = table.table->kind != topology::TableKind::kSharded;
        bool holds_all = true;
        for (const std::string& column : index.columns) {
            holds_shard_key = holds_shard_key || is_same_name(column, table.table->shard_key);
            holds_all = holds_all && is_key_column(draft, table, column);
        }
        return holds_shard_key && holds_all;
    }
    return false;
}

/// A shard key that every row has equal to one of the keys.
bool equals_key(const Draft& draft, const Expr& column) {
    const BoundTable* table = shard_key_of(column, draft.scope);
    return table != nullptr &&
           std::any_of(draft.keys.begin(), draft.keys.end(), [&](const Meaning& key) {
               const BoundTable* other = shard_key_of(*key.expr, draft.scope);
               return other != nullptr && draft.constructs.classes.same(table, other) &&
                      has_one_form(draft, column);
           });
}

bool is_dependent(const Draft& draft, const Expr& expr, bool is_alone) {
    if (is_key(draft, expr))
        return is_alone || has_one_form(draft, expr);
    if (expr.kind == ExprKind::kAggregate)
        return true;
    if (expr.query != nullptr)
        return false;
    if (expr.kind == ExprKind::kColumn) {
        const absl::StatusOr<BoundColumn> bound = resolve(expr, draft.scope);
        if (!bound.ok() || bound->table == nullptr)
            return false;
        return has_primary_key(draft, *bound->table) || equals_key(draft, expr);
    }
    const std::vector<const Expr*> below = children(expr);
    return std::all_of(below.begin(), below.end(), [&](const Expr* child) {
        return is_dependent(draft, *child, false);
    });
}

/// A text that every character set has, so that the column's collation compares it.
bool is_plain_text(const Expr& expr) {
    const bool is_ascii = std::all_of(expr.text.begin(), expr.text.end(), [](char c) {
        return static_cast<unsigned char>(c) < 0x80;
    });
    return expr.kind == ExprKind::kNull ||
           (expr.kind == ExprKind::kText && expr.qualifier.empty() && is_ascii);
}

bool compares(const Expr& expr) {
    const bool is_comparison = expr.kind == ExprKind::kBinary && expr.op >= sql::Operator::kEqual &&
                               expr.op <= sql::Operator::kGreaterEqual;
    return is_comparison || expr.kind == ExprKind::kIn || expr.kind == ExprKind::kBetween ||
           expr.kind == ExprKind::kIs;
}

/// Gives the same for all equal values of the keys.
bool is_invariant(const Draft& draft, const Expr& expr) {
    if (is_key(draft, expr))
        return has_one_form(draft, expr);
    if (expr.kind == ExprKind::kColumn || expr.kind == ExprKind::kAggregate ||
        expr.kind == ExprKind::kWindow || expr.query != nullptr)
        return false;
    // Compared in its own collation with literals, text decides by what makes it equal.
    const bool is_own_comparison =
        compares(expr) && std::all_of(expr.args.begin(), expr.args.end(), [&](const Expr* arg) {
            return is_plain_text(*arg) || (is_key(draft, *arg) && arg->kind == ExprKind::kColumn &&
                                           draft.type(*arg).value == ValueClass::kText);
        });
    if (is_own_comparison)
        return true;
    const std::vector<const Expr*> below = children(expr);
    return std::all_of(below.begin(), below.end(), [&](const Expr* child) {
        return is_invariant(draft, *child);
    });
}

}  // namespace

absl::Status check_dependent(const Draft& draft, const Expr& canonical) {
    if (is_dependent(draft, canonical, true))
        return absl::OkStatus();
    return refuse(
        errors::kNeedsGather,
        place("an item or sort key", canonical.begin),
        "it is neither an aggregate nor determined by the keys of GROUP BY",
        "group by it, or take its MIN or MAX",
        as_server(draft.keys.empty() ? 1140 : 1055, "42000")
    );
}

bool can_filter_on_shards(const Draft& draft, const Expr& canonical) {
    return !draft.keys.empty() && is_invariant(draft, canonical);
}

}  // namespace mosaic::plan
