#pragma once

#include "catalog/connect.h"
#include "config/config.h"
#include "keys/block_source.h"
#include "mosaic/key_scheme.h"
#include "mosaic/registry.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <memory>

namespace mosaic::catalog {

/// The key scheme of one table, built-in or registered. Asks no server.
///
/// \param tickets Blocks of tickets; null where the configuration has no ticket servers.
/// \param counters Local parts of composite ids in the table's group.
/// \return kKeySchemeMissing for a table without `ids:`, and for a scheme that `registry` lacks;
///     kTicketsUnavailable for a ticket table without `tickets`; kCompositeLayout.
[[nodiscard]] absl::StatusOr<std::shared_ptr<KeyScheme>> make_key_scheme(
    const config::Config& config,
    const topology::Topology& topology,
    const topology::Table& table,
    const Registry& registry,
    std::shared_ptr<keys::BlockSource> tickets,
    std::shared_ptr<keys::BlockSource> counters
);

}  // namespace mosaic::catalog
