#include "plan/scatter_joins.h"

#include "plan/scatter_tree.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::plan {
namespace {

using sql::JoinKind;
using sql::TableRef;
using topology::TableKind;

bool is_sharded(const BoundTable& table) {
    return table.table != nullptr && table.table->kind == TableKind::kSharded;
}

std::string name_of(const BoundTable& table) {
    return std::string(table.name);
}

/// Checks one FROM clause. The tables of a subtree stand together in its scope, in the order of the
/// text, so a subtree is a range of them.
class JoinChecker {
public:
    JoinChecker(const Scope& scope, FilterHomes& homes) : scope_(scope), homes_(homes) {}

    /// Equalities that hold in every row of `ref`, from inner joins on its preserved side.
    absl::Status add_inner(const TableRef& ref, KeyClasses& classes) {
        if (ref.kind != TableRef::Kind::kJoin)
            return absl::OkStatus();
        if (ref.is_natural) {
            return refuse(
                errors::kNeedsGather,
                place("NATURAL JOIN", ref.begin),
                "which columns it compares is not worked out here",
                "name them with USING or ON"
            );
        }
        if (ref.join != JoinKind::kRight)
            MOSAIC_RETURN_IF_ERROR(add_inner(*ref.left, classes));
        if (ref.join != JoinKind::kLeft)
            MOSAIC_RETURN_IF_ERROR(add_inner(*ref.right, classes));
        if (!is_outer_join(ref)) {
            add_equalities(ref.on, scope_, classes);
            add_using(ref, classes);
        }
        return absl::OkStatus();
    }

    /// \param anchor A sharded table whose class all of `ref`'s must be in; null: any one class, of
    ///     which the first table found becomes the anchor.
    /// \param home   The outer join that `ref` is inside of.
    absl::Status check(
        const TableRef& ref,
        const KeyClasses& classes,
        const BoundTable*& anchor,
        const TableRef* home
    ) {
        switch (ref.kind) {
            case TableRef::Kind::kDerived:
                return refuse(
                    errors::kNeedsGather,
                    place("the derived table", ref.begin),
                    "a query inside FROM is not split over shards yet",
                    "write it as a join, or compare the shard key with a value"
                );
            case TableRef::Kind::kTable:
                return check_table(ref, classes, anchor, home);
            case TableRef::Kind::kJoin:
                break;
        }
        if (!is_outer_join(ref)) {
            MOSAIC_RETURN_IF_ERROR(check(*ref.left, classes, anchor, home));
            return check(*ref.right, classes, anchor, home);
        }
        return check_outer(ref, classes, anchor, home);
    }

private:
    static bool is_outer_join(const TableRef& ref) {
        return ref.join == JoinKind::kLeft || ref.join == JoinKind::kRight;
    }

    absl::Status check_outer(
        const TableRef& ref,
        const KeyClasses& classes,
        const BoundTable*& anchor,
        const TableRef* home
    ) {
        const bool is_left = ref.join == JoinKind::kLeft;
        const TableRef& preserved = is_left ? *ref.left : *ref.right;
        const TableRef& inner = is_left ? *ref.right : *ref.left;
        MOSAIC_RETURN_IF_ERROR(check(preserved, classes, anchor, home));
        const BoundTable* sharded_inside = first_sharded(inner);
        if (sharded_inside == nullptr) {
            const BoundTable* none = anchor;
            return check(inner, classes, none, &ref);
        }
        if (first_sharded(preserved) == nullptr) {
            return refuse(
                errors::kNeedsGather,
                place(is_left ? "LEFT JOIN" : "RIGHT JOIN", ref.begin),
                absl::StrFormat(
                    "its preserved side is the same on every shard, and its inner side %s is not: "
                    "each shard would add rows of NULLs",
                    name_of(*sharded_inside)
                ),
                "turn the join round, or make it an inner join"
            );
        }
        KeyClasses matched = classes;
        MOSAIC_RETURN_IF_ERROR(add_inner(inner, matched));
        add_matched(ref, inner, matched);
        return check(inner, matched, anchor, &ref);
    }

    absl::Status check_table(
        const TableRef& ref,
        const KeyClasses& classes,
        const BoundTable*& anchor,
        const TableRef* home
    ) {
        const BoundTable* table = find(ref);
        if (table == nullptr || table->table == nullptr) {
            return refuse(
                errors::kNeedsGather,
                place(absl::StrFormat("%s", ref.name), ref.begin),
                "a common table expression is not split over shards yet"
            );
        }
        if (table->table->kind == TableKind::kReference)
            return absl::OkStatus();
        if (table->table->kind == TableKind::kLocal) {
            return refuse(
                errors::kNeedsGather,
                place(absl::StrFormat("local table %s", ref.name), ref.begin),
                "its rows are on one shard only",
                "query it alone, or make it a reference table"
            );
        }
        homes_.emplace_back(table, home);
        if (anchor == nullptr)
            anchor = table;
        KeyClasses known = classes;
        known.add(proved_);
        if (anchor == table || known.same(anchor, table)) {
            proved_.equate(anchor, table);
            return absl::OkStatus();
        }
        return refuse(
            errors::kNeedsGather,
            place(absl::StrFormat("table %s", table->name), ref.begin),
            absl::StrFormat(
                "nothing proves that its rows are on the same shard as those of %s", anchor->name
            ),
            absl::StrFormat(
                "join them on equal shard keys, %s.%s = %s.%s",
                table->name,
                table->table->shard_key,
                anchor->name,
                anchor->table->shard_key
            )
        );
    }

    [[nodiscard]] const BoundTable* find(const TableRef& ref) const {
        for (const BoundTable& table : scope_.tables)
            if (table.ref == &ref)
                return &table;
        return nullptr;
    }

    void collect(const TableRef& ref, std::vector<const BoundTable*>& tables) const {
        if (ref.kind == TableRef::Kind::kJoin) {
            collect(*ref.left, tables);
            collect(*ref.right, tables);
        } else if (const BoundTable* table = find(ref)) {
            tables.push_back(table);
        }
    }

    [[nodiscard]] const BoundTable* first_sharded(const TableRef& ref) const {
        std::vector<const BoundTable*> tables;
        collect(ref, tables);
        for (const BoundTable* table : tables)
            if (is_sharded(*table))
                return table;
        return nullptr;
    }

    /// The one sharded table of `ref` that has the column as its shard key, if no other table of
    /// `ref` has a column of that name.
    [[nodiscard]] const BoundTable* key_owner(const TableRef& ref, std::string_view column) const {
        std::vector<const BoundTable*> tables;
        collect(ref, tables);
        const BoundTable* owner = nullptr;
        for (const BoundTable* table : tables) {
            if (table->definition == nullptr)
                return nullptr;
            if (table->definition->find_column(column) == nullptr)
                continue;
            if (owner != nullptr)
                return nullptr;
            owner = table;
        }
        const bool is_key =
            owner != nullptr && is_sharded(*owner) && is_same_name(owner->table->shard_key, column);
        return is_key ? owner : nullptr;
    }

    void add_using(const TableRef& ref, KeyClasses& classes) const {
        for (const std::string_view column : ref.using_columns) {
            const BoundTable* left = key_owner(*ref.left, column);
            const BoundTable* right = key_owner(*ref.right, column);
            if (left != nullptr && right != nullptr && can_colocate(*left, *right))
                classes.equate(left, right);
        }
    }

    /// Of an outer join's ON, only what touches the inner side: the rest need not hold in its rows.
    void add_matched(const TableRef& ref, const TableRef& inner, KeyClasses& classes) const {
        std::vector<const BoundTable*> inside;
        collect(inner, inside);
        const auto is_inside = [&](const BoundTable* table) {
            return std::find(inside.begin(), inside.end(), table) != inside.end();
        };
        for (const sql::Expr* condition : conjuncts(ref.on)) {
            if (condition->kind != sql::ExprKind::kBinary || condition->op != sql::Operator::kEqual)
                continue;
            const BoundTable* a = shard_key_of(*condition->args[0], scope_);
            const BoundTable* b = shard_key_of(*condition->args[1], scope_);
            if (a != nullptr && b != nullptr && (is_inside(a) || is_inside(b)))
                add_equalities(condition, scope_, classes);
        }
        add_using(ref, classes);
    }

    const Scope& scope_;
    FilterHomes& homes_;
    /// Tables found to be in the anchor's class wherever they have a row. An equality with their
    /// key holds for such rows only, so it carries on from one outer join to the next.
    KeyClasses proved_;
};

}  // namespace

void KeyClasses::equate(const BoundTable* a, const BoundTable* b) {
    pairs_.emplace_back(a, b);
}

void KeyClasses::add(const KeyClasses& other) {
    pairs_.insert(pairs_.end(), other.pairs_.begin(), other.pairs_.end());
}

bool KeyClasses::same(const BoundTable* a, const BoundTable* b) const {
    std::vector<const BoundTable*> reached{a};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        if (reached[i] == b)
            return true;
        for (const auto& [left, right] : pairs_) {
            const BoundTable* next =
                left == reached[i] ? right : (right == reached[i] ? left : nullptr);
            if (next != nullptr && std::find(reached.begin(), reached.end(), next) == reached.end())
                reached.push_back(next);
        }
    }
    return false;
}

const BoundTable* shard_key_of(const sql::Expr& expr, const Scope& scope) {
    if (expr.kind != sql::ExprKind::kColumn)
        return nullptr;
    const absl::StatusOr<BoundColumn> bound = resolve(expr, scope);
    if (!bound.ok() || bound->table == nullptr || !is_sharded(*bound->table))
        return nullptr;
    return is_same_name(bound->column->name, bound->table->table->shard_key) ? bound->table
                                                                             : nullptr;
}

bool can_colocate(const BoundTable& a, const BoundTable& b) {
    if (a.table->group != b.table->group)
        return false;
    const schema::ColumnDef* left = a.definition->find_column(a.table->shard_key);
    const schema::ColumnDef* right = b.definition->find_column(b.table->shard_key);
    // Text is compared in one collation only if both columns have it (rule 2).
    return left != nullptr && right != nullptr && left->collation == right->collation;
}

void add_equalities(const sql::Expr* condition, const Scope& scope, KeyClasses& classes) {
    for (const sql::Expr* part : conjuncts(condition)) {
        if (part->kind != sql::ExprKind::kBinary || part->op != sql::Operator::kEqual)
            continue;
        const BoundTable* a = shard_key_of(*part->args[0], scope);
        const BoundTable* b = shard_key_of(*part->args[1], scope);
        if (a != nullptr && b != nullptr && a != b && can_colocate(*a, *b))
            classes.equate(a, b);
    }
}

absl::Status check_joins(
    const sql::Select& select,
    const Scope& scope,
    const BoundTable* outer,
    KeyClasses& classes,
    FilterHomes& homes
) {
    JoinChecker checker(scope, homes);
    add_equalities(select.where, scope, classes);
    MOSAIC_RETURN_IF_ERROR(checker.add_inner(*select.from, classes));
    const BoundTable* anchor = outer;
    MOSAIC_RETURN_IF_ERROR(checker.check(*select.from, classes, anchor, nullptr));
    const bool has_preserved =
        std::any_of(scope.tables.begin(), scope.tables.end(), [](const BoundTable& table) {
            return is_sharded(table) && !table.is_null_extended;
        });
    if (outer != nullptr || has_preserved)
        return absl::OkStatus();
    return refuse(
        errors::kNeedsGather,
        place("FROM", select.from->begin),
        "its rows are the same on every shard, and the statement reads sharded rows elsewhere",
        "join the sharded table instead of asking it in a subquery"
    );
}

}  // namespace mosaic::plan
