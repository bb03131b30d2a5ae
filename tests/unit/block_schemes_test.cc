// Tickets and composite ids from blocks. The source of blocks here is a counter in memory;
// lib/catalog has the real one.
#include "base/mutex.h"
#include "base/status.h"
#include "keys/schemes.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mosaic;
using namespace mosaic::keys;
using namespace std::chrono_literals;

namespace {

TimePoint in(Duration duration) {
    return std::chrono::steady_clock::now() + duration;
}

/// Blocks of one size from a counter per bucket; several where more are wanted.
class CountingSource : public BlockSource {
public:
    explicit CountingSource(std::uint64_t block_size) : block_size_(block_size) {}

    absl::StatusOr<std::vector<Block>> next_blocks(
        const std::string& name,
        std::optional<BucketId> bucket,
        std::uint64_t wanted,
        TimePoint deadline
    ) override {
        calls.fetch_add(1);
        if (delay_ms > 0) {
            const TimePoint ready = in(std::chrono::milliseconds(delay_ms.load()));
            std::this_thread::sleep_until(std::min(ready, deadline));
            if (deadline < ready)
                return make_error(errors::kCallDeadline, "fetch a block: too slow");
        }
        const MutexLock lock(mutex_);
        if (is_down || (bucket && buckets_down.contains(bucket->value)))
            return make_error(errors::kTicketsUnavailable, "fetch a block: no server answers");
        names.insert(name);
        std::uint64_t& next = next_[bucket ? std::int64_t{bucket->value} : -1];
        next = std::max(next, first_id.load());
        std::vector<Block> blocks;
        const std::uint64_t count = std::clamp<std::uint64_t>(wanted / block_size_, 1, 100);
        for (std::uint64_t i = 0; i < count; ++i, next += block_size_)
            blocks.push_back({next, next + block_size_});
        return blocks;
    }

    std::atomic<int> calls{0};
    std::atomic<int> delay_ms{0};
    std::atomic<bool> is_down{false};
    std::atomic<std::uint64_t> first_id{1};
    std::set<std::uint32_t> buckets_down;
    std::set<std::string> names;

private:
    std::uint64_t block_size_;
    Mutex mutex_;
    std::map<std::int64_t, std::uint64_t> next_;
};

std::vector<Id> make_ids(
    KeyScheme& scheme, std::size_t count, std::optional<BucketId> bucket = std::nullopt
) {
    std::vector<Id> ids(count);
    const absl::Status made = scheme.next(ids, bucket, in(10s));
    INFO(made);
    REQUIRE(made.ok());
    return ids;
}

void check_error(const absl::Status& status, const ErrorRow& row) {
    REQUIRE_FALSE(status.ok());
    INFO(status);
    REQUIRE(error_detail(status).has_value());
    CHECK(error_detail(status)->id.number == row.number);
}

bool are_different(std::vector<Id> ids) {
    std::sort(ids.begin(), ids.end());
    return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

/// Ids that `threads` threads make, single ones and batches in turn.
std::vector<Id> make_in_threads(
    KeyScheme& scheme, int threads, int rounds, std::optional<BucketId> bucket = std::nullopt
) {
    std::vector<std::vector<Id>> made(static_cast<std::size_t>(threads));
    std::vector<std::thread> running;
    for (std::vector<Id>& mine : made) {
        running.emplace_back([&mine, &scheme, rounds, bucket] {
            for (int i = 0; i < rounds; ++i) {
                std::vector<Id> batch(i % 8 == 0 ? 37 : 1);
                if (!scheme.next(batch, bucket, in(10s)).ok())
                    std::abort();
                mine.insert(mine.end(), batch.begin(), batch.end());
            }
        });
    }
    for (std::thread& thread : running) thread.join();
    std::vector<Id> all;
    for (const std::vector<Id>& mine : made) all.insert(all.end(), mine.begin(), mine.end());
    return all;
}

/// The ids that `count` children make, each `each` of them.
std::vector<Id> make_in_children(
    KeyScheme& scheme, int count, int each, std::optional<BucketId> bucket = std::nullopt
) {
    int pipes[2] = {};
    REQUIRE(pipe(pipes) == 0);
    for (int i = 0; i < count; ++i) {
        if (fork() != 0)
            continue;
        for (int k = 0; k < each; ++k) {
            Id id;
            if (!scheme.next(std::span(&id, 1), bucket, in(5s)).ok())
                _exit(1);
            const std::uint64_t number = id.number();
            if (write(pipes[1], &number, sizeof number) != sizeof number)
                _exit(2);
        }
        _exit(0);
    }
    close(pipes[1]);
    std::vector<Id> ids;
    std::uint64_t number = 0;
    while (read(pipes[0], &number, sizeof number) == sizeof number) ids.emplace_back(number);
    close(pipes[0]);
    int status = 0;
    while (wait(&status) > 0) CHECK(status == 0);
    CHECK(ids.size() == static_cast<std::size_t>(count * each));
    return ids;
}

CompositeSpec child_spec() {
    CompositeSpec spec;
    spec.type = 2;
    spec.bucket_count = 16384;
    spec.counter = "orders";
    spec.is_child = true;
    return spec;
}

}  // namespace

TEST_CASE("tickets of one thread are the ids of the blocks, in order") {
    const auto source = std::make_shared<CountingSource>(100);
    const auto scheme = make_ticket_scheme("photos", source);
    std::uint64_t expected = 1;
    for (int i = 0; i < 1000; ++i) {
        for (const Id& id : make_ids(*scheme, i % 5 == 0 ? 7 : 1))
            REQUIRE(id.number() == expected++);
    }
    CHECK(source->names == std::set<std::string>{"photos"});
}

TEST_CASE("tickets of 8 threads are different, whatever the size of a block") {
    for (const std::uint64_t block_size : {1U, 2U, 7U, 1000U}) {
        const auto scheme =
            make_ticket_scheme("photos", std::make_shared<CountingSource>(block_size));
        const std::vector<Id> ids = make_in_threads(*scheme, 8, 4000);
        CHECK(ids.size() == 8 * (3500 + 500 * 37));
        CHECK(are_different(ids));
    }
}

TEST_CASE("two ticket schemes in one thread keep their ids apart") {
    std::vector<std::shared_ptr<KeyScheme>> schemes;
    for (int i = 0; i < 40; ++i)
        schemes.push_back(make_ticket_scheme("t", std::make_shared<CountingSource>(10)));
    std::vector<std::vector<Id>> made(schemes.size());
    for (int round = 0; round < 50; ++round) {
        for (std::size_t i = 0; i < schemes.size(); ++i)
            made[i].push_back(make_ids(*schemes[i], 1).front());
    }
    for (const std::vector<Id>& ids : made) {
        CHECK(are_different(ids));
        CHECK(ids.back().number() <= 50);
    }
}

TEST_CASE("the next block of tickets is fetched before one ends") {
    const auto source = std::make_shared<CountingSource>(1000);
    const auto scheme = make_ticket_scheme("photos", source);
    make_ids(*scheme, 400);
    CHECK(source->calls == 1);
    make_ids(*scheme, 200);  // past the middle
    const TimePoint end = in(5s);
    while (source->calls < 2 && std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(1ms);
    REQUIRE(source->calls == 2);
    std::this_thread::sleep_for(5ms);
    source->is_down = true;
    make_ids(*scheme, 1400);  // from what was fetched ahead
}

TEST_CASE("a busy counter is asked for more at a time") {
    const auto source = std::make_shared<CountingSource>(10);
    const auto scheme = make_ticket_scheme("photos", source);
    for (int i = 0; i < 20'000; ++i) make_ids(*scheme, 1);
    CHECK(source->calls < 200);
}

TEST_CASE("without a ticket server the blocks at hand are used up, then calls fail until it is back"
) {
    const auto source = std::make_shared<CountingSource>(100);
    const auto scheme = make_ticket_scheme("photos", source);
    make_ids(*scheme, 1);
    source->is_down = true;
    make_ids(*scheme, 68);  // the thread took 32 of 100
    std::vector<Id> ids(200);
    check_error(scheme->next(ids, std::nullopt, in(1s)), errors::kTicketsUnavailable);
    source->is_down = false;
    const std::vector<Id> after = make_ids(*scheme, 200);
    CHECK(are_different(after));
    CHECK(after.front().number() > 69);
}

TEST_CASE("a call for tickets ends by its deadline, also while another thread fetches") {
    const auto source = std::make_shared<CountingSource>(1000);
    source->delay_ms = 400;
    const auto scheme = make_ticket_scheme("photos", source);
    absl::Status patients;
    std::thread patient([&] {
        Id id;
        patients = scheme->next(std::span(&id, 1), std::nullopt, in(10s));
    });
    while (source->calls == 0) std::this_thread::sleep_for(1ms);
    const auto start = std::chrono::steady_clock::now();
    Id id;
    check_error(scheme->next(std::span(&id, 1), std::nullopt, start + 50ms), errors::kCallDeadline);
    CHECK(std::chrono::steady_clock::now() - start < 300ms);
    patient.join();
    CHECK(patients.ok());
    CHECK(source->calls == 1);
    make_ids(*scheme, 1);
}

TEST_CASE("a forked child drops its parent's tickets") {
    // A source forked in memory counts on in each process by itself; this one starts where no other
    // process does, so what is twice comes from a shared block.
    class PerProcessSource : public BlockSource {
    public:
        absl::StatusOr<std::vector<Block>> next_blocks(
            const std::string&, std::optional<BucketId>, std::uint64_t, TimePoint
        ) override {
            const std::uint64_t first =
                (static_cast<std::uint64_t>(getpid() % 4096) << 24) + (count_++ << 10);
            return std::vector<Block>{{first, first + 1024}};
        }

    private:
        std::uint64_t count_ = 0;
    };

    CompositeSpec root = child_spec();
    root.is_child = false;
    const std::shared_ptr<KeyScheme> schemes[] = {
        make_ticket_scheme("photos", std::make_shared<PerProcessSource>()),
        *make_composite_scheme(child_spec(), std::make_shared<PerProcessSource>()),
        *make_composite_scheme(root, std::make_shared<PerProcessSource>())};
    for (const auto& scheme : schemes) {
        const std::optional<BucketId> bucket =
            scheme->facts().needs_bucket ? std::optional(BucketId{77}) : std::nullopt;
        std::vector<Id> all = make_ids(*scheme, 5, bucket);
        all.push_back(make_ids(*scheme, 1, bucket).front());
        const std::vector<Id> childrens = make_in_children(*scheme, 8, 100, bucket);
        for (int i = 0; i < 100; ++i) all.push_back(make_ids(*scheme, 1, bucket).front());
        all.insert(all.end(), childrens.begin(), childrens.end());
        CHECK(are_different(all));
    }
}

TEST_CASE("a composite layout must add up and hold its buckets and type") {
    CHECK(check_layout({}, 16384, 1023).ok());
    CHECK(check_layout({1, 16, 10, 37}, 65536, 0).ok());
    CHECK(check_layout({2, 14, 0, 48}, 16384, 0).ok());

    struct Case {
        CompositeLayout layout;
        std::uint32_t bucket_count;
        std::uint32_t type;
        const char* cause;
    };

    const Case cases[] = {
        {{2, 16, 10, 35}, 16384, 0, "they add up to 63"},
        {{2, 16, 10, 37}, 16384, 0, "they add up to 65"},
        {{0, 18, 10, 36}, 16384, 0, "there must be 1 reserved bit"},
        {{2, 52, 10, 0}, 16384, 0, "1 local bit at least"},
        {{1, 40, 10, 13}, 16384, 0, "32 bits at most"},
        {{2, -16, 10, 68}, 16384, 0, "there must be"},
        {{4, 14, 10, 36}, 32768, 0, "32768 buckets do not fit in 14 bits"},
        {{}, 16384, 1024, "type 1024 does not fit in 10 bits"},
    };
    for (const Case& one : cases) {
        const absl::Status refused = check_layout(one.layout, one.bucket_count, one.type);
        check_error(refused, errors::kCompositeLayout);
        CHECK_THAT(std::string(message_of(refused)), Catch::Contains(one.cause));
    }
    CompositeSpec spec = child_spec();
    spec.type = 1024;
    check_error(
        make_composite_scheme(spec, std::make_shared<CountingSource>(1)).status(),
        errors::kCompositeLayout
    );
}

TEST_CASE("a composite id is put together and taken apart again") {
    const CompositeLayout layouts[] = {{}, {1, 16, 10, 37}, {2, 14, 0, 48}, {1, 32, 30, 1}};
    for (const CompositeLayout& layout : layouts) {
        const CompositeParts highest = {
            BucketId{static_cast<std::uint32_t>((std::uint64_t{1} << layout.bucket_bits) - 1)},
            static_cast<std::uint32_t>((std::uint64_t{1} << layout.type_bits) - 1),
            (std::uint64_t{1} << layout.local_bits) - 1};
        CHECK(decompose(layout, compose(layout, highest)) == highest);
        CHECK(compose(layout, highest) >> (64 - layout.reserved_bits) == 0);
        CHECK(decompose(layout, 0) == CompositeParts{});
    }
    CHECK(compose({}, {BucketId{1}, 0, 0}) == std::uint64_t{1} << 46);
    CHECK(compose({}, {BucketId{0}, 1, 0}) == std::uint64_t{1} << 36);
}

TEST_CASE("a child's composite id takes its parent's bucket, and is refused without it") {
    const auto source = std::make_shared<CountingSource>(10);
    const auto scheme = *make_composite_scheme(child_spec(), source);
    CHECK(scheme->facts().needs_bucket);
    for (const std::uint32_t bucket : {0U, 5U, 16383U, 5U}) {
        for (const Id& id : make_ids(*scheme, 25, BucketId{bucket})) {
            CHECK(scheme->bucket_of(id) == BucketId{bucket});
            CHECK(decompose({}, id.number()).type == 2);
            CHECK(decompose({}, id.number()).local > 0);
        }
    }
    Id id;
    check_error(scheme->next(std::span(&id, 1), std::nullopt, in(1s)), errors::kKeyNeedsParent);
    check_error(scheme->next(std::span(&id, 1), BucketId{16384}, in(1s)), errors::kKeyNotPlaceable);
}

TEST_CASE("composite ids of 8 threads are different, in one bucket and over all") {
    const auto child = *make_composite_scheme(child_spec(), std::make_shared<CountingSource>(9));
    CHECK(are_different(make_in_threads(*child, 8, 1000, BucketId{3})));
    CompositeSpec spec = child_spec();
    spec.is_child = false;
    const auto root = *make_composite_scheme(spec, std::make_shared<CountingSource>(9));
    CHECK(are_different(make_in_threads(*root, 8, 1000)));
}

TEST_CASE("root rows take a few buckets at a time, and all of them in the end") {
    CompositeSpec spec = child_spec();
    spec.is_child = false;
    spec.bucket_count = 16;
    const auto source = std::make_shared<CountingSource>(100);
    const auto scheme = *make_composite_scheme(spec, source);
    const auto buckets_of = [&](int count) {
        std::set<std::uint32_t> buckets;
        for (int i = 0; i < count; ++i)
            buckets.insert(scheme->bucket_of(make_ids(*scheme, 1).front())->value);
        return buckets;
    };
    CHECK(buckets_of(100).size() <= 4);
    CHECK(source->calls <= 4);
    CHECK(buckets_of(40'000).size() == 16);
    // The row's own bucket, where it is known, is taken as it is.
    CHECK(scheme->bucket_of(make_ids(*scheme, 1, BucketId{9}).front()) == BucketId{9});
}

TEST_CASE("root rows go on while some buckets' shard is down") {
    CompositeSpec spec = child_spec();
    spec.is_child = false;
    spec.bucket_count = 4;
    const auto source = std::make_shared<CountingSource>(10);
    source->buckets_down = {2};
    const auto scheme = *make_composite_scheme(spec, source);
    for (int i = 0; i < 300; ++i)
        CHECK(scheme->bucket_of(make_ids(*scheme, 1).front())->value != 2);
    source->is_down = true;
    Id id;
    absl::Status last;
    for (int i = 0; i < 100'000 && last.ok(); ++i)
        last = scheme->next(std::span(&id, 1), std::nullopt, in(1s));
    check_error(last, errors::kTicketsUnavailable);
}

TEST_CASE("a bucket's counter that reaches the end of the local part gives no more ids") {
    const auto source = std::make_shared<CountingSource>(10);
    source->first_id = (std::uint64_t{1} << 36) - 4;
    const auto scheme = *make_composite_scheme(child_spec(), source);
    const std::vector<Id> last = make_ids(*scheme, 4, BucketId{1});
    CHECK(decompose({}, last.back().number()).local == (std::uint64_t{1} << 36) - 1);
    CHECK(scheme->bucket_of(last.back()) == BucketId{1});
    Id id;
    check_error(scheme->next(std::span(&id, 1), BucketId{1}, in(1s)), errors::kIdsUsedUp);
}

TEST_CASE("a source that gives no block is an error, not a wait") {
    class EmptySource : public BlockSource {
    public:
        absl::StatusOr<std::vector<Block>> next_blocks(
            const std::string&, std::optional<BucketId>, std::uint64_t, TimePoint
        ) override {
            return std::vector<Block>{};
        }
    };

    const auto scheme = make_ticket_scheme("photos", std::make_shared<EmptySource>());
    Id id;
    check_error(scheme->next(std::span(&id, 1), std::nullopt, in(1s)), errors::kTicketsUnavailable);
}

TEST_CASE("tickets and composite ids decode, and other ids do not") {
    const auto ticket = make_ticket_scheme("photos", std::make_shared<CountingSource>(10));
    CHECK((*ticket->decode(Id(42U)))[1].value == "42");
    check_error(ticket->decode(Uuid()).status(), errors::kIdNotOfScheme);
    CHECK(ticket->bucket_of(Id(42U)) == std::nullopt);

    const auto composite =
        *make_composite_scheme(child_spec(), std::make_shared<CountingSource>(10));
    const auto parts = composite->decode(compose({}, {BucketId{77}, 2, 9}));
    REQUIRE(parts.ok());
    CHECK((*parts)[0].value == "77");
    CHECK((*parts)[1].value == "2");
    CHECK((*parts)[2].value == "9");
    const Id wrong[] = {
        Uuid(),
        compose({}, {BucketId{77}, 3, 9}),
        compose({}, {BucketId{16384}, 2, 9}),
        compose({}, {BucketId{77}, 2, 9}) | std::uint64_t{1} << 63};
    for (const Id& id : wrong) {
        check_error(composite->decode(id).status(), errors::kIdNotOfScheme);
        CHECK(composite->bucket_of(id) == std::nullopt);
    }
}
