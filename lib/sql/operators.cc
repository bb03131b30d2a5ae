#include "sql/operators.h"

namespace mosaic::sql {

int level_of(Operator op) {
    switch (op) {
        case Operator::kOr:
            return kOrLevel;
        case Operator::kXor:
            return kXorLevel;
        case Operator::kAnd:
            return kAndLevel;
        case Operator::kNot:
            return kNotLevel;
        case Operator::kEqual:
        case Operator::kNullSafeEqual:
        case Operator::kNotEqual:
        case Operator::kLess:
        case Operator::kLessEqual:
        case Operator::kGreater:
        case Operator::kGreaterEqual:
            return kCompareLevel;
        case Operator::kSoundsLike:
        case Operator::kMemberOf:
            return kPredicateLevel;
        case Operator::kBitOr:
            return kBitOrLevel;
        case Operator::kBitAnd:
            return kBitAndLevel;
        case Operator::kShiftLeft:
        case Operator::kShiftRight:
            return kShiftLevel;
        case Operator::kAdd:
        case Operator::kSubtract:
            return kAddLevel;
        case Operator::kMultiply:
        case Operator::kDivide:
        case Operator::kIntegerDivide:
        case Operator::kModulo:
            return kMultiplyLevel;
        case Operator::kBitXor:
            return kBitXorLevel;
        case Operator::kConcat:
            return kConcatLevel;
        case Operator::kNegate:
        case Operator::kPlus:
        case Operator::kBitNot:
        case Operator::kBang:
        case Operator::kBinaryCast:
            return kUnaryLevel;
        case Operator::kJsonExtract:
        case Operator::kJsonUnquote:
            return kCollateLevel;
        case Operator::kNone:
            break;
    }
    return kOperandLevel;
}

std::string_view operator_text(Operator op) {
    switch (op) {
        case Operator::kOr:
            return "OR";
        case Operator::kXor:
            return "XOR";
        case Operator::kAnd:
            return "AND";
        case Operator::kNot:
            return "NOT";
        case Operator::kEqual:
            return "=";
        case Operator::kNullSafeEqual:
            return "<=>";
        case Operator::kNotEqual:
            return "<>";
        case Operator::kLess:
            return "<";
        case Operator::kLessEqual:
            return "<=";
        case Operator::kGreater:
            return ">";
        case Operator::kGreaterEqual:
            return ">=";
        case Operator::kBitOr:
            return "|";
        case Operator::kBitAnd:
            return "&";
        case Operator::kShiftLeft:
            return "<<";
        case Operator::kShiftRight:
            return ">>";
        case Operator::kBitXor:
            return "^";
        case Operator::kAdd:
            return "+";
        case Operator::kSubtract:
            return "-";
        case Operator::kMultiply:
            return "*";
        case Operator::kDivide:
            return "/";
        case Operator::kIntegerDivide:
            return "DIV";
        case Operator::kModulo:
            return "MOD";
        case Operator::kNegate:
            return "-";
        case Operator::kPlus:
            return "+";
        case Operator::kBitNot:
            return "~";
        case Operator::kBang:
            return "!";
        case Operator::kBinaryCast:
            return "BINARY ";
        case Operator::kConcat:
            return "||";
        case Operator::kSoundsLike:
            return "SOUNDS LIKE";
        case Operator::kJsonExtract:
            return "->";
        case Operator::kJsonUnquote:
            return "->>";
        case Operator::kMemberOf:
            return "MEMBER OF";
        case Operator::kNone:
            break;
    }
    return "";
}

int binding_level(const Expr& expr) {
    switch (expr.kind) {
        case ExprKind::kAssign:
            return kAssignLevel;
        case ExprKind::kUnary:
        case ExprKind::kBinary:
            return level_of(expr.op);
        case ExprKind::kIs:
        case ExprKind::kQuantified:
            return kCompareLevel;
        case ExprKind::kBetween:
        case ExprKind::kIn:
        case ExprKind::kLike:
        case ExprKind::kRegexp:
            return kPredicateLevel;
        case ExprKind::kCollate:
            return kCollateLevel;
        default:
            return kOperandLevel;
    }
}

}  // namespace mosaic::sql
