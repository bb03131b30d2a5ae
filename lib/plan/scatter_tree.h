#pragma once

#include "base/status.h"
#include "sql/arena.h"
#include "sql/ast.h"

#include <absl/status/status.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Walking and rewriting expressions, and how the scatter planner says no.
namespace mosaic::plan {

/// Names are compared as servers compare those of columns: without case.
[[nodiscard]] bool is_same_name(std::string_view a, std::string_view b);

/// The expressions straight below `expr`, in order; not those of its subquery.
[[nodiscard]] std::vector<const sql::Expr*> children(const sql::Expr& expr);

/// Calls `visit` for `expr` and all below it, except inside subqueries and where it says false.
void walk(const sql::Expr& expr, const std::function<bool(const sql::Expr&)>& visit);

/// Whether it holds for `expr` or anything below it outside of subqueries.
[[nodiscard]] bool holds(
    const sql::Expr& expr, const std::function<bool(const sql::Expr&)>& predicate
);

[[nodiscard]] bool holds_aggregate(const sql::Expr& expr);
[[nodiscard]] bool holds_window(const sql::Expr& expr);

/// A copy of `expr` in which `replace` has its way: null keeps a node and goes on below it.
/// Subqueries are shared, not copied, unless `replace` does.
[[nodiscard]] const sql::Expr* rewrite(
    const sql::Expr& expr,
    sql::Arena& arena,
    const std::function<const sql::Expr*(const sql::Expr&)>& replace
);

/// The conjuncts of a condition that are joined by AND at its top. Null: none.
[[nodiscard]] std::vector<const sql::Expr*> conjuncts(const sql::Expr* condition);

/// `construct at byte n`, for messages.
[[nodiscard]] std::string place(std::string_view construct, std::uint32_t begin);

/// `answer over several shards, <what>: <why>; <remedy>`.
[[nodiscard]] absl::Status refuse(
    const ErrorRow& row,
    std::string_view what,
    std::string_view why,
    std::string_view remedy = {},
    ErrorDetail detail = {}
);

/// The usual remedy: a statement that one shard answers needs no merge.
inline constexpr std::string_view kBindKey =
    "compare the shard key with a value, so that one shard answers";

}  // namespace mosaic::plan
