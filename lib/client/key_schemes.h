#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "base/string_map.h"
#include "catalog/counters.h"
#include "config/config.h"
#include "exec/servers.h"
#include "mosaic/key_scheme.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

namespace mosaic::client {

/// The key scheme of each table, made when its first id is asked for.
///
/// \par Thread safety
/// All calls from any thread.
class KeySchemes {
public:
    /// All arguments must outlive it.
    KeySchemes(
        const config::Config& config,
        const topology::Topology& topology,
        Registry registry,
        std::shared_ptr<pool::Pools> pools,
        exec::Servers& servers
    );

    /// kKeySchemeMissing for a table without ids.
    [[nodiscard]] absl::StatusOr<std::shared_ptr<KeyScheme>> of(const topology::Table& table);

private:
    [[nodiscard]] std::shared_ptr<keys::BlockSource> counters_of(std::size_t group) const;

    const config::Config& config_;
    const topology::Topology& topology_;
    const Registry registry_;
    exec::Servers& servers_;
    const std::shared_ptr<keys::BlockSource> tickets_;  ///< Null: no ticket servers.
    Mutex mutex_;
    StringMap<std::shared_ptr<KeyScheme>> made_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mosaic::client
