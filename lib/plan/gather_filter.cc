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

/// Collects the conjuncts for one table.
class Collector {
public:
    Collector(const BoundTable& table, const Scope& scope) : table_(table), scope_(scope) {}

    void add(const Expr* condition) {
        for (const Expr* conjunct : conjuncts(condition)) {
            if (is_about(*conjunct, table_, scope_))
                found_.push_back(conjunct);
        }
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
    const Scope& scope_;
    bool is_extended_ = false;
    std::vector<const Expr*> found_;
};

}  // namespace

const Expr* filter_of(
    const BoundTable& table, const Scope& scope, const Router& router, sql::Arena& arena
) {
    const sql::Query* query = router.query_of(scope);
    if (query == nullptr || query->select->from == nullptr)
        return nullptr;
    Collector collector(table, scope);
    collector.add_joins(*query->select->from);
    if (!collector.is_extended())
        collector.add(query->select->where);
    const Expr* all = nullptr;
    for (const Expr* conjunct : collector.found()) {
        if (all == nullptr) {
            all = conjunct;
            continue;
        }
        Expr both;
        both.kind = ExprKind::kBinary;
        both.op = sql::Operator::kAnd;
        both.args = arena.copy(std::vector<const Expr*>{all, conjunct});
        all = arena.make(both);
    }
    return all;
}

}  // namespace mosaic::plan
