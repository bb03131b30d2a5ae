#pragma once

#include "plan/bind.h"
#include "plan/routing.h"

#include <cstddef>
#include <span>
#include <vector>

namespace mosaic::plan {

/// A table that a gathered statement mentions, and where.
struct GatherMention {
    const BoundTable* table = nullptr;
    const Scope* scope = nullptr;
    std::vector<const sql::Expr*> conditions;  ///< conditions_on() it.
};

/// Rows of mention `to` matter only if their column has a value that `from_column` has in a row of
/// mention `from` that matters. Columns are integers without ZEROFILL: their values compare as they
/// print.
struct KeyLink {
    std::size_t to = 0;
    const schema::ColumnDef* to_column = nullptr;
    std::size_t from = 0;
    const schema::ColumnDef* from_column = nullptr;
    friend bool operator==(const KeyLink&, const KeyLink&) = default;
};

/// The links that the conditions of each mention prove:
///   - `t.x = u.y`, where u is in the same SELECT or in one around it: a row of t without a partner
///     is dropped, whatever the values of u around it are;
///   - the same in all sides of an OR;
///   - `t.x IN (SELECT u.y ..)`: t to u; and u to t where the values of u that are left out change
///     nothing for those that stay (no LIMIT, windows, ROLLUP; groups by u.y).
/// A value that is NULL equals nothing.
[[nodiscard]] std::vector<KeyLink> links_of(
    std::span<const GatherMention> mentions, const Router& router
);

}  // namespace mosaic::plan
