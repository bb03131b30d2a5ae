#pragma once

#include "sql/operators.h"
#include "sql/terminals.h"

#include <array>

namespace mosaic::sql {

/// What stands between two operands, or behind one, and how tightly it binds.
struct Infix {
    Level level = kAssignLevel;  ///< kAssignLevel: it is no operator.
    Operator op = Operator::kNone;
};

namespace infixes {

struct Row {
    Terminal terminal;
    Infix infix;
};

inline constexpr Row kRows[] = {
    {"OR", {kOrLevel, Operator::kOr}},
    {"||", {kOrLevel, Operator::kOr}},
    {"XOR", {kXorLevel, Operator::kXor}},
    {"AND", {kAndLevel, Operator::kAnd}},
    {"&&", {kAndLevel, Operator::kAnd}},
    {"=", {kCompareLevel, Operator::kEqual}},
    {"<=>", {kCompareLevel, Operator::kNullSafeEqual}},
    {"<>", {kCompareLevel, Operator::kNotEqual}},
    {"!=", {kCompareLevel, Operator::kNotEqual}},
    {"<", {kCompareLevel, Operator::kLess}},
    {"<=", {kCompareLevel, Operator::kLessEqual}},
    {">", {kCompareLevel, Operator::kGreater}},
    {">=", {kCompareLevel, Operator::kGreaterEqual}},
    {"IS", {kCompareLevel, Operator::kNone}},
    {"NOT", {kPredicateLevel, Operator::kNone}},
    {"IN", {kPredicateLevel, Operator::kNone}},
    {"BETWEEN", {kPredicateLevel, Operator::kNone}},
    {"LIKE", {kPredicateLevel, Operator::kNone}},
    {"REGEXP", {kPredicateLevel, Operator::kNone}},
    {"RLIKE", {kPredicateLevel, Operator::kNone}},
    {"SOUNDS", {kPredicateLevel, Operator::kSoundsLike}},
    {"MEMBER", {kPredicateLevel, Operator::kMemberOf}},
    {"|", {kBitOrLevel, Operator::kBitOr}},
    {"&", {kBitAndLevel, Operator::kBitAnd}},
    {"<<", {kShiftLevel, Operator::kShiftLeft}},
    {">>", {kShiftLevel, Operator::kShiftRight}},
    {"+", {kAddLevel, Operator::kAdd}},
    {"-", {kAddLevel, Operator::kSubtract}},
    {"*", {kMultiplyLevel, Operator::kMultiply}},
    {"/", {kMultiplyLevel, Operator::kDivide}},
    {"%", {kMultiplyLevel, Operator::kModulo}},
    {"DIV", {kMultiplyLevel, Operator::kIntegerDivide}},
    {"MOD", {kMultiplyLevel, Operator::kModulo}},
    {"^", {kBitXorLevel, Operator::kBitXor}},
    {"COLLATE", {kCollateLevel, Operator::kNone}},
    {"->", {kCollateLevel, Operator::kJsonExtract}},
    {"->>", {kCollateLevel, Operator::kJsonUnquote}},
};

/// By number of terminal: most tokens are no operator, and one look tells.
inline constexpr std::array<Infix, terminals::kCount> kAll = [] {
    std::array<Infix, terminals::kCount> all{};
    for (const Row& row : kRows) all[row.terminal.number()] = row.infix;
    return all;
}();

}  // namespace infixes
}  // namespace mosaic::sql
