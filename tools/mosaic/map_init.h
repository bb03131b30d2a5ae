#pragma once

#include "tool.h"

namespace mosaic::tool {

/// Writes the first map, then makes the shards' schemas with their identities, and the ticket
/// tables.
///
/// The map goes first: it holds the cluster's id, which every identity repeats, so a call that was
/// cut off is finished by the same call again. Before the map is written every server is asked
/// whether it answers and has no tables under the shards' names. \return kMapExists when the
/// catalog holds another map than this would be.
[[nodiscard]] absl::StatusOr<Exit> init_map(const Tool& tool, int shards);

}  // namespace mosaic::tool
