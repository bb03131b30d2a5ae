#include "plan/explain.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <string>
#include <string_view>
#include <vector>

namespace mosaic::plan {
namespace {

using merge::Aggregate;
using merge::Comparison;
using merge::Scalar;

std::string column_name(std::size_t column) {
    return absl::StrFormat("c%d", column);
}

std::string describe(const Comparison& comparison) {
    std::string text;
    switch (comparison.text) {
        case Comparison::Text::kNone:
            break;
        case Comparison::Text::kBytes:
            text = " as bytes";
            break;
        case Comparison::Text::kBytesPadded:
            text = " as bytes, padded";
            break;
        case Comparison::Text::kWeight:
            text = absl::StrFormat(" by weight c%d", comparison.weight);
            break;
        case Comparison::Text::kWeightPadded:
            text = absl::StrFormat(" by weight c%d, padded", comparison.weight);
            break;
    }
    if (comparison.prefix_max != 0)
        text.append(absl::StrFormat(" to %d bytes", comparison.prefix_max));
    return text;
}

std::string describe(const merge::SortSpec& sort) {
    std::vector<std::string> keys;
    for (const merge::SortKey& key : sort) {
        keys.push_back(
            column_name(key.column) + describe(key.comparison) + (key.is_descending ? " desc" : "")
        );
    }
    return absl::StrJoin(keys, ", ");
}

std::string describe(const std::vector<merge::GroupKey>& keys) {
    std::vector<std::string> texts;
    for (const merge::GroupKey& key : keys)
        texts.push_back(column_name(key.column) + describe(key.comparison));
    return absl::StrJoin(texts, ", ");
}

std::string describe(const Aggregate& aggregate) {
    using Kind = Aggregate::Kind;
    const std::string column = column_name(aggregate.column);
    switch (aggregate.kind) {
        case Kind::kFirst:
            return column;
        case Kind::kCount:
            return absl::StrFormat("count(%s)", column);
        case Kind::kSum:
            return absl::StrFormat("sum(%s)", column);
        case Kind::kMin:
            return absl::StrFormat("min(%s%s)", column, describe(aggregate.comparison));
        case Kind::kMax:
            return absl::StrFormat("max(%s%s)", column, describe(aggregate.comparison));
        case Kind::kAverage:
            return absl::StrFormat("%s / c%d", column, aggregate.count);
        case Kind::kCountDistinct:
            return absl::StrFormat("count(distinct %s)", describe(aggregate.distinct));
        case Kind::kSumDistinct:
            return absl::StrFormat("sum(distinct %s)", describe(aggregate.distinct));
        case Kind::kAverageDistinct:
            return absl::StrFormat("avg(distinct %s)", describe(aggregate.distinct));
        case Kind::kBitAnd:
            return absl::StrFormat("bit_and(%s)", column);
        case Kind::kBitOr:
            return absl::StrFormat("bit_or(%s)", column);
        case Kind::kBitXor:
            return absl::StrFormat("bit_xor(%s)", column);
    }
    return column;
}

std::string_view name_of(Scalar::Op op) {
    switch (op) {
        case Scalar::Op::kColumn:
        case Scalar::Op::kLiteral:
        case Scalar::Op::kParameter:
            return "";
        case Scalar::Op::kAdd:
            return "+";
        case Scalar::Op::kSubtract:
            return "-";
        case Scalar::Op::kMultiply:
            return "*";
        case Scalar::Op::kDivide:
            return "/";
        case Scalar::Op::kIntegerDivide:
            return "div";
        case Scalar::Op::kModulo:
            return "%";
        case Scalar::Op::kNegate:
            return "-";
        case Scalar::Op::kEqual:
            return "=";
        case Scalar::Op::kNullSafeEqual:
            return "<=>";
        case Scalar::Op::kNotEqual:
            return "<>";
        case Scalar::Op::kLess:
            return "<";
        case Scalar::Op::kLessEqual:
            return "<=";
        case Scalar::Op::kGreater:
            return ">";
        case Scalar::Op::kGreaterEqual:
            return ">=";
        case Scalar::Op::kAnd:
            return "and";
        case Scalar::Op::kOr:
            return "or";
        case Scalar::Op::kXor:
            return "xor";
        case Scalar::Op::kNot:
            return "not";
        case Scalar::Op::kIsNull:
            return "is_null";
        case Scalar::Op::kIsNotNull:
            return "is_not_null";
        case Scalar::Op::kBetween:
            return "between";
        case Scalar::Op::kIn:
            return "in";
        case Scalar::Op::kCoalesce:
            return "coalesce";
        case Scalar::Op::kNullIf:
            return "nullif";
        case Scalar::Op::kIf:
            return "if";
    }
    return "";
}

std::string describe(const Scalar& scalar) {
    if (scalar.op == Scalar::Op::kColumn)
        return column_name(scalar.column);
    if (scalar.op == Scalar::Op::kParameter)
        return absl::StrFormat("?%d", scalar.column + 1);
    if (scalar.op == Scalar::Op::kLiteral) {
        std::string text;
        append_literal(text, scalar.value, Backslash::kEscapes);
        return text;
    }
    std::vector<std::string> args;
    for (const Scalar& arg : scalar.args) args.push_back(describe(arg));
    const std::string_view name = name_of(scalar.op);
    const bool is_word = scalar.op >= Scalar::Op::kNot;
    if (args.size() == 2 && !is_word)
        return absl::StrFormat("(%s %s %s)", args[0], name, args[1]);
    return absl::StrFormat("%s(%s)", name, absl::StrJoin(args, ", "));
}

std::string describe(const merge::Count& count) {
    return count.parameter ? absl::StrFormat("?%d", *count.parameter + 1)
                           : absl::StrFormat("%d", count.value);
}

std::string describe(const merge::AggregateSpec& spec) {
    std::vector<std::string> aggregates;
    for (const Aggregate& aggregate : spec.aggregates) aggregates.push_back(describe(aggregate));
    const std::string list = absl::StrJoin(aggregates, ", ");
    if (spec.keys.empty())
        return absl::StrFormat("aggregate(%s)", list);
    return absl::StrFormat("group(by %s: %s)", describe(spec.keys), list);
}

std::string describe(const std::vector<merge::OutputColumn>& output) {
    std::vector<std::string> columns;
    for (const merge::OutputColumn& column : output)
        columns.push_back(column.scalar ? describe(*column.scalar) : column_name(column.column));
    return absl::StrJoin(columns, ", ");
}

}  // namespace

std::string describe(const merge::MergeSpec& spec) {
    std::vector<std::string> steps;
    steps.push_back(
        spec.sorted_by.empty() ? "in order of shards"
                               : absl::StrFormat("sorted(%s)", describe(spec.sorted_by))
    );
    if (spec.aggregate)
        steps.push_back(describe(*spec.aggregate));
    if (spec.having)
        steps.push_back(absl::StrFormat("having %s", describe(*spec.having)));
    if (!spec.distinct.empty())
        steps.push_back(absl::StrFormat("distinct(%s)", describe(spec.distinct)));
    if (!spec.computed.empty()) {
        std::vector<std::string> computed;
        for (const Scalar& scalar : spec.computed) computed.push_back(describe(scalar));
        steps.push_back(absl::StrFormat("compute(%s)", absl::StrJoin(computed, ", ")));
    }
    if (!spec.sort.empty())
        steps.push_back(absl::StrFormat("sort(%s)", describe(spec.sort)));
    if (spec.offset.parameter || spec.offset.value != 0)
        steps.push_back(absl::StrFormat("skip %s", describe(spec.offset)));
    if (spec.limit)
        steps.push_back(absl::StrFormat("limit %s", describe(*spec.limit)));
    if (!spec.output.empty())
        steps.push_back(absl::StrFormat("give %s", describe(spec.output)));
    return absl::StrJoin(steps, " then ");
}

}  // namespace mosaic::plan
