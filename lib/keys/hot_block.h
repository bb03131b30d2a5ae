#pragma once

#include "keys/block_source.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <limits>

namespace mosaic::keys {

/// The block that all threads take ids from, without a lock.
///
/// One atomic word holds the block's number (upper half) and how many of its ids are given out
/// (lower half). A thread reads the word, then the bounds of that block, and takes ids by moving
/// the word on with compare-and-swap. Bounds lie in two places, by the block's number modulo 2: a
/// place is written again only after the word has left its block for the next one. So bounds that
/// belong to a later block are seen only by a thread whose word is old by then, and since the word
/// never takes a value twice (before 2^32 blocks), its compare-and-swap fails. Hence no id is given
/// out twice; ids can only be lost, by a process that ends.
///
/// \par Thread safety
/// take() from any thread; publish() from one at a time.
class HotBlock {
public:
    static constexpr std::uint64_t kSizeMax = std::numeric_limits<std::uint32_t>::max();

    struct Taken {
        Block ids;
        bool is_half_gone = false;  ///< True for the one call that took the middle id.
    };

    /// Up to `most` ids in a row; an empty block when none are left. \pre most > 0
    [[nodiscard]] Taken take(std::uint64_t most) {
        std::uint64_t word = word_.load(std::memory_order_acquire);
        while (true) {
            const Bounds& bounds = bounds_[(word >> 32) & 1];
            const std::uint64_t first = bounds.first.load(std::memory_order_acquire);
            const std::uint64_t size = bounds.size.load(std::memory_order_acquire);
            const std::uint64_t used = word & kSizeMax;
            if (used >= size)
                return {};
            const std::uint64_t count = std::min(most, size - used);
            if (word_.compare_exchange_weak(
                    word, word + count, std::memory_order_acq_rel, std::memory_order_acquire
                )) {
                const std::uint64_t half = size / 2;
                return {{first + used, first + used + count}, used <= half && half < used + count};
            }
        }
    }

    /// Goes on to the next block. \pre take() found none left, and `block` has kSizeMax ids at most
    void publish(const Block& block) {
        const std::uint64_t next = (word_.load(std::memory_order_acquire) >> 32) + 1;
        Bounds& bounds = bounds_[next & 1];
        bounds.first.store(block.first, std::memory_order_release);
        bounds.size.store(block.end - block.first, std::memory_order_release);
        word_.store(next << 32, std::memory_order_release);
    }

private:
    struct Bounds {
        std::atomic<std::uint64_t> first{0};
        std::atomic<std::uint64_t> size{0};
    };

    std::atomic<std::uint64_t> word_{0};
    std::array<Bounds, 2> bounds_;
};

}  // namespace mosaic::keys
