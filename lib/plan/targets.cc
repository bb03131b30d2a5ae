#include "base/status.h"
#include "keys/schemes.h"
#include "plan/insert_targets.h"
#include "plan/plan.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <charconv>
#include <numeric>
#include <utility>

namespace mosaic::plan {
namespace {

using Op = RouteRule::Op;
using topology::TableGroup;
using topology::Topology;

// A longer text in a list with others is not proved to compare exactly on every server.
constexpr std::size_t kExactDigitsMax = 15;

/// The shards whose rows a rule lets through.
struct Reach {
    bool is_all = false;          ///< All of the group's; `shards` says nothing.
    bool is_bound = true;         ///< By keys, so that only owned rows are meant.
    std::vector<ShardId> shards;  ///< In any order, with duplicates.
};

Reach everything() {
    return {.is_all = true, .is_bound = false, .shards = {}};
}

bool is_not_placeable(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail && detail->id.number == errors::kKeyNotPlaceable.number;
}

/// Finds where rules lead for one use.
class RuleReader {
public:
    RuleReader(const TableUse& use, std::span<const Value> values, const Topology& topology)
        : use_(use), values_(values), group_(topology.groups[use.group]) {}

    absl::StatusOr<Reach> read(const RouteRule& rule) const {
        switch (rule.op) {
            case Op::kAll:
                return everything();
            case Op::kNone:
                return Reach{};
            case Op::kKeys:
                return keys(rule);
            case Op::kCompositeIds:
                return ids(rule);
            case Op::kAnd:
                return all_of(rule);
            case Op::kOr:
                return any_of(rule);
        }
        return everything();
    }

private:
    [[nodiscard]] bool is_inexact(const RouteRule& rule, const Value& value) const {
        const bool is_integer =
            rule.op == Op::kCompositeIds || use_.key_type.key_class == keys::KeyClass::kInteger;
        return rule.values.size() > 1 && is_integer && value.kind() == ValueKind::kText &&
               value.text().size() > kExactDigitsMax;
    }

    absl::StatusOr<Reach> keys(const RouteRule& rule) const {
        Reach reach;
        for (const ValueRef& ref : rule.values) {
            const Value& value = value_of(ref, values_);
            if (value.is_null())
                continue;
            const auto canonical = keys::canonical_for_predicate(use_.key_type, value);
            if (!canonical || is_inexact(rule, value))
                return everything();
            const absl::StatusOr<BucketId> bucket = group_.partitioner->bucket_of(*canonical);
            if (!bucket.ok()) {
                if (is_not_placeable(bucket.status()))
                    continue;
                return bucket.status();
            }
            MOSAIC_ASSIGN_OR_RETURN(const ShardId shard, owner_of(group_, *bucket));
            reach.shards.push_back(shard);
        }
        return reach;
    }

    absl::StatusOr<Reach> ids(const RouteRule& rule) const {
        Reach reach;
        for (const ValueRef& ref : rule.values) {
            const Value& value = value_of(ref, values_);
            if (value.is_null())
                continue;
            const std::optional<std::uint64_t> id = number_of_id(value);
            if (!id || is_inexact(rule, value))
                return everything();
            MOSAIC_ASSIGN_OR_RETURN(const auto bucket, bucket_of_id(group_, *id));
            if (!bucket)
                return everything();
            reach.shards.push_back(group_.map.owner(*bucket));
        }
        return reach;
    }

    absl::StatusOr<Reach> all_of(const RouteRule& rule) const {
        Reach result = everything();
        for (const RouteRule& part : rule.parts) {
            MOSAIC_ASSIGN_OR_RETURN(Reach reach, read(part));
            result.is_bound = result.is_bound || reach.is_bound;
            if (reach.is_all)
                continue;
            if (result.is_all) {
                result.is_all = false;
                result.shards = std::move(reach.shards);
                continue;
            }
            std::erase_if(result.shards, [&](ShardId shard) {
                return std::find(reach.shards.begin(), reach.shards.end(), shard) ==
                       reach.shards.end();
            });
        }
        return result;
    }

    absl::StatusOr<Reach> any_of(const RouteRule& rule) const {
        Reach result;
        for (const RouteRule& part : rule.parts) {
            MOSAIC_ASSIGN_OR_RETURN(Reach reach, read(part));
            if (reach.is_all)
                return everything();
            result.is_bound = result.is_bound && reach.is_bound;
            result.shards.insert(result.shards.end(), reach.shards.begin(), reach.shards.end());
        }
        return result;
    }

    const TableUse& use_;
    std::span<const Value> values_;
    const TableGroup& group_;
};

void append_owners(const TableGroup& group, std::vector<ShardId>& out) {
    const std::span<const ShardId> owners = group.map.owners();
    out.insert(out.end(), owners.begin(), owners.end());
}

void sort_unique(std::vector<ShardId>& shards) {
    if (shards.size() < 2)
        return;
    std::sort(shards.begin(), shards.end());
    shards.erase(std::unique(shards.begin(), shards.end()), shards.end());
}

bool has_foreign_rows(const TableGroup& group, ShardId shard) {
    return std::binary_search(
        group.shards_with_foreign_rows.begin(), group.shards_with_foreign_rows.end(), shard
    );
}

/// The values of each key list that each shard gets.
absl::StatusOr<std::vector<std::vector<std::uint32_t>>> split_list(
    const Plan& plan,
    const KeyList& list,
    std::span<const Value> values,
    const Topology& topology,
    std::span<const ShardId> shards
) {
    const TableUse& use = plan.uses[list.use];
    const RuleReader reader(use, values, topology);
    std::vector<std::vector<std::uint32_t>> split(shards.size());
    RouteRule rule;
    rule.op = Op::kKeys;
    rule.values = list.values;
    MOSAIC_ASSIGN_OR_RETURN(const Reach whole, reader.read(rule));
    if (whole.is_all) {
        // One value changes how the others compare: the list stays as it is.
        for (std::vector<std::uint32_t>& each : split) {
            each.resize(list.values.size());
            std::iota(each.begin(), each.end(), 0u);
        }
        return split;
    }
    for (std::uint32_t i = 0; i < list.values.size(); ++i) {
        rule.values = {list.values[i]};
        MOSAIC_ASSIGN_OR_RETURN(const Reach reach, reader.read(rule));
        for (std::size_t position = 0; position < shards.size(); ++position) {
            const bool is_there =
                std::find(reach.shards.begin(), reach.shards.end(), shards[position]) !=
                reach.shards.end();
            if (is_there)
                split[position].push_back(i);
        }
    }
    return split;
}

/// Where a filter would be needed, whether there is one to send.
absl::Status check_filters(const Plan& plan, const Targets& targets, const Topology& topology) {
    if (targets.is_key_bound || uses_single(plan, targets, topology))
        return absl::OkStatus();
    for (const TableUse& use : plan.uses) {
        if (use.kind != topology::TableKind::kSharded)
            continue;
        const TableGroup& group = topology.groups[use.group];
        if (group.shards_with_foreign_rows.empty() || group.partitioner->bucket_sql("k", "c"))
            continue;
        return make_error(
            errors::kStatementRefused,
            absl::StrFormat(
                "ask table %s over several shards: buckets of group %s are moving, and its "
                "partitioner "
                "%s has no SQL expression to tell their rows apart; name the shard key in WHERE",
                use.table,
                group.name,
                group.partitioner->name()
            )
        );
    }
    const bool is_one_unfiltered =
        plan.access == Access::kWrite && targets.route.shards.size() == 1 && !plan.scatter;
    return is_one_unfiltered ? plan.why_not_scatter : absl::OkStatus();
}

}  // namespace

absl::StatusOr<ShardId> owner_of(const TableGroup& group, BucketId bucket) {
    // A program's own partitioner may break its word; an index past the end is not how to find out.
    if (bucket.value >= group.map.bucket_count()) {
        return make_error(
            errors::kKeyNotPlaceable,
            absl::StrFormat(
                "find the shard of a key: partitioner %s gives bucket %d, and group %s has buckets "
                "below "
                "%d; the partitioner must keep to its bucket count",
                group.partitioner->name(),
                bucket.value,
                group.name,
                group.map.bucket_count()
            )
        );
    }
    return group.map.owner(bucket);
}

std::optional<std::uint64_t> number_of_id(const Value& id) {
    keys::KeyType type;
    type.is_unsigned = true;
    const std::optional<std::string> canonical = keys::canonical_for_predicate(type, id);
    if (!canonical)
        return std::nullopt;
    std::uint64_t number = 0;
    std::from_chars(canonical->data(), canonical->data() + canonical->size(), number);
    return number;
}

absl::StatusOr<std::optional<BucketId>> bucket_of_id(const TableGroup& group, std::uint64_t id) {
    if (group.partitioner->name() == "prefix") {
        const auto bucket = group.partitioner->bucket_of_integer(id);
        if (bucket.ok())
            return *bucket;
        if (is_not_placeable(bucket.status()))
            return std::nullopt;
        return bucket.status();
    }
    const BucketId bucket = keys::decompose(group.composite_layout, id).bucket;
    if (bucket.value >= group.map.bucket_count())
        return std::nullopt;
    return bucket;
}

Route::Kind kind_of(std::size_t count, const Topology& topology) {
    if (count == 0)
        return Route::Kind::kNone;
    if (count == 1)
        return Route::Kind::kOne;
    return count == topology.shards.size() ? Route::Kind::kAll : Route::Kind::kSome;
}

const Value& value_of(const ValueRef& ref, std::span<const Value> values) {
    if (const Value* value = std::get_if<Value>(&ref))
        return *value;
    return values[std::get<std::uint16_t>(ref)];
}

absl::StatusOr<std::vector<ShardId>> shards_of_use(
    const Plan& plan,
    std::size_t use,
    std::span<const Value> values,
    const topology::Topology& topology
) {
    const TableUse& of = plan.uses[use];
    if (of.kind == topology::TableKind::kLocal)
        return std::vector<ShardId>{of.shard};
    MOSAIC_ASSIGN_OR_RETURN(Reach reach, RuleReader(of, values, topology).read(of.rule));
    if (reach.is_all)
        append_owners(topology.groups[of.group], reach.shards);
    sort_unique(reach.shards);
    return reach.shards;
}

absl::StatusOr<std::optional<ShardId>> shard_of_key(
    const TableUse& use, const Value& value, const topology::Topology& topology
) {
    RouteRule rule;
    rule.op = Op::kKeys;
    rule.values = {value};
    MOSAIC_ASSIGN_OR_RETURN(const Reach reach, RuleReader(use, {}, topology).read(rule));
    if (reach.is_all || reach.shards.size() != 1)
        return std::nullopt;
    return reach.shards.front();
}

absl::StatusOr<Targets> targets(
    const Plan& plan, std::span<const Value> values, const Topology& topology
) {
    if (plan.insert)
        return insert_targets(plan, values, topology);
    Targets result;
    if (plan.uses.empty())
        return result;
    std::vector<ShardId>& shards = result.route.shards;
    result.is_key_bound = true;
    for (const TableUse& use : plan.uses) {
        if (use.kind == topology::TableKind::kLocal) {
            shards.push_back(use.shard);
            continue;
        }
        MOSAIC_ASSIGN_OR_RETURN(Reach reach, RuleReader(use, values, topology).read(use.rule));
        result.is_key_bound = result.is_key_bound && reach.is_bound;
        if (reach.is_all)
            append_owners(topology.groups[use.group], shards);
        else if (shards.empty())
            shards = std::move(reach.shards);
        else
            shards.insert(shards.end(), reach.shards.begin(), reach.shards.end());
    }
    sort_unique(shards);
    result.route.kind = kind_of(shards.size(), topology);
    if (shards.size() > 1) {
        result.is_key_bound = false;
        for (const KeyList& list : plan.key_lists) {
            MOSAIC_ASSIGN_OR_RETURN(auto split, split_list(plan, list, values, topology, shards));
            result.keys.push_back(std::move(split));
        }
    }
    MOSAIC_RETURN_IF_ERROR(check_filters(plan, result, topology));
    return result;
}

bool uses_single(const Plan& plan, const Targets& targets, const topology::Topology& topology) {
    if (targets.route.shards.size() > 1)
        return false;
    if (targets.is_key_bound || targets.route.shards.empty())
        return true;
    const ShardId shard = targets.route.shards.front();
    return std::none_of(plan.uses.begin(), plan.uses.end(), [&](const TableUse& use) {
        return use.kind == topology::TableKind::kSharded &&
               has_foreign_rows(topology.groups[use.group], shard);
    });
}

}  // namespace mosaic::plan
