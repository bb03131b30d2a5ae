#include "plan/gather_filter.h"

#include "plan/scatter_tree.h"

#include <algorithm>
#include <vector>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;

bool is_plain(const Expr& node, const BoundTable& table, const Scope& scope) {
    switch (node.kind) {
        case ExprKind::kColumn: {
            const absl::StatusOr<BoundColumn> bound = resolve(node, scope);
            return bound.ok() && bound->table == &table && bound->column != nullptr;
        }
        case ExprKind::kFunction:
            return classify_call(node) == FunctionClass::kPure;
        case ExprKind::kStar:
        case ExprKind::kSystemVariable:
        case ExprKind::kUserVariable:
        case ExprKind::kAssign:
        case ExprKind::kAggregate:
        case ExprKind::kWindow:
        case ExprKind::kMatch:
        case ExprKind::kSubquery:
        case ExprKind::kExists:
        case ExprKind::kQuantified:
        case ExprKind::kDefault:
        case ExprKind::kValues:
        case ExprKind::kHole:
            return false;
        default:  // NOLINT: operators, literals and parameters
            return node.query == nullptr;
    }
}

/// Whether the condition can be asked of `table` alone; one that names no column of it is left to
/// the query.
bool is_about(const Expr& condition, const BoundTable& table, const Scope& scope) {
    const auto is_column = [](const Expr& node) { return node.kind == ExprKind::kColumn; };
    return holds(condition, is_column) &&
           !holds(condition, [&](const Expr& node) { return !is_plain(node, table, scope); });
}

/// Collects the conjuncts that bind one table.
class Collector {
public:
    explicit Collector(const BoundTable& table) : table_(table) {}

    void add(const Expr* condition) {
        for (const Expr* conjunct : conjuncts(condition)) found_.push_back(conjunct);
    }

    /// \return whether the table is inside `ref`
    bool add_joins(const sql::TableRef& ref) {
        if (ref.kind != sql::TableRef::Kind::kJoin)
            return &ref == table_.ref;
        const bool is_left = add_joins(*ref.left);
        const bool is_right = add_joins(*ref.right);
        if (!is_left && !is_right)
            return false;
        const bool is_inner_side = (ref.join == sql::JoinKind::kLeft && is_right) ||
                                   (ref.join == sql::JoinKind::kRight && is_left);
        const bool is_outer = ref.join == sql::JoinKind::kLeft || ref.join == sql::JoinKind::kRight;
        // Once rows of the table may have been extended with NULLs, a condition on them says
        // nothing of the table's own rows; nor does that of an outer join on the side it keeps.
        if (!is_extended_ && (!is_outer || is_inner_side))
            add(ref.on);
        is_extended_ = is_extended_ || is_inner_side;
        return true;
    }

    [[nodiscard]] bool is_extended() const { return is_extended_; }

    [[nodiscard]] const std::vector<const Expr*>& found() const { return found_; }

private:
    const BoundTable& table_;
    bool is_extended_ = false;
    std::vector<const Expr*> found_;
};

/// Finds what conditions ask of one table alone.
class FilterMaker {
public:
    FilterMaker(const BoundTable& table, const Scope& scope, sql::Arena& arena)
        : table_(table), scope_(scope), arena_(arena) {}

    /// Null: nothing.
    const Expr* all_of(const std::vector<const Expr*>& conditions) {
        const Expr* all = nullptr;
        for (const Expr* condition : conditions)
            all = join(sql::Operator::kAnd, all, part_of(*condition));
        return all;
    }

private:
    const Expr* part_of(const Expr& condition) {
        if (is_about(condition, table_, scope_))
            return &condition;
        const bool is_either =
            condition.kind == ExprKind::kBinary && condition.op == sql::Operator::kOr;
        if (!is_either)
            return nullptr;
        // A row for which neither part holds is in no row for which the whole does.
        const Expr* left = all_of(conjuncts(condition.args[0]));
        const Expr* right = all_of(conjuncts(condition.args[1]));
        return left == nullptr || right == nullptr ? nullptr
                                                   : join(sql::Operator::kOr, left, right);
    }

    /// Either may be null.
    const Expr* join(sql::Operator op, const Expr* left, const Expr* right) {
        if (left == nullptr || right == nullptr)
            return left == nullptr ? right : left;
        Expr both;
        both.kind = ExprKind::kBinary;
        both.op = op;
        both.args = arena_.copy(std::vector<const Expr*>{left, right});
        return arena_.make(both);
    }

    const BoundTable& table_;
    const Scope& scope_;
    sql::Arena& arena_;
};

}  // namespace

std::vector<const Expr*> conditions_on(
    const BoundTable& table, const Scope& scope, const Router& router
) {
    const sql::Query* query = router.query_of(scope);
    if (query == nullptr || query->select->from == nullptr)
        return {};
    Collector collector(table);
    collector.add_joins(*query->select->from);
    if (!collector.is_extended())
        collector.add(query->select->where);
    return collector.found();
}

const Expr* filter_of(
    const BoundTable& table,
    const Scope& scope,
    const std::vector<const Expr*>& conditions,
    sql::Arena& arena
) {
    return FilterMaker(table, scope, arena).all_of(conditions);
}

double guess_kept(const Expr& condition) {
    if (condition.is_negated)
        return 0.9;
    if (condition.kind == ExprKind::kIn)
        return std::min(0.5, 0.05 * static_cast<double>(condition.args.size()));
    if (condition.kind == ExprKind::kBetween || condition.kind == ExprKind::kLike)
        return 0.15;
    if (condition.kind != ExprKind::kBinary)
        return 0.5;
    if (condition.op == sql::Operator::kAnd)
        return guess_kept(*condition.args[0]) * guess_kept(*condition.args[1]);
    if (condition.op == sql::Operator::kOr)
        return std::min(1.0, guess_kept(*condition.args[0]) + guess_kept(*condition.args[1]));
    if (condition.op == sql::Operator::kEqual)
        return 0.05;
    return condition.op == sql::Operator::kNotEqual ? 0.9 : 0.4;
}

}  // namespace mosaic::plan
