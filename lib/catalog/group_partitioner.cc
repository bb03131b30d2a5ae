#include "catalog/group_partitioner.h"

#include "base/status.h"
#include "partition/prefix_partitioner.h"

#include <absl/strings/str_format.h>

namespace mosaic::catalog {

absl::StatusOr<std::shared_ptr<const Partitioner>> make_partitioner(
    std::string_view doing, const config::GroupSpec& spec, const Registry& registry
) {
    // A factory is told the number of buckets only, and no other partitioner reads ids.
    if (spec.partitioner == "prefix")
        return partition::make_prefix_partitioner(spec.buckets, spec.composite_layout);
    const PartitionerFactory* factory = registry.partitioner(spec.partitioner);
    if (factory == nullptr)
        return make_error(
            errors::kPartitionerMissing,
            absl::StrFormat(
                "%s: this program has no partitioner %s, which group %s needs; use the `mosaic` "
                "program that registers it, see examples/040-own-partitioner",
                doing,
                spec.partitioner,
                spec.name
            )
        );
    return (*factory)(spec.buckets);
}

}  // namespace mosaic::catalog
