#pragma once

#include "plan/bind.h"
#include "plan/routing.h"
#include "sql/arena.h"

namespace mosaic::plan {

/// The part of its SELECT's conditions that a table's own rows must meet, whatever they are joined
/// with: the conjuncts of WHERE and of the ON of inner joins, and for the inner side of an outer
/// join those of its ON, that name nothing but columns of `table`, values, and pure functions.
/// Null: there is none. Rows that do not meet it can be left out before the query runs: they would
/// be dropped, or never be joined.
[[nodiscard]] const sql::Expr* filter_of(
    const BoundTable& table, const Scope& scope, const Router& router, sql::Arena& arena
);

}  // namespace mosaic::plan
