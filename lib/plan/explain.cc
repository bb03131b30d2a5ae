#include "plan/explain.h"

#include "base/status.h"
#include "plan/insert_targets.h"
#include "plan/plan.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mosaic::plan {
namespace {

using Op = RouteRule::Op;
using topology::Topology;

constexpr std::size_t kValuesShown = 4;

/// Why a statement goes where it goes.
class Reasons {
public:
    Reasons(std::span<const Value> values, const Topology& topology, Backslash backslash)
        : values_(values), topology_(topology), backslash_(backslash) {}

    [[nodiscard]] std::string of(const TableUse& use) const {
        if (use.kind == topology::TableKind::kLocal)
            return absl::StrFormat("%s is local", use.alias);
        return of(use.rule, use);
    }

private:
    [[nodiscard]] std::string of(const RouteRule& rule, const TableUse& use) const {
        switch (rule.op) {
            case Op::kAll:
                return absl::StrFormat("%s.%s is not bound", use.alias, use.key_column);
            case Op::kNone:
                return absl::StrFormat("no row of %s", use.alias);
            case Op::kKeys:
            case Op::kCompositeIds:
                return values_of(rule, use);
            case Op::kAnd:
                return parts_of(rule, use, " and ");
            case Op::kOr:
                return parts_of(rule, use, " or ");
        }
        return "";
    }

    [[nodiscard]] std::string parts_of(const RouteRule& rule, const TableUse& use, const char* word)
        const {
        std::vector<std::string> parts;
        for (const RouteRule& part : rule.parts) {
            std::string text = of(part, use);
            if (std::find(parts.begin(), parts.end(), text) == parts.end())
                parts.push_back(std::move(text));
        }
        return absl::StrJoin(parts, word);
    }

    [[nodiscard]] std::string values_of(const RouteRule& rule, const TableUse& use) const {
        const bool is_id = rule.op == Op::kCompositeIds;
        const std::string& column =
            is_id ? topology_.find_table(use.table)->ids->column : use.key_column;
        std::vector<std::string> parts;
        for (const ValueRef& ref : rule.values) {
            if (parts.size() == kValuesShown) {
                parts.push_back(absl::StrFormat("%d values", rule.values.size()));
                break;
            }
            const Value& value = value_of(ref, values_);
            std::string literal;
            append_literal(literal, value, backslash_);
            parts.push_back(absl::StrFormat(
                "%s.%s = %s -> %s",
                use.alias,
                column,
                literal.substr(literal.find_first_not_of(' ')),
                is_id ? place_of_id(use, value) : place_of_key(use, value)
            ));
        }
        return absl::StrJoin(parts, ", ");
    }

    [[nodiscard]] std::string place_of_key(const TableUse& use, const Value& value) const {
        if (value.is_null())
            return "no row";
        const auto canonical = keys::canonical_for_predicate(use.key_type, value);
        if (!canonical)
            return "any shard";
        const auto bucket = topology_.groups[use.group].partitioner->bucket_of(*canonical);
        return bucket.ok() ? absl::StrFormat("bucket %d", bucket->value) : "no bucket";
    }

    [[nodiscard]] std::string place_of_id(const TableUse& use, const Value& value) const {
        const std::optional<std::uint64_t> id = number_of_id(value);
        if (value.is_null())
            return "no row";
        if (!id)
            return "any shard";
        const auto bucket = bucket_of_id(topology_.groups[use.group], *id);
        return bucket.ok() && *bucket ? absl::StrFormat("bucket %d", (*bucket)->value)
                                      : "any shard";
    }

    std::span<const Value> values_;
    const Topology& topology_;
    Backslash backslash_;
};

std::string names_of(const Route& route, const Topology& topology) {
    std::vector<std::string> names;
    for (const ShardId shard : route.shards) names.push_back(topology.shard(shard).name);
    return absl::StrJoin(names, ", ");
}

std::string route_of(const Route& route, const Topology& topology) {
    switch (route.kind) {
        case Route::Kind::kAny:
            return "any";
        case Route::Kind::kNone:
            return "none";
        case Route::Kind::kOne:
            return absl::StrFormat("one(%s)", names_of(route, topology));
        case Route::Kind::kSome:
            return absl::StrFormat("some(%s)", names_of(route, topology));
        case Route::Kind::kAll:
            return absl::StrFormat("all(%d)", route.shards.size());
    }
    return "";
}

std::string reasons_of(
    const Plan& plan,
    const Targets& targets,
    std::span<const Value> values,
    const Topology& topology,
    Backslash backslash
) {
    if (plan.insert) {
        return absl::StrFormat(
            "%d %s by shard key %s",
            plan.insert->rows.size(),
            plan.insert->rows.size() == 1 ? "row" : "rows",
            plan.uses.front().key_column
        );
    }
    if (targets.route.kind == Route::Kind::kAny)
        return "every shard has all it needs";
    const Reasons reasons(values, topology, backslash);
    std::vector<std::string> parts;
    for (const TableUse& use : plan.uses) {
        std::string text = reasons.of(use);
        if (std::find(parts.begin(), parts.end(), text) == parts.end())
            parts.push_back(std::move(text));
    }
    return absl::StrJoin(parts, "; ");
}

/// A statement with the shard's own name taken out, to see whether all shards get the same.
std::string without_shard(const std::string& text, const std::string& shard) {
    std::string name;
    append_identifier(name, shard);
    return absl::StrReplaceAll(text, {{name + ".", "<shard>."}});
}

std::string send_lines(
    const std::vector<std::string>& texts,
    const std::vector<ShardId>& shards,
    const Topology& topology
) {
    if (texts.size() == 1)
        return absl::StrFormat("send   %s\n", texts.front());
    std::vector<std::string> common;
    for (std::size_t i = 0; i < texts.size(); ++i)
        common.push_back(without_shard(texts[i], topology.shard(shards[i]).name));
    const bool is_same = std::all_of(common.begin(), common.end(), [&](const std::string& text) {
        return text == common.front();
    });
    if (is_same)
        return absl::StrFormat("send   %s\n", common.front());
    std::string lines;
    for (std::size_t i = 0; i < texts.size(); ++i)
        lines.append(absl::StrFormat("send   %s  %s\n", topology.shard(shards[i]).name, texts[i]));
    return lines;
}

std::string level_of(const Plan& plan, bool is_single) {
    if (plan.insert)
        return "level  1, each shard its rows\n";
    if (is_single)
        return "level  1, as written\n";
    return plan.access == Access::kRead ? "level  2, each shard answers a part\n"
                                        : "level  2, each shard does its part\n";
}

}  // namespace

std::string explain(
    const Plan& plan,
    const Targets& targets,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
) {
    const std::string reasons = reasons_of(plan, targets, values, topology, backslash);
    if (plan.insert && targets.rows.empty())
        return absl::StrFormat("route  by row  %s, once their ids are made\n", reasons);
    std::string out =
        absl::StrFormat("route  %s  %s\n", route_of(targets.route, topology), reasons);
    const bool is_single = uses_single(plan, targets, topology);
    if (!plan.insert && !is_single && !plan.scatter)
        return out.append(absl::StrFormat("error  %s\n", message_of(plan.why_not_scatter)));
    const bool is_merged = !is_single && plan.access == Access::kRead;
    out.insert(0, level_of(plan, is_single));
    std::vector<ShardId> shards = targets.route.shards;
    if (shards.empty())
        shards.push_back(ShardId{0});
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const sql::Template& text = is_single || !plan.scatter ? plan.single : plan.scatter->piece;
        texts.push_back(
            plan.insert ? render_insert(plan, targets, i, values, topology, backslash)
                        : render(plan, text, targets, i, shards[i], values, topology, backslash)
        );
    }
    out.append(send_lines(texts, shards, topology));
    if (is_merged)
        out.append(absl::StrFormat("merge  %s\n", describe(plan.scatter->merge)));
    return out;
}

}  // namespace mosaic::plan
