#include "plan/plan.h"
#include "types/literal.h"

#include <algorithm>
#include <charconv>

namespace mosaic::plan {
namespace {

using topology::Topology;

// Room for what holes bring, so that most statements are put together without growing.
constexpr std::size_t kRoomPerHole = 24;
constexpr std::size_t kRunsMax = 8;

void append_number(std::string& out, std::uint32_t number) {
    char buffer[16];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

/// Consecutive buckets.
struct Run {
    std::uint32_t first = 0;
    std::uint32_t last = 0;
};

/// \pre sorted
std::vector<Run> runs_of(const std::vector<BucketId>& buckets) {
    std::vector<Run> runs;
    for (const BucketId bucket : buckets) {
        if (!runs.empty() && runs.back().last + 1 == bucket.value)
            runs.back().last = bucket.value;
        else
            runs.push_back({bucket.value, bucket.value});
    }
    return runs;
}

/// Fills the holes of templates for one shard.
class Filler {
public:
    Filler(
        const Plan& plan,
        const Targets& targets,
        std::size_t position,
        std::span<const Value> values,
        const Topology& topology,
        Backslash backslash
    )
        : plan_(plan),
          targets_(targets),
          position_(position),
          values_(values),
          topology_(topology),
          backslash_(backslash) {}

    void fill(std::string& out, const sql::Template& text, ShardId shard) const {
        std::size_t at = 0;
        for (const sql::Template::Gap& gap : text.gaps) {
            out.append(text.text, at, gap.offset - at);
            at = gap.offset;
            fill_hole(out, gap.hole, shard);
        }
        out.append(text.text, at);
    }

private:
    void fill_hole(std::string& out, const sql::Hole& hole, ShardId shard) const {
        switch (hole.kind) {
            case sql::Hole::Kind::kSchema:
                append_identifier(out, topology_.shard(shard).name);
                return;
            case sql::Hole::Kind::kValue:
                append_literal(out, values_[hole.index], backslash_);
                return;
            case sql::Hole::Kind::kOwned:
                fill_owned(out, hole, shard);
                return;
            case sql::Hole::Kind::kKeys:
                fill_keys(out, hole.index);
                return;
            case sql::Hole::Kind::kRows:
                fill_rows(out, shard);
                return;
        }
    }

    void fill_owned(std::string& out, const sql::Hole& hole, ShardId shard) const {
        bool is_first = true;
        for (const OwnedFilter::Part& part : plan_.owned[hole.index].parts) {
            const topology::TableGroup& group = topology_.groups[part.group];
            if (!std::binary_search(
                    group.shards_with_foreign_rows.begin(),
                    group.shards_with_foreign_rows.end(),
                    shard
                ))
                continue;
            if (!is_first || hole.lead == sql::Hole::Lead::kAnd)
                out.append(" AND ");
            else if (hole.lead == sql::Hole::Lead::kWhere)
                out.append(" WHERE ");
            is_first = false;
            append_condition(out, part, group, shard);
        }
    }

    static void append_condition(
        std::string& out,
        const OwnedFilter::Part& part,
        const topology::TableGroup& group,
        ShardId shard
    ) {
        const std::vector<BucketId> buckets = group.map.buckets_of(shard);
        const std::vector<Run> runs = runs_of(buckets);
        // Few runs are shorter as ranges; a long list is searched, and the bucket computed once.
        if (runs.empty() || runs.size() > kRunsMax)
            return append_list(out, part.bucket_sql, buckets);
        out.push_back('(');
        for (std::size_t i = 0; i < runs.size(); ++i) {
            if (i > 0)
                out.append(" OR ");
            out.append("(").append(part.bucket_sql).append(") BETWEEN ");
            append_number(out, runs[i].first);
            out.append(" AND ");
            append_number(out, runs[i].last);
        }
        out.push_back(')');
    }

    static void append_list(
        std::string& out, const std::string& bucket_sql, const std::vector<BucketId>& buckets
    ) {
        out.append("(").append(bucket_sql).append(") IN (");
        for (std::size_t i = 0; i < buckets.size(); ++i) {
            if (i > 0)
                out.append(", ");
            append_number(out, buckets[i].value);
        }
        out.append(buckets.empty() ? "NULL)" : ")");
    }

    void fill_keys(std::string& out, std::uint16_t index) const {
        const std::vector<ValueRef>& list = plan_.key_lists[index].values;
        const std::size_t begin = out.size();
        const auto add = [&](const ValueRef& ref) {
            if (out.size() > begin)
                out.append(", ");
            append_literal(out, value_of(ref, values_), backslash_);
        };
        if (targets_.keys.empty()) {
            for (const ValueRef& ref : list) add(ref);
        } else {
            for (const std::uint32_t i : targets_.keys[index][position_]) add(list[i]);
        }
        // A list cannot be empty; nothing equals NULL.
        if (out.size() == begin)
            out.append("NULL");
    }

    void fill_rows(std::string& out, ShardId shard) const {
        const std::size_t begin = out.size();
        for (const std::uint32_t row : targets_.rows[position_]) {
            if (out.size() > begin)
                out.append(", ");
            fill(out, plan_.insert->rows[row].text, shard);
        }
    }

    const Plan& plan_;
    const Targets& targets_;
    std::size_t position_;
    std::span<const Value> values_;
    const Topology& topology_;
    Backslash backslash_;
};

}  // namespace

std::string render(
    const Plan& plan,
    const sql::Template& text,
    const Targets& targets,
    std::size_t position,
    ShardId shard,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
) {
    std::string out;
    out.reserve(text.text.size() + text.gaps.size() * kRoomPerHole);
    Filler(plan, targets, position, values, topology, backslash).fill(out, text, shard);
    return out;
}

std::string render_insert(
    const Plan& plan,
    const Targets& targets,
    std::size_t position,
    std::span<const Value> values,
    const topology::Topology& topology,
    Backslash backslash
) {
    const ShardId shard = targets.route.shards[position];
    const Filler filler(plan, targets, position, values, topology, backslash);
    const InsertPlan& insert = *plan.insert;
    const std::vector<std::uint32_t>& rows = targets.rows[position];
    std::string out;
    std::size_t size = insert.head.text.size() + insert.tail.text.size();
    for (const std::uint32_t row : rows) {
        const sql::Template& text = insert.rows[row].text;
        size += text.text.size() + text.gaps.size() * kRoomPerHole + 2;
    }
    out.reserve(size);
    filler.fill(out, insert.head, shard);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        if (i > 0)
            out.append(", ");
        filler.fill(out, insert.rows[rows[i]].text, shard);
    }
    filler.fill(out, insert.tail, shard);
    return out;
}

}  // namespace mosaic::plan
