#include "keys/block_reserve.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::keys {
namespace {

using namespace std::chrono_literals;

// A fetch that lasts less than this is too small, one that lasts longer than kIdle too large.
constexpr Duration kBusy = 1s;
constexpr Duration kIdle = 60s;

}  // namespace

BlockReserve::BlockReserve(
    std::string counter,
    std::optional<BucketId> bucket,
    std::shared_ptr<BlockSource> source,
    std::uint64_t ids_max,
    std::uint64_t end
)
    : counter_(std::move(counter)),
      bucket_(bucket),
      source_(std::move(source)),
      ids_max_(ids_max),
      end_(end) {}

std::optional<Block> BlockReserve::take_held(std::uint64_t most) {
    const MutexLock lock(mutex_);
    if (blocks_.empty())
        return std::nullopt;
    Block& front = blocks_.front();
    const std::uint64_t count = std::min(most, front.end - front.first);
    const Block taken{front.first, front.first + count};
    front.first += count;
    left_ -= count;
    if (front.first == front.end)
        blocks_.pop_front();
    return taken;
}

absl::Status BlockReserve::fetch(std::uint64_t wanted, TimePoint deadline) {
    const MutexLock lock(mutex_);
    if (is_fetching_)
        return wait_for_fetch_locked(deadline);
    return blocks_.empty() ? fetch_locked(wanted, deadline) : absl::OkStatus();
}

absl::StatusOr<Block> BlockReserve::take(
    std::uint64_t most, std::uint64_t wanted, TimePoint deadline
) {
    while (true) {
        if (const std::optional<Block> taken = take_held(most))
            return *taken;
        MOSAIC_RETURN_IF_ERROR(fetch(wanted, deadline));
    }
}

absl::Status BlockReserve::top_up(TimePoint deadline) {
    const MutexLock lock(mutex_);
    if (is_fetching_ || left_ >= last_fetched_ / 2 + 1)
        return absl::OkStatus();
    return fetch_locked(1, deadline);
}

absl::Status BlockReserve::wait_for_fetch_locked(TimePoint deadline) {
    const std::uint64_t awaited = fetch_count_;
    while (is_fetching_ && fetch_count_ == awaited) {
        if (!fetched_.wait_until(mutex_, deadline) && is_fetching_ && fetch_count_ == awaited) {
            return make_error(
                errors::kCallDeadline,
                absl::StrFormat(
                    "wait for a block of counter %s: it had not come when the call's deadline "
                    "passed; allow the call more time",
                    counter_
                )
            );
        }
    }
    // The one that fetched may have had less time than this call: then it tries itself.
    if (!last_status_.ok() && last_status_.code() != absl::StatusCode::kDeadlineExceeded)
        return last_status_;
    return absl::OkStatus();
}

absl::Status BlockReserve::fetch_locked(std::uint64_t wanted, TimePoint deadline) {
    wanted = adapted_locked(wanted);
    is_fetching_ = true;
    mutex_.unlock();
    const absl::StatusOr<std::vector<Block>> blocks =
        source_->next_blocks(counter_, bucket_, wanted, deadline);
    mutex_.lock();
    last_status_ = blocks.ok() ? keep_locked(*blocks) : blocks.status();
    is_fetching_ = false;
    ++fetch_count_;
    fetched_.notify_all();
    return last_status_;
}

std::uint64_t BlockReserve::adapted_locked(std::uint64_t wanted) {
    const TimePoint now = std::chrono::steady_clock::now();
    const bool is_first = last_fetch_at_ == TimePoint{};
    const Duration lasted = now - last_fetch_at_;
    last_fetch_at_ = now;
    if (!is_first && lasted < kBusy)
        wanted_ = std::max(wanted_, last_fetched_) * 2;
    else if (!is_first && lasted > kIdle)
        wanted_ = std::max<std::uint64_t>(wanted_ / 2, 1);
    wanted_ = std::min(wanted_, ids_max_);
    return std::max(wanted_, std::min(wanted, ids_max_));
}

absl::Status BlockReserve::keep_locked(const std::vector<Block>& blocks) {
    last_fetched_ = 0;
    bool is_past_end = false;
    for (Block block : blocks) {
        is_past_end = is_past_end || block.end > end_;
        block.end = std::min(block.end, end_);
        if (block.first >= block.end)
            continue;
        blocks_.push_back(block);
        last_fetched_ += block.end - block.first;
    }
    left_ += last_fetched_;
    if (last_fetched_ > 0)
        return absl::OkStatus();
    if (is_past_end) {
        return make_error(
            errors::kIdsUsedUp,
            absl::StrFormat(
                "take ids of counter %s%s: the next would be %d or more, and ids end there; use a "
                "layout with more local bits, or another counter",
                counter_,
                bucket_ ? absl::StrFormat(" in bucket %d", bucket_->value) : "",
                end_
            )
        );
    }
    return make_error(
        errors::kTicketsUnavailable,
        absl::StrFormat(
            "take ids of counter %s: the source of blocks gave none; look at its block size",
            counter_
        )
    );
}

}  // namespace mosaic::keys
