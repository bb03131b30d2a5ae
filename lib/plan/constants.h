#pragma once

#include "plan/plan.h"
#include "sql/ast.h"

#include <optional>
#include <span>

namespace mosaic::plan {

/// The value of a literal (also one with a sign) or parameter, where it is known to compare and
/// store as that value. Empty: a literal with an introducer or of a date, a bit string, a cast,
/// anything else.
[[nodiscard]] std::optional<ValueRef> constant_of(const sql::Expr& expr);

/// Whether a condition without columns is true, where that is plain to see: `1 = 1`, `0`, `NULL`.
/// NULL counts as false.
[[nodiscard]] std::optional<bool> truth_of(const sql::Expr& expr);

/// A list of columns or values: the parts of a row, or the one.
[[nodiscard]] std::span<const sql::Expr* const> parts_of(const sql::Expr* const& expr);

}  // namespace mosaic::plan
