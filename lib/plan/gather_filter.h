#pragma once

#include "plan/bind.h"
#include "plan/routing.h"
#include "sql/arena.h"

#include <vector>

namespace mosaic::plan {

/// The conditions of its SELECT that every row of `table` must meet to matter, whatever it is
/// joined with: the conjuncts of WHERE and of the ON of inner joins, and for the inner side of an
/// outer join those of its ON. A row that no other rows let meet them can be left out before the
/// query runs: it would be dropped, or never be joined.
[[nodiscard]] std::vector<const sql::Expr*> conditions_on(
    const BoundTable& table, const Scope& scope, const Router& router
);

/// What of these conditions names nothing but columns of `table`, values, and pure functions; and
/// of one that is an OR, what each of its sides asks of the table. Null: nothing.
[[nodiscard]] const sql::Expr* filter_of(
    const BoundTable& table,
    const Scope& scope,
    const std::vector<const sql::Expr*>& conditions,
    sql::Arena& arena
);

/// The part of a table's rows that a condition lets through: a guess by its kind, to put the
/// small before the large.
[[nodiscard]] double guess_kept(const sql::Expr& condition);

}  // namespace mosaic::plan
