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

std::string route_of(const Route& route) {
    switch (route.kind) {
        case Route::Kind::kAny:
            return "any";
        case Route::Kind::kNone:
            return "none";
        case Route::Kind::kOne:
            return "one";
        case Route::Kind::kSome:
            return "some";
        case Route::Kind::kAll:
            return "all";
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

std::string send_lines(std::span<const Explanation::Piece> pieces) {
    if (pieces.empty())
        return "";
    const std::string& into = pieces.front().into;
    const std::string verb = into.empty() ? "send   " : absl::StrFormat("fill   %s  ", into);
    if (pieces.size() == 1)
        return absl::StrFormat("%s%s\n", verb, pieces.front().text);
    const bool is_same = std::all_of(pieces.begin(), pieces.end(), [&](const auto& piece) {
        return piece.common_text == pieces.front().common_text;
    });
    if (is_same)
        return absl::StrFormat("%s%s\n", verb, pieces.front().common_text);
    std::string lines;
    for (const Explanation::Piece& piece : pieces)
        lines.append(absl::StrFormat("%s%s  %s\n", verb, piece.shard, piece.text));
    return lines;
}

/// Those of each temporary table together.
std::string all_send_lines(std::span<const Explanation::Piece> pieces) {
    std::string lines;
    while (!pieces.empty()) {
        const auto end = std::find_if(pieces.begin(), pieces.end(), [&](const auto& piece) {
            return piece.into != pieces.front().into;
        });
        const auto count = static_cast<std::size_t>(end - pieces.begin());
        lines += send_lines(pieces.first(count));
        pieces = pieces.subspan(count);
    }
    return lines;
}

// `one(app_03)`; of all shards only how many.
std::string route_with_shards(const Explanation& explanation) {
    if (explanation.route == "all")
        return absl::StrFormat("all(%d)", explanation.shards.size());
    if (explanation.shards.empty())
        return explanation.route;
    return absl::StrFormat("%s(%s)", explanation.route, absl::StrJoin(explanation.shards, ", "));
}

Explanation::Level level_of(const Plan& plan, bool is_single) {
    using Level = Explanation::Level;
    if (plan.insert)
        return Level::kRowsByShard;
    if (is_single)
        return Level::kAsWritten;
    return plan.access == Access::kRead ? Level::kParts : Level::kWrites;
}

void add_gathered(
    const Plan& plan,
    std::span<const Value> values,
    const Topology& topology,
    Backslash backslash,
    Explanation& out
) {
    out.level = Explanation::Level::kGathered;
    out.why = message_of(plan.why_not_scatter);
    const auto text_of = [&](const sql::Template& text, ShardId shard) {
        return render(plan, text, Targets{}, 0, shard, values, topology, backslash);
    };
    for (const GatherSource& source : plan.gather->sources) {
        const auto shards = shards_of_use(plan, source.use, values, topology);
        if (!shards.ok()) {
            out.refusal = shards.status();
            return;
        }
        for (const ShardId shard : *shards) {
            const std::string& name = topology.shard(shard).name;
            std::string sent = text_of(source.piece, shard);
            std::string common = without_shard(sent, name);
            out.pieces.push_back({name, std::move(sent), std::move(common), source.name});
        }
    }
    const auto add_keys = [&](const GatherPiece& piece) {
        for (const GatherLink& link : piece.links)
            out.keys.push_back(absl::StrFormat("%s IN %s", link.column, link.from_text));
    };
    for (const GatherSource& source : plan.gather->sources) add_keys(source);
    for (const GatherPiece& lookup : plan.gather->lookups) add_keys(lookup);
    const ShardId home{0};
    out.finish = without_shard(text_of(plan.gather->finish, home), topology.shard(home).name);
}

}  // namespace

Explanation explanation(
    const Plan& plan,
    const Targets& targets,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
) {
    Explanation out;
    out.reason = reasons_of(plan, targets, values, topology, backslash);
    if (plan.insert && targets.rows.empty()) {
        out.route = "by row";
        out.reason += ", once their ids are made";
        return out;
    }
    out.route = route_of(targets.route);
    std::vector<ShardId> shards = targets.route.shards;
    for (const ShardId shard : shards) out.shards.push_back(topology.shard(shard).name);
    const bool is_single = uses_single(plan, targets, topology);
    if (!is_single && plan.gather) {
        add_gathered(plan, values, topology, backslash, out);
        return out;
    }
    if (!plan.insert && !is_single && !plan.scatter) {
        out.refusal = plan.why_not_scatter;
        return out;
    }
    out.level = level_of(plan, is_single);
    if (shards.empty())
        shards.push_back(ShardId{0});
    for (std::size_t i = 0; i < shards.size(); ++i) {
        const sql::Template& text = is_single || !plan.scatter ? plan.single : plan.scatter->piece;
        const std::string& name = topology.shard(shards[i]).name;
        std::string sent =
            plan.insert ? render_insert(plan, targets, i, values, topology, backslash)
                        : render(plan, text, targets, i, shards[i], values, topology, backslash);
        std::string common = without_shard(sent, name);
        out.pieces.push_back({name, std::move(sent), std::move(common), {}});
    }
    if (out.level == Explanation::Level::kParts)
        out.merge = describe(plan.scatter->merge);
    return out;
}

std::string to_text(Explanation::Level level) {
    switch (level) {
        case Explanation::Level::kNone:
            return "";
        case Explanation::Level::kAsWritten:
            return "1, as written";
        case Explanation::Level::kRowsByShard:
            return "1, each shard its rows";
        case Explanation::Level::kParts:
            return "2, each shard answers a part";
        case Explanation::Level::kWrites:
            return "2, each shard does its part";
        case Explanation::Level::kGathered:
            return "3, on one server, to which the rows are brought";
    }
    return "";
}

std::string to_text(const Explanation& explanation) {
    std::string out;
    if (explanation.level != Explanation::Level::kNone)
        out = absl::StrFormat("level  %s\n", to_text(explanation.level));
    out.append(
        absl::StrFormat("route  %s  %s\n", route_with_shards(explanation), explanation.reason)
    );
    if (!explanation.refusal.ok())
        return out.append(absl::StrFormat("error  %s\n", message_of(explanation.refusal)));
    if (!explanation.why.empty())
        out.append(absl::StrFormat("why    %s\n", explanation.why));
    out.append(all_send_lines(explanation.pieces));
    for (const std::string& keys : explanation.keys)
        out.append(absl::StrFormat("keys   %s\n", keys));
    if (!explanation.finish.empty())
        out.append(absl::StrFormat("finish %s\n", explanation.finish));
    if (!explanation.merge.empty())
        out.append(absl::StrFormat("merge  %s\n", explanation.merge));
    return out;
}

std::string explain(
    const Plan& plan,
    const Targets& targets,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
) {
    return to_text(explanation(plan, targets, values, topology, backslash));
}

}  // namespace mosaic::plan
