#include "base/status.h"
#include "keys/block_reserve.h"
#include "keys/hot_block.h"
#include "keys/per_process.h"
#include "keys/schemes.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <limits>
#include <thread>
#include <utility>

namespace mosaic::keys {
namespace {

using namespace std::chrono_literals;

// Most ids asked for at a time: what a crash loses, and at full speed a few milliseconds of ids.
constexpr std::uint64_t kIdsPerFetchMax = 1 << 20;
// How long a fetch that nobody waits for may take. The end of a scheme waits for it.
constexpr Duration kPrefetchTimeout = 2s;

/// The ids that this process holds of one counter: a hot block that threads take from, a reserve of
/// further blocks, and a thread that fills the reserve when half of a hot block is gone.
class TicketLine {
public:
    TicketLine(const std::string& counter, std::shared_ptr<BlockSource> source)
        : reserve_(
              counter,
              std::nullopt,
              std::move(source),
              kIdsPerFetchMax,
              std::numeric_limits<std::uint64_t>::max()
          ) {}

    ~TicketLine() {
        {
            const MutexLock lock(prefetch_mutex_);
            is_ending_ = true;
            prefetch_due_.notify_all();
        }
        if (prefetcher_.joinable())
            prefetcher_.join();
    }

    TicketLine(const TicketLine&) = delete;
    TicketLine& operator=(const TicketLine&) = delete;

    /// Up to `most` ids in a row, at least one.
    [[nodiscard]] absl::StatusOr<Block> take(std::uint64_t most, TimePoint deadline) {
        const Block ids = take_hot(most);
        return ids.first != ids.end ? ids : take_cold(most, deadline);
    }

private:
    /// Up to `most` ids of the hot block; an empty block when it is used up.
    Block take_hot(std::uint64_t most) {
        const HotBlock::Taken taken = hot_.take(most);
        if (taken.is_half_gone)
            wake_prefetcher();
        return taken.ids;
    }

    absl::StatusOr<Block> take_cold(std::uint64_t most, TimePoint deadline) {
        while (true) {
            {
                const MutexLock lock(publish_mutex_);
                // Another thread may have published meanwhile; only a used-up block is replaced.
                Block ids = take_hot(most);
                if (ids.first != ids.end)
                    return ids;
                if (const std::optional<Block> next = reserve_.take_held(HotBlock::kSizeMax)) {
                    hot_.publish(*next);
                    continue;
                }
            }
            MOSAIC_RETURN_IF_ERROR(reserve_.fetch(most, deadline));
        }
    }

    void wake_prefetcher() {
        const MutexLock lock(prefetch_mutex_);
        if (is_ending_)
            return;
        is_prefetch_due_ = true;
        if (!prefetcher_.joinable())
            prefetcher_ = std::thread([this] { prefetch(); });
        prefetch_due_.notify_one();
    }

    void prefetch() {
        while (true) {
            {
                const MutexLock lock(prefetch_mutex_);
                while (!is_prefetch_due_ && !is_ending_) prefetch_due_.wait(prefetch_mutex_);
                if (is_ending_)
                    return;
                is_prefetch_due_ = false;
            }
            // A failure is nobody's yet: who needs the block fetches it and gets the error.
            static_cast<void>(reserve_.top_up(std::chrono::steady_clock::now() + kPrefetchTimeout));
        }
    }

    HotBlock hot_;
    Mutex publish_mutex_;
    BlockReserve reserve_;

    Mutex prefetch_mutex_;
    CondVar prefetch_due_;
    bool is_prefetch_due_ ABSL_GUARDED_BY(prefetch_mutex_) = false;
    bool is_ending_ ABSL_GUARDED_BY(prefetch_mutex_) = false;
    std::thread prefetcher_;  ///< Started under prefetch_mutex_ by the first that needs it.
};

/// Ids that this thread took of one scheme at once, and gives out alone: no atomic operation an id.
struct ThreadIds {
    std::uint64_t scheme = 0;  ///< Its serial number; 0: none.
    std::uint32_t fork_generation = 0;
    Block left;
};

// A thread uses few schemes. Two that fall on one place do not throw each other's ids away: the
// second then takes ids one by one.
constexpr std::size_t kThreadPlaces = 16;
// Ids that a thread takes at once; what it has left is lost when it ends.
constexpr std::uint64_t kThreadIdsMax = 32;

constinit thread_local std::array<ThreadIds, kThreadPlaces> thread_ids;

// Serial numbers, unlike addresses, are never used again.
constinit std::atomic<std::uint64_t> last_serial{0};

class TicketScheme final : public KeyScheme {
public:
    TicketScheme(const std::string& counter, const std::shared_ptr<BlockSource>& source)
        : serial_(last_serial.fetch_add(1, std::memory_order_relaxed) + 1),
          counter_(counter),
          line_([counter, source] { return std::make_unique<TicketLine>(counter, source); }) {
        facts_.name = "ticket";
        facts_.bits = 64;
        facts_.order = "by block: ids of one process mostly rise, ids of two processes interleave";
        facts_.needs = "a ticket server, one round trip a block, most of them ahead of need";
        facts_.refuses = "when no ticket server answers and the blocks at hand are used up";
    }

    [[nodiscard]] const KeySchemeFacts& facts() const override { return facts_; }

    absl::Status next(
        std::span<Id> out,
        std::optional<BucketId> /*bucket*/,
        std::chrono::steady_clock::time_point deadline
    ) override {
        ThreadIds& mine = thread_ids[serial_ % kThreadPlaces];
        const bool is_at_hand = out.size() == 1 && mine.scheme == serial_ &&
                                mine.left.first != mine.left.end &&
                                mine.fork_generation == fork_generation();
        if (!is_at_hand) [[unlikely]]
            return out.size() == 1 ? next_one(out.front(), deadline) : next_several(out, deadline);
        out.front() = mine.left.first++;
        return absl::OkStatus();
    }

    [[nodiscard]] absl::StatusOr<std::vector<IdPart>> decode(const Id& id) const override {
        if (id.is_uuid()) {
            return make_error(
                errors::kIdNotOfScheme,
                absl::StrFormat(
                    "decode %s: it is a UUID, and tickets of counter %s are numbers; name the "
                    "table that it is from",
                    id.to_string(),
                    counter_
                )
            );
        }
        return std::vector<IdPart>{{"counter", counter_}, {"number", id.to_string()}};
    }

private:
    [[gnu::noinline]] absl::Status next_one(Id& out, TimePoint deadline) {
        ThreadIds& mine = thread_ids[serial_ % kThreadPlaces];
        const bool is_anothers = mine.scheme != serial_ && mine.left.first != mine.left.end &&
                                 mine.fork_generation == fork_generation();
        MOSAIC_ASSIGN_OR_RETURN(
            Block ids, line_.get().take(is_anothers ? 1 : kThreadIdsMax, deadline)
        );
        out = ids.first++;
        if (!is_anothers)
            mine = {.scheme = serial_, .fork_generation = fork_generation(), .left = ids};
        return absl::OkStatus();
    }

    [[gnu::noinline]] absl::Status next_several(std::span<Id> out, TimePoint deadline) {
        const auto begin = out.begin();
        auto at = begin;
        bool is_rising = true;
        ThreadIds& mine = thread_ids[serial_ % kThreadPlaces];
        if (mine.scheme == serial_ && mine.fork_generation == fork_generation()) {
            while (at != out.end() && mine.left.first != mine.left.end) *at++ = mine.left.first++;
        }
        while (at != out.end()) {
            MOSAIC_ASSIGN_OR_RETURN(
                const Block ids,
                line_.get().take(static_cast<std::uint64_t>(out.end() - at), deadline)
            );
            is_rising = is_rising && (at == begin || (at - 1)->number() < ids.first);
            for (std::uint64_t id = ids.first; id != ids.end; ++id) *at++ = id;
        }
        // Blocks of several ticket servers come in no order.
        if (!is_rising)
            std::sort(begin, out.end());
        return absl::OkStatus();
    }

    const std::uint64_t serial_;
    std::string counter_;
    KeySchemeFacts facts_;
    PerProcess<TicketLine> line_;
};

}  // namespace

std::shared_ptr<KeyScheme> make_ticket_scheme(
    std::string counter, std::shared_ptr<BlockSource> source
) {
    return std::make_shared<TicketScheme>(counter, source);
}

}  // namespace mosaic::keys
