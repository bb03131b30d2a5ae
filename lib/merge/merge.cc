#include "merge/merge.h"

#include "base/status.h"
#include "merge/aggregate.h"
#include "merge/budget.h"
#include "merge/compute.h"
#include "merge/distinct.h"
#include "merge/limit.h"
#include "merge/number.h"
#include "merge/sort.h"
#include "merge/sorted_merge.h"

#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic::merge {
namespace {

// Shards of one schema describe their columns alike; what differs here would be merged wrongly.
absl::Status check_alike(const std::vector<std::unique_ptr<RowStream>>& streams) {
    const std::vector<Column>& first = streams[0]->columns();
    for (std::size_t i = 1; i < streams.size(); ++i) {
        const std::vector<Column>& other = streams[i]->columns();
        if (other.size() != first.size())
            return type_error(absl::StrFormat(
                "stream %d has %d columns, stream 0 has %d", i, other.size(), first.size()
            ));
        for (std::size_t c = 0; c < first.size(); ++c)
            if (cell_class(other[c]) != cell_class(first[c]))
                return type_error(absl::StrFormat(
                    "column %s is %s in stream %d and %s in stream 0; bring the shards' schemas "
                    "together",
                    first[c].name,
                    to_string(other[c].type),
                    i,
                    to_string(first[c].type)
                ));
    }
    return absl::OkStatus();
}

absl::StatusOr<std::uint64_t> count_of(const Count& count, std::span<const Value> values) {
    if (!count.parameter)
        return count.value;
    if (*count.parameter < values.size()) {
        const Value& value = values[*count.parameter];
        if (value.kind() == ValueKind::kUint)
            return value.as_uint();
        if (value.kind() == ValueKind::kInt && value.as_int() >= 0)
            return static_cast<std::uint64_t>(value.as_int());
    }
    return make_error(
        errors::kLimitInvalid,
        absl::StrFormat(
            "binding LIMIT and OFFSET: value %d is not a whole number of at least 0; bind one",
            *count.parameter + 1
        )
    );
}

// Whether rows are the answer as the shards send them.
bool passes_on(const MergeSpec& spec, std::size_t column_count) {
    if (spec.aggregate || !spec.computed.empty())
        return false;
    for (std::size_t i = 0; i < spec.output.size(); ++i)
        if (spec.output[i].column != i || spec.output[i].scalar)
            return false;
    return spec.output.empty() || spec.output.size() == column_count;
}

absl::StatusOr<std::unique_ptr<RowStream>> add_limit(
    std::unique_ptr<RowStream> stream, const MergeSpec& spec, std::span<const Value> values
) {
    MOSAIC_ASSIGN_OR_RETURN(const std::uint64_t offset, count_of(spec.offset, values));
    std::optional<std::uint64_t> limit;
    if (spec.limit) {
        MOSAIC_ASSIGN_OR_RETURN(limit, count_of(*spec.limit, values));
    }
    if (offset == 0 && !limit)
        return stream;
    return make_limit(std::move(stream), offset, limit);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RowStream>> merge(
    std::vector<std::unique_ptr<RowStream>> streams,
    const MergeSpec& spec,
    std::span<const Value> values,
    const MergeLimits& limits
) {
    MOSAIC_RETURN_IF_ERROR(check_alike(streams));
    const auto budget = std::make_shared<Budget>(limits);
    std::unique_ptr<RowStream> stream;
    if (spec.sorted_by.empty()) {
        stream = make_concatenation(std::move(streams));
    } else {
        MOSAIC_ASSIGN_OR_RETURN(stream, make_sorted_merge(std::move(streams), spec.sorted_by));
    }
    if (spec.aggregate) {
        MOSAIC_ASSIGN_OR_RETURN(
            stream, make_aggregate(std::move(stream), *spec.aggregate, spec.sorted_by, budget)
        );
    }
    if (spec.having) {
        MOSAIC_ASSIGN_OR_RETURN(stream, make_filter(std::move(stream), *spec.having, values));
    }
    if (!spec.distinct.empty()) {
        // A grouped row's columns are not those that the shards sorted by.
        const SortSpec sorted_by = spec.aggregate ? SortSpec() : spec.sorted_by;
        MOSAIC_ASSIGN_OR_RETURN(
            stream, make_distinct(std::move(stream), spec.distinct, sorted_by, budget)
        );
    }
    if (!spec.computed.empty()) {
        MOSAIC_ASSIGN_OR_RETURN(stream, make_computed(std::move(stream), spec.computed, values));
    }
    if (!spec.sort.empty()) {
        MOSAIC_ASSIGN_OR_RETURN(stream, make_sort(std::move(stream), spec.sort, budget));
    }
    MOSAIC_ASSIGN_OR_RETURN(stream, add_limit(std::move(stream), spec, values));
    if (passes_on(spec, stream->columns().size()))
        return stream;
    return make_output(std::move(stream), spec.output, values);
}

}  // namespace mosaic::merge
