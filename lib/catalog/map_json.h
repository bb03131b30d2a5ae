#pragma once

#include "catalog/catalog.h"

#include <absl/status/statusor.h>

#include <string>
#include <string_view>

namespace mosaic::catalog {

/// The map as JSON text; owners as runs `[shard, buckets]`.
[[nodiscard]] std::string to_json(const MapRecord& map);

/// An error says what is wrong with the text, in a few words and without an id.
[[nodiscard]] absl::StatusOr<MapRecord> from_json(std::string_view text);

}  // namespace mosaic::catalog
