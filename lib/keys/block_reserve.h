#pragma once

#include "base/mutex.h"
#include "keys/block_source.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>

namespace mosaic::keys {

/// Blocks of one counter that were fetched and not yet given out. One thread fetches at a time; the
/// others wait for it. A counter that is used up faster than once a second is asked for twice as
/// much each time, up to a bound.
///
/// \par Thread safety
/// All calls from any thread.
class BlockReserve {
public:
    /// `ids_max`: most ids to ask for at a time. `end`: no id from here on is valid.
    BlockReserve(
        std::string counter,
        std::optional<BucketId> bucket,
        std::shared_ptr<BlockSource> source,
        std::uint64_t ids_max,
        std::uint64_t end
    );

    /// Between 1 and `most` ids of those that are here; empty: none are.
    [[nodiscard]] std::optional<Block> take_held(std::uint64_t most);

    /// Asks the source for about `wanted` ids, or waits for the thread that does already. Nothing
    /// to do while some are left.
    absl::Status fetch(std::uint64_t wanted, TimePoint deadline);

    /// Between 1 and `most` ids; fetches about `wanted` when none are left.
    [[nodiscard]] absl::StatusOr<Block> take(
        std::uint64_t most, std::uint64_t wanted, TimePoint deadline
    );

    /// Fetches when fewer than half of the last fetch are left, unless somebody does already.
    absl::Status top_up(TimePoint deadline);

private:
    absl::Status fetch_locked(std::uint64_t wanted, TimePoint deadline)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    absl::Status wait_for_fetch_locked(TimePoint deadline) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    absl::Status keep_locked(const std::vector<Block>& blocks)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
    [[nodiscard]] std::uint64_t adapted_locked(std::uint64_t wanted)
        ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

    const std::string counter_;
    const std::optional<BucketId> bucket_;
    const std::shared_ptr<BlockSource> source_;
    const std::uint64_t ids_max_;
    const std::uint64_t end_;

    Mutex mutex_;
    CondVar fetched_;
    std::deque<Block> blocks_ ABSL_GUARDED_BY(mutex_);
    std::uint64_t left_ ABSL_GUARDED_BY(mutex_) = 0;          ///< Ids in blocks_.
    std::uint64_t last_fetched_ ABSL_GUARDED_BY(mutex_) = 0;  ///< Ids that the last fetch gave.
    std::uint64_t wanted_ ABSL_GUARDED_BY(mutex_) = 1;
    TimePoint last_fetch_at_ ABSL_GUARDED_BY(mutex_){};
    bool is_fetching_ ABSL_GUARDED_BY(mutex_) = false;
    std::uint64_t fetch_count_ ABSL_GUARDED_BY(mutex_) = 0;
    absl::Status last_status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace mosaic::keys
