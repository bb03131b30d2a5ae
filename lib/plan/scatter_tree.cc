#include "plan/scatter_tree.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::plan {

using sql::Expr;
using sql::ExprKind;

bool is_same_name(std::string_view a, std::string_view b) {
    return absl::EqualsIgnoreCase(
        absl::string_view(a.data(), a.size()), absl::string_view(b.data(), b.size())
    );
}

std::vector<const Expr*> children(const Expr& expr) {
    std::vector<const Expr*> result(expr.args.begin(), expr.args.end());
    for (const sql::OrderItem& item : expr.order_by) result.push_back(item.expr);
    if (expr.separator != nullptr)
        result.push_back(expr.separator);
    if (expr.window != nullptr) {
        const auto& parts = expr.window->partition_by;
        result.insert(result.end(), parts.begin(), parts.end());
        for (const sql::OrderItem& item : expr.window->order_by) result.push_back(item.expr);
    }
    return result;
}

void walk(const Expr& expr, const std::function<bool(const Expr&)>& visit) {
    if (!visit(expr))
        return;
    for (const Expr* child : children(expr)) walk(*child, visit);
}

bool holds(const Expr& expr, const std::function<bool(const Expr&)>& predicate) {
    bool found = false;
    walk(expr, [&](const Expr& node) {
        found = found || predicate(node);
        return !found;
    });
    return found;
}

bool holds_aggregate(const Expr& expr) {
    bool found = false;
    walk(expr, [&](const Expr& node) {
        found = found || node.kind == ExprKind::kAggregate;
        if (node.kind != ExprKind::kWindow)
            return !found;
        // SUM(x) OVER (..) is no aggregate of the query, but SUM(COUNT(*)) OVER (..) holds one.
        std::vector<const Expr*> below = children(*node.args[0]);
        const std::vector<const Expr*> all = children(node);
        below.insert(below.end(), all.begin() + 1, all.end());
        for (const Expr* child : below) found = found || holds_aggregate(*child);
        return false;
    });
    return found;
}

bool holds_window(const Expr& expr) {
    return holds(expr, [](const Expr& node) { return node.kind == ExprKind::kWindow; });
}

const Expr* rewrite(
    const Expr& expr, sql::Arena& arena, const std::function<const Expr*(const Expr&)>& replace
) {
    if (const Expr* replaced = replace(expr))
        return replaced;
    Expr copy = expr;
    std::vector<const Expr*> args;
    for (const Expr* arg : expr.args) args.push_back(rewrite(*arg, arena, replace));
    copy.args = arena.copy(args);
    const auto copy_order = [&](std::span<const sql::OrderItem> items) {
        std::vector<sql::OrderItem> order;
        for (const sql::OrderItem& item : items)
            order.push_back({rewrite(*item.expr, arena, replace), item.is_descending});
        return arena.copy(order);
    };
    copy.order_by = copy_order(expr.order_by);
    if (expr.window != nullptr) {
        sql::Window window = *expr.window;
        std::vector<const Expr*> parts;
        for (const Expr* part : window.partition_by)
            parts.push_back(rewrite(*part, arena, replace));
        window.partition_by = arena.copy(parts);
        window.order_by = copy_order(window.order_by);
        copy.window = arena.make(window);
    }
    return arena.make(copy);
}

std::vector<const Expr*> conjuncts(const Expr* condition) {
    if (condition == nullptr)
        return {};
    if (condition->kind != ExprKind::kBinary || condition->op != sql::Operator::kAnd)
        return {condition};
    std::vector<const Expr*> result = conjuncts(condition->args[0]);
    const std::vector<const Expr*> right = conjuncts(condition->args[1]);
    result.insert(result.end(), right.begin(), right.end());
    return result;
}

std::string place(std::string_view construct, std::uint32_t begin) {
    return absl::StrFormat("%s at byte %d", construct, begin);
}

absl::Status refuse(
    const ErrorRow& row,
    std::string_view what,
    std::string_view why,
    std::string_view remedy,
    ErrorDetail detail
) {
    return make_error(
        row,
        absl::StrFormat(
            "answer over several shards, %s: %s; %s", what, why, remedy.empty() ? kBindKey : remedy
        ),
        std::move(detail)
    );
}

}  // namespace mosaic::plan
