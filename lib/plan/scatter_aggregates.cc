#include "plan/faults.h"
#include "plan/scatter_groups.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::plan {

using merge::Aggregate;
using sql::Expr;
using sql::ExprKind;

Aggregate aggregate_of(Aggregate::Kind kind, std::size_t column) {
    Aggregate aggregate;
    aggregate.kind = kind;
    aggregate.column = column;
    aggregate.type_of = column;
    return aggregate;
}

std::size_t GroupsPlanner::add_aggregate(Aggregate aggregate) {
    spec_.aggregates.push_back(std::move(aggregate));
    return spec_.aggregates.size() - 1;
}

absl::Status GroupsPlanner::add_item_aggregate(const Expr& expr, std::size_t item) {
    // The hidden columns that it needs come after this one: its place is taken first.
    spec_.aggregates.push_back(aggregate_of(Aggregate::Kind::kFirst, item));
    MOSAIC_ASSIGN_OR_RETURN(Aggregate aggregate, make_aggregate(expr, item));
    spec_.aggregates[item] = std::move(aggregate);
    GroupedValue value{.column = item, .value = draft_.type(expr).value};
    known_.emplace_back(&expr, value);
    return absl::OkStatus();
}

bool GroupsPlanner::adds_quotients(const Expr& arg) const {
    return draft_.type(arg).value != ValueClass::kDouble && holds(arg, [](const Expr& node) {
               return node.kind == ExprKind::kBinary && node.op == sql::Operator::kDivide;
           });
}

absl::StatusOr<Aggregate> GroupsPlanner::make_aggregate(const Expr& expr, std::size_t column) {
    Aggregate result = aggregate_of(Aggregate::Kind::kFirst, column);
    const std::string_view name = expr.text;
    if (expr.args.empty()) {
        return refuse_here(
            expr, "its parts cannot be put together", "compare the shard key with a value"
        );
    }
    if ((name == "SUM" || name == "AVG") && adds_quotients(*expr.args[0])) {
        return refuse_here(
            expr,
            "servers add the quotients with more digits than the sum shows",
            "round them to the digits that count, or group by the shard key"
        );
    }
    if (is_distinct_aggregate(expr))
        return make_distinct(expr, result);
    if (name == "COUNT") {
        result.kind = Aggregate::Kind::kCount;
        return result;
    }
    if (name == "SUM") {
        result.kind = Aggregate::Kind::kSum;
        return result;
    }
    if (name == "AVG") {
        result.kind = Aggregate::Kind::kAverage;
        result.column = piece_.add_hidden(*piece_.make_aggregate("SUM", *expr.args[0]));
        result.count = piece_.add_hidden(*piece_.make_aggregate("COUNT", *expr.args[0]));
        return result;
    }
    if (name == "MIN" || name == "MAX")
        return make_extreme(expr, result);
    const bool is_bits = name == "BIT_AND" || name == "BIT_OR" || name == "BIT_XOR";
    if (is_bits && draft_.type(*expr.args[0]).value == ValueClass::kInteger) {
        result.kind = name == "BIT_AND"  ? Aggregate::Kind::kBitAnd
                      : name == "BIT_OR" ? Aggregate::Kind::kBitOr
                                         : Aggregate::Kind::kBitXor;
        return result;
    }
    return refuse_here(
        expr,
        "its parts cannot be put together exactly",
        "group by the shard key, or compare it with a value"
    );
}

absl::StatusOr<Aggregate> GroupsPlanner::make_distinct(const Expr& expr, Aggregate result) {
    const std::string_view name = expr.text;
    result.kind = name == "COUNT" ? Aggregate::Kind::kCountDistinct
                  : name == "SUM" ? Aggregate::Kind::kSumDistinct
                                  : Aggregate::Kind::kAverageDistinct;
    result.distinct = distinct_keys_;
    if (name == "AVG" && !draft_.context.schema.is_mariadb &&
        draft_.type(*expr.args[0]).value != ValueClass::kDouble) {
        return refuse_here(
            expr,
            "MySQL divides DISTINCT values with more digits than a merge can know",
            "divide SUM(DISTINCT) by COUNT(DISTINCT)"
        );
    }
    if (name == "COUNT" || is_numeric(draft_.type(*expr.args[0]).value))
        return result;
    return refuse_here(
        expr,
        "DISTINCT values that are not numbers are not added up",
        "convert the argument to a number"
    );
}

absl::StatusOr<Aggregate> GroupsPlanner::make_extreme(const Expr& expr, Aggregate result) {
    result.kind = expr.text == "MIN" ? Aggregate::Kind::kMin : Aggregate::Kind::kMax;
    const ExprType type = draft_.type(*expr.args[0]);
    // FLOAT: values that print alike print alike whichever is taken.
    if (is_numeric(type.value) || type.value == ValueClass::kTemporal ||
        type.value == ValueClass::kTime || type.value == ValueClass::kFloat ||
        type.value == ValueClass::kBytes)
        return result;
    // ENUM and SET: their text counts here, not their index.
    if (type.value != ValueClass::kText && type.value != ValueClass::kEnum) {
        return refuse_here(
            expr, "the type of its argument has no known order", "cast the argument"
        );
    }
    MOSAIC_ASSIGN_OR_RETURN(
        const KeyColumn key,
        piece_.add_key(
            {.expr = &expr, .item = draft_.names.find(expr)},
            Piece::Use::kIdentity,
            Piece::Rows::kGrouped,
            place(expr.text, expr.begin)
        )
    );
    result.comparison = key.comparison;
    return result;
}

std::size_t GroupsPlanner::first_of(std::size_t column) {
    for (std::size_t i = 0; i < spec_.aggregates.size(); ++i) {
        const Aggregate& aggregate = spec_.aggregates[i];
        if (aggregate.kind == Aggregate::Kind::kFirst && aggregate.column == column)
            return i;
    }
    return add_aggregate(aggregate_of(Aggregate::Kind::kFirst, column));
}

absl::StatusOr<std::optional<GroupedValue>> GroupsPlanner::find_grouped(const Expr& expr) {
    for (std::size_t i = 0; i < draft_.keys.size(); ++i) {
        if (!sql::equal(*draft_.keys[i].expr, expr))
            continue;
        // FLOAT and the like come as another number than they print: not for arithmetic.
        ValueClass value = draft_.type(expr).value;
        return GroupedValue{.column = first_of(key_columns_[i].column), .value = value};
    }
    if (expr.kind != ExprKind::kAggregate)
        return std::nullopt;
    for (const auto& [known, value] : known_)
        if (sql::equal(*known, expr))
            return value;
    const std::size_t column = piece_.add_hidden(expr);
    MOSAIC_ASSIGN_OR_RETURN(Aggregate aggregate, make_aggregate(expr, column));
    GroupedValue value{.value = draft_.type(expr).value};
    value.column = add_aggregate(std::move(aggregate));
    known_.emplace_back(&expr, value);
    return value;
}

absl::StatusOr<std::optional<GroupedValue>> GroupsPlanner::find_operand(const Expr& expr) {
    MOSAIC_ASSIGN_OR_RETURN(std::optional<GroupedValue> value, find_grouped(expr));
    if (value && expr.kind == ExprKind::kAggregate && expr.text == "AVG")
        MOSAIC_RETURN_IF_ERROR(add_average(expr, *value));
    return value;
}

absl::Status GroupsPlanner::add_average(const Expr& expr, GroupedValue& value) {
    const Aggregate average = spec_.aggregates[value.column];
    if (average.kind == Aggregate::Kind::kAverageDistinct) {
        // Its sum and count are not at hand: it is passed on, and compares as MariaDB does.
        if (!draft_.context.schema.is_mariadb && value.value != ValueClass::kDouble) {
            return refuse_here(
                expr,
                "what a server compares is not the average as it shows",
                "select it and compare it in the application"
            );
        }
        value.average = GroupedValue::Average{};
        return absl::OkStatus();
    }
    if (value.value == ValueClass::kNumeric && !draft_.context.schema.is_mariadb) {
        return refuse_here(
            expr,
            "whether it is exact depends on a type that the statement does not tell",
            "cast its argument"
        );
    }
    GroupedValue::Average parts;
    parts.sum = add_aggregate(aggregate_of(Aggregate::Kind::kSum, average.column));
    parts.count = add_aggregate(aggregate_of(Aggregate::Kind::kCount, average.count));
    value.average = parts;
    return absl::OkStatus();
}

}  // namespace mosaic::plan
