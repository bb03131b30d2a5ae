#pragma once

#include "sql/ast.h"

#include <cstdint>
#include <string_view>
#include <vector>

namespace mosaic::plan {

/// What one walk over a statement finds, in the order of the text as far as the tree keeps it.
struct Mentions {
    std::vector<const sql::TableRef*> tables;   ///< Not those that a WITH hides.
    std::vector<const sql::TableRef*> targets;  ///< Of a multi-table DELETE.
    std::vector<const sql::Expr*> qualified;    ///< Columns and stars with a schema before them.
    std::vector<const sql::Expr*> parameters;
    std::vector<const sql::Expr*> calls;  ///< Functions, variables, assignments, MATCH.
    std::vector<const sql::SelectItem*> items;
    std::vector<const sql::Query*> queries;
    std::vector<std::string_view> columns;  ///< Names of columns, those of USING too.
    std::vector<std::uint16_t> limit_parameters;  ///< Those that are the numbers of a LIMIT.
    bool has_star = false;                  ///< `*` or `t.*` as an item, or NATURAL JOIN: all columns.
};

[[nodiscard]] Mentions mentions_of(const sql::Statement& statement);

/// Of one expression, without a statement around it.
[[nodiscard]] Mentions mentions_of(const sql::Expr& expr);

}  // namespace mosaic::plan
