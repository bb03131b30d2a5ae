// module: keys
#pragma once

#include "mosaic/id.h"
#include "mosaic/ids.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mosaic {

/// What can be read from an id, as name and text: `{"time", "2024-05-01 10:00:00.123"}`.
struct IdPart {
    std::string name;
    std::string value;
};

/// What a scheme promises and needs; printed by `mosaic keys`.
struct KeySchemeFacts {
    std::string name;
    int bits = 0;
    std::string order;    ///< `by millisecond`, `by block`, ..
    std::string needs;    ///< `nothing`, `a ticket server per 1000 ids`, ..
    std::string refuses;  ///< When it gives an error instead of an id.
    /// next() must be told the bucket of the row's parent (composite ids of child tables).
    bool needs_bucket = false;
};

/// The rule that makes a table's ids, unique over all shards and processes. Implement it to bring
/// your own (see Registry).
///
/// \par Thread safety
/// All calls from any thread.
/// \par After fork()
/// A child must never give out an id of its parent's block: a scheme drops what it holds.
class KeyScheme {
public:
    virtual ~KeyScheme() = default;

    [[nodiscard]] virtual const KeySchemeFacts& facts() const = 0;

    /// Fills `out` with new ids, in ascending order where the scheme has one. May ask a server, and
    /// waits until `deadline` at most. On error nothing in `out` may be used.
    /// `bucket`: of the row's parent, or of the row itself where its key is known; schemes that do
    /// not need it ignore it.
    virtual absl::Status next(
        std::span<Id> out,
        std::optional<BucketId> bucket,
        std::chrono::steady_clock::time_point deadline
    ) = 0;

    /// What the id says of itself.
    [[nodiscard]] virtual absl::StatusOr<std::vector<IdPart>> decode(const Id& id) const = 0;

    /// The bucket that is written in the id; empty: not in this scheme's ids.
    [[nodiscard]] virtual std::optional<BucketId> bucket_of(const Id& id) const {
        static_cast<void>(id);
        return std::nullopt;
    }
};

}  // namespace mosaic
