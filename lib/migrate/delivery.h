#pragma once

#include "migrate/files.h"
#include "migrate/scan.h"
#include "mosaic/ids.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <string>
#include <vector>

namespace mosaic::migrate {

/// Where a statement goes.
struct Delivery {
    Scanned statement;
    std::vector<ShardId> shards;  ///< Sorted.
    /// Writes a reference table: each copy must get the same values.
    bool is_reference_write = false;

    [[nodiscard]] bool concerns(ShardId shard) const;
};

/// Where each statement of a migration goes.
///
/// \return kMigrationStatement with a line for each statement that cannot be shipped.
[[nodiscard]] absl::StatusOr<std::vector<Delivery>> address(
    const MigrationFile& file, const topology::Topology& topology
);

}  // namespace mosaic::migrate
