#pragma once

#include "config/config.h"
#include "mosaic/partitioner.h"
#include "mosaic/registry.h"

#include <absl/status/statusor.h>

#include <memory>
#include <string_view>

namespace mosaic::catalog {

/// The partitioner of a configured group; `prefix` reads ids by the group's layout.
///
/// \param doing For the message: `make the first map`.
/// \return kPartitionerMissing for one that `registry` lacks; what its factory refuses.
[[nodiscard]] absl::StatusOr<std::shared_ptr<const Partitioner>> make_partitioner(
    std::string_view doing, const config::GroupSpec& spec, const Registry& registry
);

}  // namespace mosaic::catalog
