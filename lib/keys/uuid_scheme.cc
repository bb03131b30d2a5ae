#include "base/clock.h"
#include "base/fork.h"
#include "base/status.h"
#include "keys/random.h"
#include "keys/schemes.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>

namespace mosaic::keys {
namespace {

// A version 7 UUID, from the top: 48 bits of milliseconds, the version, 12 bits of counter, the
// variant, 9 bits of counter, 53 random bits.
//
// Milliseconds and counter live in one atomic word, so the ids of all threads are in order without
// a lock. A new millisecond starts the counter at a random value with its top bit clear: that
// leaves a million ids. One more than those carries into the milliseconds, which is what an id that
// has to stand behind its predecessors needs. When the clock steps back the word stays where it is
// and counts on, until the clock has caught up.
//
// A thread that makes ids one by one with no other between takes some stamps ahead: while the word
// still says that they are the last ones, they are given out for the price of a load. Once another
// thread has moved the word they would be out of order, and are dropped. (An id made while the
// other's call runs may come before or after it.) So threads that disturb each other take single
// stamps, and do not use up the counter.
//
// The random bits keep processes apart: a thread draws them anew in each millisecond (and after
// fork()); its ids of one millisecond share them and differ in the counter.
constexpr int kCounterBits = 21;
constexpr int kLowCounterBits = 9;
constexpr std::uint64_t kSeedMask = (std::uint64_t{1} << (kCounterBits - 1)) - 1;
constexpr std::uint64_t kTailMask = (std::uint64_t{1} << 53) - 1;
// Most stamps taken ahead: what is lost of a millisecond's counter when another thread comes
// between.
constexpr std::uint32_t kAheadMax = 64;
constexpr std::uint64_t kNsPerMs = 1'000'000;
// More ids than this are taken in several steps, each with the clock read anew.
constexpr std::uint64_t kBatchMax = 65536;

constinit std::atomic<std::uint64_t> last_stamp{0};

struct Tail {
    // When its millisecond began, as the clock says it: comparing is cheaper than computing the
    // milliseconds of each reading. No clock says -1, as a new tail does.
    std::time_t second = -1;
    std::int64_t nanosecond = 0;
    std::uint64_t ms = 0;
    std::uint64_t seed = 0;
    std::uint64_t bits = 0;
    std::uint32_t fork_generation = 0;
    std::uint32_t ahead = 1;  ///< Stamps to take at the next time.
    // Stamps taken ahead, good while last_stamp is end - 1.
    std::uint64_t next = 0;
    std::uint64_t end = 0;

    /// Whether the bits are those of this millisecond and of this process.
    [[nodiscard]] bool is_of(const std::timespec& now) const {
        const auto since = static_cast<std::uint64_t>(now.tv_nsec - nanosecond);
        return now.tv_sec == second && since < kNsPerMs &&
               fork_generation == mosaic::fork_generation();
    }
};

constinit thread_local Tail tail;

[[gnu::noinline]] bool draw_tail(const std::timespec& now) {
    std::uint64_t drawn[2] = {};
    if (!fill_random(drawn, sizeof drawn))
        return false;
    tail = {
        .second = now.tv_sec,
        .nanosecond = now.tv_nsec - now.tv_nsec % static_cast<std::int64_t>(kNsPerMs),
        .ms = to_ms(now),
        .seed = drawn[0] & kSeedMask,
        .bits = drawn[1] & kTailMask,
        .fork_generation = fork_generation()};
    return true;
}

/// The first `count` stamps of a millisecond that may be new to this process.
[[gnu::noinline]] std::uint64_t take_first_stamps(std::uint64_t ms, std::uint64_t count) {
    constexpr auto kRelaxed = std::memory_order_relaxed;
    const std::uint64_t fresh = ms << kCounterBits | tail.seed;
    std::uint64_t last = last_stamp.load(kRelaxed);
    while (ms > last >> kCounterBits) {
        if (last_stamp.compare_exchange_weak(last, fresh + count - 1, kRelaxed, kRelaxed))
            return fresh;
    }
    return last_stamp.fetch_add(count, kRelaxed) + 1;
}

/// `count` stamps in a row that no other call gets, none before `ms`; the first of them.
std::uint64_t take_stamps(std::uint64_t ms, std::uint64_t count) {
    // Counting on comes first, though a new millisecond then throws these stamps away: so it need
    // not wait for what the clock says.
    const std::uint64_t first = last_stamp.fetch_add(count, std::memory_order_relaxed) + 1;
    return first >> kCounterBits >= ms ? first : take_first_stamps(ms, count);
}

constexpr std::uint64_t big_endian(std::uint64_t number) {
    return std::endian::native == std::endian::little ? __builtin_bswap64(number) : number;
}

Uuid uuid_of(std::uint64_t high, std::uint64_t low) {
    const std::uint64_t halves[2] = {big_endian(high), big_endian(low)};
    std::array<std::uint8_t, 16> bytes;
    std::memcpy(bytes.data(), halves, sizeof halves);
    return Uuid(bytes);
}

Uuid v7_of(std::uint64_t stamp, std::uint64_t tail_bits) {
    const std::uint64_t ms = stamp >> kCounterBits;
    const std::uint64_t high_counter = stamp >> kLowCounterBits & 0xFFF;
    const std::uint64_t low_counter = stamp & ((1U << kLowCounterBits) - 1);
    return uuid_of(
        ms << 16 | std::uint64_t{7} << 12 | high_counter,
        std::uint64_t{2} << 62 | low_counter << 53 | tail_bits
    );
}

/// Calls `take` with each new UUID. False: the system gives no random bytes.
template <typename Take>
bool make_v7(std::uint64_t count, const Take& take) {
    while (count > 0) {
        const std::timespec now = wall_clock();
        if (!tail.is_of(now) && !draw_tail(now))
            return false;
        const std::uint64_t taken = count < kBatchMax ? count : kBatchMax;
        const std::uint64_t first = take_stamps(tail.ms, taken);
        const std::uint64_t tail_bits = tail.bits;
        for (std::uint64_t i = 0; i < taken; ++i) take(v7_of(first + i, tail_bits));
        count -= taken;
    }
    return true;
}

[[gnu::noinline]] std::uint64_t take_stamps_ahead() {
    const std::uint64_t count = tail.ahead;
    const std::uint64_t first = take_stamps(tail.ms, count);
    const bool is_alone = first == tail.end;
    tail.ahead = is_alone ? std::min(tail.ahead * 2, kAheadMax) : 1;
    tail.next = first + 1;
    tail.end = first + count;
    return first;
}

/// \pre tail is of this millisecond
Uuid next_v7_of_tail() {
    const bool are_last = last_stamp.load(std::memory_order_relaxed) == tail.end - 1;
    const bool is_at_hand = tail.next != tail.end && are_last;
    return v7_of(is_at_hand ? tail.next++ : take_stamps_ahead(), tail.bits);
}

template <typename Take>
bool make_v4(std::uint64_t count, const Take& take) {
    constexpr std::uint64_t kLow12 = 0xFFF;
    constexpr std::uint64_t kLow62 = (std::uint64_t{1} << 62) - 1;
    for (; count > 0; --count) {
        std::uint64_t random[2] = {};
        if (!fill_random(random, sizeof random))
            return false;
        const std::uint64_t high =
            (random[0] & ~std::uint64_t{0xFFFF}) | std::uint64_t{4} << 12 | (random[0] & kLow12);
        take(uuid_of(high, std::uint64_t{2} << 62 | (random[1] & kLow62)));
    }
    return true;
}

std::string utc_text(std::uint64_t ms) {
    const auto seconds = static_cast<std::time_t>(ms / 1000);
    std::tm utc{};
    gmtime_r(&seconds, &utc);
    return absl::StrFormat(
        "%04d-%02d-%02d %02d:%02d:%02d.%03d",
        utc.tm_year + 1900,
        utc.tm_mon + 1,
        utc.tm_mday,
        utc.tm_hour,
        utc.tm_min,
        utc.tm_sec,
        ms % 1000
    );
}

class UuidScheme final : public KeyScheme {
public:
    explicit UuidScheme(UuidVersion version) : version_(version) {
        const bool is_v7 = version == UuidVersion::kV7;
        facts_.name = is_v7 ? "uuid" : "uuid_v4";
        facts_.bits = 128;
        facts_.order = is_v7 ? "by millisecond, and within a process by its making" : "none";
        facts_.needs = "nothing";
        facts_.refuses = "when the system gives no random bytes";
    }

    [[nodiscard]] const KeySchemeFacts& facts() const override { return facts_; }

    absl::Status next(
        std::span<Id> out,
        std::optional<BucketId> /*bucket*/,
        std::chrono::steady_clock::time_point /*deadline*/
    ) override {
        const bool is_quick =
            out.size() == 1 && version_ == UuidVersion::kV7 && tail.is_of(wall_clock());
        if (!is_quick) [[unlikely]]
            return next_several(out);
        // Made in its place: a copy would wait for the bytes that it is made of.
        std::construct_at(out.data(), next_v7_of_tail());
        return absl::OkStatus();
    }

    [[nodiscard]] absl::StatusOr<std::vector<IdPart>> decode(const Id& id) const override {
        if (!id.is_uuid() || id.uuid().version() != static_cast<int>(version_)) {
            return make_error(
                errors::kIdNotOfScheme,
                absl::StrFormat(
                    "decode %s: it is no UUID of version %d; name the table that it is from",
                    id.to_string(),
                    static_cast<int>(version_)
                )
            );
        }
        std::vector<IdPart> parts = {{"version", std::to_string(static_cast<int>(version_))}};
        if (version_ == UuidVersion::kV7) {
            const auto& bytes = id.uuid().bytes();
            const auto byte = [&](std::size_t i) { return std::uint32_t{bytes[i]}; };
            const std::uint32_t counter =
                (byte(6) & 15) << 17 | byte(7) << 9 | (byte(8) & 63) << 3 | byte(9) >> 5;
            parts.push_back({"time", utc_text(id.uuid().unix_ms())});
            parts.push_back({"counter", std::to_string(counter)});
        }
        return parts;
    }

private:
    [[gnu::noinline]] absl::Status next_several(std::span<Id> out) const {
        Id* at = out.data();
        const auto take = [&](const Uuid& uuid) { *at++ = uuid; };
        const bool is_made =
            version_ == UuidVersion::kV7 ? make_v7(out.size(), take) : make_v4(out.size(), take);
        if (is_made)
            return absl::OkStatus();
        return make_error(
            errors::kRandomUnavailable,
            absl::StrFormat(
                "make %d UUIDs: getrandom() gives no bytes; allow this process the call", out.size()
            )
        );
    }

    UuidVersion version_;
    KeySchemeFacts facts_;
};

[[gnu::noinline]] Uuid next_uuid_slowly(UuidVersion version) {
    Uuid made;
    const auto take = [&](const Uuid& uuid) { made = uuid; };
    const bool is_made = version == UuidVersion::kV7 ? make_v7(1, take) : make_v4(1, take);
    if (!is_made) {
        // There is no status to carry it, and an id that might not be unique is worse than none.
        std::fputs("mosaic: getrandom() gives no bytes, so no UUID can be made\n", stderr);
        std::abort();
    }
    return made;
}

}  // namespace

std::shared_ptr<KeyScheme> make_uuid_scheme(UuidVersion version) {
    return std::make_shared<UuidScheme>(version);
}

Uuid next_uuid(UuidVersion version) {
    if (version == UuidVersion::kV7 && tail.is_of(wall_clock())) [[likely]]
        return next_v7_of_tail();
    return next_uuid_slowly(version);
}

}  // namespace mosaic::keys
