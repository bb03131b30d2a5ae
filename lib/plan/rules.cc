#include "plan/rules.h"

#include "plan/constants.h"

#include <absl/strings/match.h>

#include <optional>
#include <utility>

namespace mosaic::plan {
namespace {

using Op = RouteRule::Op;

// A text that a server may compare as a double is exact only up to here.
constexpr std::size_t kExactDigitsMax = 15;

RouteRule simple(Op op) {
    RouteRule rule;
    rule.op = op;
    return rule;
}

RouteRule keys(Op op, ValueRef value) {
    RouteRule rule = simple(op);
    rule.values.push_back(std::move(value));
    return rule;
}

bool is_null(const ValueRef& ref) {
    const Value* value = std::get_if<Value>(&ref);
    return value != nullptr && value->is_null();
}

/// Whether ids of the table name the bucket of their rows, and `column` holds them.
bool is_composite_column(const BoundTable& table, const schema::ColumnDef& column) {
    const auto& ids = table.table->ids;
    const bool is_integer =
        column.type == ColumnType::kBigInt && !column.is_zerofill && !column.is_generated;
    return ids && ids->scheme == "composite" && is_same_column(ids->column, column.name) &&
           is_integer;
}

/// kKeys or kCompositeIds for a column that tells the row's bucket; kAll for others.
Op op_of(const sql::Expr& expr, const BoundTable& table, const Scope& scope) {
    if (expr.kind != sql::ExprKind::kColumn || table.table == nullptr ||
        table.table->kind != topology::TableKind::kSharded)
        return Op::kAll;
    const auto bound = resolve(expr, scope);
    if (!bound.ok() || bound->table != &table)
        return Op::kAll;
    if (is_same_column(bound->column->name, table.table->shard_key))
        return Op::kKeys;
    return is_composite_column(table, *bound->column) ? Op::kCompositeIds : Op::kAll;
}

RouteRule compare(
    const sql::Expr& column,
    const sql::Expr& value,
    sql::Operator op,
    const BoundTable& table,
    const Scope& scope
) {
    const Op kind = op_of(column, table, scope);
    if (kind == Op::kAll)
        return {};
    std::optional<ValueRef> constant = constant_of(value);
    if (!constant)
        return {};
    if (op == sql::Operator::kNullSafeEqual) {
        // NULL <=> NULL is true of rows that an outer join has extended.
        const bool may_be_null =
            is_null(*constant) || std::holds_alternative<std::uint16_t>(*constant);
        if (may_be_null && table.is_null_extended)
            return {};
    }
    if (is_null(*constant))
        return simple(Op::kNone);
    return keys(kind, *std::move(constant));
}

RouteRule equality(const sql::Expr& condition, const BoundTable& table, const Scope& scope) {
    const auto left = parts_of(condition.args[0]);
    const auto right = parts_of(condition.args[1]);
    if (left.size() != right.size())
        return {};
    std::vector<RouteRule> parts;
    for (std::size_t i = 0; i < left.size(); ++i) {
        parts.push_back(compare(*left[i], *right[i], condition.op, table, scope));
        parts.push_back(compare(*right[i], *left[i], condition.op, table, scope));
    }
    return all_of(std::move(parts));
}

RouteRule in_list(const sql::Expr& in, const BoundTable& table, const Scope& scope) {
    if (in.is_negated || in.query != nullptr || in.args.size() < 2)
        return {};
    const auto columns = parts_of(in.args[0]);
    std::vector<RouteRule> parts;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (op_of(*columns[i], table, scope) == Op::kAll)
            continue;
        std::vector<RouteRule> choices;
        for (const sql::Expr* const& choice : in.args.subspan(1)) {
            const auto values = parts_of(choice);
            if (values.size() != columns.size())
                return {};
            choices.push_back(compare(*columns[i], *values[i], sql::Operator::kEqual, table, scope)
            );
        }
        parts.push_back(any_of(std::move(choices)));
    }
    return all_of(std::move(parts));
}

/// `key BETWEEN v AND v`
RouteRule between(const sql::Expr& condition, const BoundTable& table, const Scope& scope) {
    if (condition.is_negated)
        return {};
    const std::optional<ValueRef> low = constant_of(*condition.args[1]);
    const std::optional<ValueRef> high = constant_of(*condition.args[2]);
    if (!low || !high || *low != *high)
        return {};
    const Value* value = std::get_if<Value>(&*low);
    if (value == nullptr)
        return {};
    const bool is_integer = value->kind() == ValueKind::kInt || value->kind() == ValueKind::kUint;
    if (!is_integer &&
        (value->kind() != ValueKind::kText || value->text().size() > kExactDigitsMax))
        return {};
    return compare(*condition.args[0], *condition.args[1], sql::Operator::kEqual, table, scope);
}

}  // namespace

bool is_same_column(std::string_view a, std::string_view b) {
    return absl::EqualsIgnoreCase(
        absl::string_view(a.data(), a.size()), absl::string_view(b.data(), b.size())
    );
}

RouteRule all_of(std::vector<RouteRule> parts) {
    std::vector<RouteRule> kept;
    for (RouteRule& part : parts) {
        if (part.op == Op::kNone)
            return simple(Op::kNone);
        if (part.op == Op::kAnd) {
            for (RouteRule& inner : part.parts) kept.push_back(std::move(inner));
        } else if (part.op != Op::kAll) {
            kept.push_back(std::move(part));
        }
    }
    if (kept.empty())
        return {};
    if (kept.size() == 1)
        return std::move(kept.front());
    RouteRule rule = simple(Op::kAnd);
    rule.parts = std::move(kept);
    return rule;
}

RouteRule any_of(std::vector<RouteRule> parts) {
    std::vector<RouteRule> kept;
    const auto keep = [&kept](RouteRule&& part) {
        const bool has_values = part.op == Op::kKeys || part.op == Op::kCompositeIds;
        if (has_values) {
            for (RouteRule& other : kept) {
                if (other.op != part.op)
                    continue;
                for (ValueRef& value : part.values) other.values.push_back(std::move(value));
                return;
            }
        }
        kept.push_back(std::move(part));
    };
    for (RouteRule& part : parts) {
        if (part.op == Op::kAll)
            return {};
        if (part.op == Op::kOr) {
            for (RouteRule& inner : part.parts) keep(std::move(inner));
        } else if (part.op != Op::kNone) {
            keep(std::move(part));
        }
    }
    if (kept.empty())
        return simple(Op::kNone);
    if (kept.size() == 1)
        return std::move(kept.front());
    RouteRule rule = simple(Op::kOr);
    rule.parts = std::move(kept);
    return rule;
}

RouteRule rule_of(const sql::Expr& condition, const BoundTable& table, const Scope& scope) {
    if (const std::optional<bool> truth = truth_of(condition))
        return *truth ? RouteRule{} : simple(Op::kNone);
    if (condition.kind == sql::ExprKind::kIn)
        return in_list(condition, table, scope);
    if (condition.kind == sql::ExprKind::kBetween)
        return between(condition, table, scope);
    if (condition.kind != sql::ExprKind::kBinary)
        return {};
    if (condition.op == sql::Operator::kEqual || condition.op == sql::Operator::kNullSafeEqual)
        return equality(condition, table, scope);
    if (condition.op != sql::Operator::kAnd && condition.op != sql::Operator::kOr)
        return {};
    std::vector<RouteRule> parts;
    parts.push_back(rule_of(*condition.args[0], table, scope));
    parts.push_back(rule_of(*condition.args[1], table, scope));
    return condition.op == sql::Operator::kAnd ? all_of(std::move(parts))
                                               : any_of(std::move(parts));
}

bool is_shard_key(const sql::Expr& expr, const BoundTable& table, const Scope& scope) {
    return op_of(expr, table, scope) == Op::kKeys;
}

}  // namespace mosaic::plan
