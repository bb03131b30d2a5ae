// New UUIDs: order, uniqueness over threads and forks, clock steps (the last in a process of its
// own, because the clock's steps are read once).
#include "base/clock.h"
#include "base/mutex.h"
#include "base/status.h"
#include "keys/schemes.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mosaic;
using namespace mosaic::keys;

namespace {

constexpr TimePoint kNoDeadline = TimePoint::max();

std::vector<Id> make_ids(KeyScheme& scheme, std::size_t count) {
    std::vector<Id> ids(count);
    const absl::Status made = scheme.next(ids, std::nullopt, kNoDeadline);
    INFO(made);
    REQUIRE(made.ok());
    return ids;
}

bool are_different(std::vector<Id> ids) {
    std::sort(ids.begin(), ids.end());
    return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

bool is_rising(const std::vector<Id>& ids) {
    return std::adjacent_find(ids.begin(), ids.end(), std::greater_equal<>()) == ids.end();
}

}  // namespace

TEST_CASE("UUIDs have their version and variant, and version 7 the time") {
    const std::uint64_t before = wall_clock_ms();
    const Uuid v7 = next_uuid(UuidVersion::kV7);
    const std::uint64_t after = wall_clock_ms();
    CHECK(v7.version() == 7);
    CHECK((v7.bytes()[8] & 0xC0) == 0x80);
    CHECK(v7.unix_ms() >= before);
    CHECK(v7.unix_ms() <= after + 1);  // ids of a burst may run ahead
    const Uuid v4 = next_uuid(UuidVersion::kV4);
    CHECK(v4.version() == 4);
    CHECK((v4.bytes()[8] & 0xC0) == 0x80);
}

TEST_CASE("version 7 rises within a process, one by one and in batches") {
    const auto scheme = make_uuid_scheme(UuidVersion::kV7);
    std::vector<Id> ids;
    for (int i = 0; i < 20'000; ++i) ids.emplace_back(next_uuid(UuidVersion::kV7));
    for (const std::size_t size : {1U, 2U, 1000U, 70'000U, 3U}) {
        const std::vector<Id> more = make_ids(*scheme, size);
        ids.insert(ids.end(), more.begin(), more.end());
    }
    CHECK(is_rising(ids));
    CHECK(make_ids(*scheme, 0).empty());
}

TEST_CASE("each millisecond starts the counter anew, with its top bit clear") {
    int seeds = 0;
    std::uint64_t last_seed = 0;
    int repeated = 0;
    for (int i = 0; i < 20; ++i) {
        const std::uint64_t ms = wall_clock_ms();
        while (wall_clock_ms() <= ms + 1) std::this_thread::yield();
        const Uuid uuid = next_uuid(UuidVersion::kV7);
        const std::uint64_t seed = std::uint64_t{uuid.bytes()[6]} << 8 | uuid.bytes()[7];
        CHECK((uuid.bytes()[6] & 0x08) == 0);
        repeated += seeds > 0 && seed == last_seed ? 1 : 0;
        last_seed = seed;
        ++seeds;
    }
    CHECK(repeated <= 2);
}

TEST_CASE("UUIDs of many threads are different, and rise in each") {
    for (const UuidVersion version : {UuidVersion::kV7, UuidVersion::kV4}) {
        const auto scheme = make_uuid_scheme(version);
        std::vector<std::vector<Id>> made(8);
        std::vector<std::thread> threads;
        for (std::vector<Id>& mine : made) {
            threads.emplace_back([&] {
                for (int i = 0; i < 200; ++i) {
                    std::vector<Id> batch(i % 2 == 0 ? 1 : 49);
                    if (!scheme->next(batch, std::nullopt, kNoDeadline).ok())
                        std::abort();
                    mine.insert(mine.end(), batch.begin(), batch.end());
                }
            });
        }
        for (std::thread& thread : threads) thread.join();
        std::vector<Id> all;
        for (const std::vector<Id>& mine : made) {
            if (version == UuidVersion::kV7)
                CHECK(is_rising(mine));
            all.insert(all.end(), mine.begin(), mine.end());
        }
        CHECK(all.size() == 40'000);
        CHECK(are_different(all));
    }
}

TEST_CASE("version 7 rises over all threads of a process that make ids one after the other") {
    Mutex mutex;
    Uuid last;
    int unordered = 0;
    std::vector<std::thread> threads;
    for (std::size_t thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&, thread] {
            const auto scheme = make_uuid_scheme(UuidVersion::kV7);
            for (std::size_t round = 0; round < 500; ++round) {
                const MutexLock lock(mutex);
                // Long runs make a thread take stamps ahead; a batch comes between some.
                for (std::size_t i = 0; i <= (round * 7 + thread * 31) % 200; ++i) {
                    std::vector<Id> ids(i % 50 == 49 ? 3 : 1);
                    if (!scheme->next(ids, std::nullopt, kNoDeadline).ok())
                        std::abort();
                    unordered += last < ids.front().uuid() ? 0 : 1;
                    last = ids.back().uuid();
                }
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    CHECK(unordered == 0);
}

TEST_CASE("children that fork() makes share no UUID with their parent or each other") {
    for (const UuidVersion version : {UuidVersion::kV7, UuidVersion::kV4}) {
        constexpr std::size_t kEach = 500;
        std::vector<Id> all;
        for (int i = 0; i < 10; ++i) all.emplace_back(next_uuid(version));
        int pipes[2] = {};
        REQUIRE(pipe(pipes) == 0);
        for (int i = 0; i < 8; ++i) {
            const pid_t child = fork();
            if (child != 0)
                continue;
            for (std::size_t k = 0; k < kEach; ++k) {
                const Uuid uuid = next_uuid(version);
                if (write(pipes[1], uuid.bytes().data(), 16) != 16)
                    _exit(1);
            }
            _exit(0);
        }
        close(pipes[1]);
        for (std::size_t k = 0; k < kEach; ++k) all.emplace_back(next_uuid(version));
        char bytes[16];
        std::size_t filled = 0;
        for (ssize_t got = 0; (got = read(pipes[0], bytes + filled, 16 - filled)) > 0;) {
            filled += static_cast<std::size_t>(got);
            if (filled == 16) {
                all.emplace_back(*Uuid::from_bytes({bytes, 16}));
                filled = 0;
            }
        }
        close(pipes[0]);
        int status = 0;
        while (wait(&status) > 0) CHECK(status == 0);
        CHECK(all.size() == 10 + 9 * kEach);
        CHECK(are_different(all));
    }
}

TEST_CASE("version 7 rises on when the clock steps back, and after it stepped forward") {
    // The clock's hook is read at its first use, so it needs a process that has not used it: this
    // binary again, with the case below.
    setenv("MOSAIC_CLOCK_STEPS", "20:+5000,60:-5000,90:-5000", 1);
    const int result = std::system("/proc/$PPID/exe '[clock-steps]' >/dev/null 2>&1");
    unsetenv("MOSAIC_CLOCK_STEPS");
    CHECK(result == 0);
}

TEST_CASE("under clock steps ids rise and the time jumps", "[.][clock-steps]") {
    const auto start = std::chrono::steady_clock::now();
    const std::uint64_t first_ms = wall_clock_ms();
    std::vector<Id> ids;
    std::uint64_t highest = 0;
    std::uint64_t lowest = first_ms;
    while (std::chrono::steady_clock::now() - start < std::chrono::milliseconds(130)) {
        const std::uint64_t now = wall_clock_ms();
        highest = std::max(highest, now);
        lowest = std::min(lowest, now);
        for (int i = 0; i < 50; ++i) ids.emplace_back(next_uuid(UuidVersion::kV7));
    }
    REQUIRE(highest > first_ms + 4900);  // the steps were made
    REQUIRE(lowest < first_ms - 4800);
    CHECK(is_rising(ids));
    CHECK(ids.back().uuid().unix_ms() >= first_ms + 4900);
    CHECK(ids.back().uuid().unix_ms() <= highest + 1);
}

TEST_CASE("a UUID decodes into what is in it, and no other id decodes") {
    const auto v7 = make_uuid_scheme(UuidVersion::kV7);
    const auto v4 = make_uuid_scheme(UuidVersion::kV4);
    const Uuid known = *Uuid::parse("018f2b3c-4d5e-7f60-8a1b-2c3d4e5f6071");
    const auto parts = v7->decode(known);
    REQUIRE(parts.ok());
    REQUIRE(parts->size() == 3);
    CHECK((*parts)[0].value == "7");
    CHECK((*parts)[1].name == "time");
    CHECK((*parts)[1].value == "2024-04-29 19:02:03.358");
    CHECK((*parts)[2].value == std::to_string(0xF60U << 9 | 0x0AU << 3 | 0x1BU >> 5));
    CHECK(v4->decode(next_uuid(UuidVersion::kV4)).ok());
    for (const auto& refused : {v7->decode(Id(42U)), v7->decode(Uuid()), v4->decode(known)}) {
        REQUIRE_FALSE(refused.ok());
        CHECK(error_detail(refused.status())->id.number == errors::kIdNotOfScheme.number);
    }
    CHECK(v7->facts().bits == 128);
    CHECK_FALSE(v7->facts().needs_bucket);
    CHECK(v7->bucket_of(known) == std::nullopt);
}
