#pragma once

#include "sql/ast.h"

#include <cstdint>
#include <string_view>

namespace mosaic::sql {

/// How tightly operators bind, loosest first: an operand of a lower level needs parentheses.
enum Level : std::uint8_t {
    kAssignLevel,
    kOrLevel,
    kXorLevel,
    kAndLevel,
    kNotLevel,
    kCompareLevel,
    kPredicateLevel,
    kBitOrLevel,
    kBitAndLevel,
    kShiftLevel,
    kAddLevel,
    kMultiplyLevel,
    kBitXorLevel,
    kConcatLevel,
    kUnaryLevel,
    kCollateLevel,
    kOperandLevel,
};

[[nodiscard]] int level_of(Operator op);

/// The level of an expression's outermost operator; kOperandLevel without one.
[[nodiscard]] int binding_level(const Expr& expr);

/// As written in SQL: `<=>`, `AND`.
[[nodiscard]] std::string_view operator_text(Operator op);

}  // namespace mosaic::sql
