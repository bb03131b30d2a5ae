#include "pool/breaker.h"
#include "pool/connection_life.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <random>
#include <vector>

using namespace mosaic;
using namespace mosaic::pool;
using namespace std::chrono_literals;
using State = ConnectionLife::State;
using Action = ConnectionLife::Action;

namespace {

const TimePoint kStart{1h};

ConnectionLife idle_connection(const PoolOptions& options = {}, double jitter = 0) {
    ConnectionLife life(options, jitter);
    life.on_connected(kStart);
    return life;
}

}  // namespace

TEST_CASE("a connection used often is handed out without being asked") {
    ConnectionLife life = idle_connection();
    for (TimePoint now = kStart; now < kStart + 10s; now += 499ms) {
        CHECK(life.on_wanted(now) == Action::kNothing);
        CHECK(life.state() == State::kCheckedOut);
        CHECK(life.on_returned(ReturnKind::kClean, now) == Action::kNothing);
        CHECK(life.state() == State::kIdle);
    }
}

TEST_CASE("a connection idle for long is pinged first") {
    ConnectionLife life = idle_connection();
    CHECK(life.on_wanted(kStart + 500ms) == Action::kPing);

    SECTION("and used when it answers") {
        CHECK(life.on_pinged(true) == Action::kNothing);
        CHECK(life.state() == State::kCheckedOut);
    }
    SECTION("and closed when it does not") {
        CHECK(life.on_pinged(false) == Action::kClose);
        CHECK(life.state() == State::kClosed);
    }
}

TEST_CASE("a loss beside it makes a connection suspect until it answered") {
    ConnectionLife life = idle_connection();
    life.on_suspicion();
    CHECK(life.on_wanted(kStart) == Action::kPing);
    CHECK(life.on_pinged(true) == Action::kNothing);
    life.on_returned(ReturnKind::kClean, kStart);
    CHECK(life.on_wanted(kStart) == Action::kNothing);
}

TEST_CASE("what comes back changed is reset, what comes back broken is closed") {
    ConnectionLife life = idle_connection();
    life.on_wanted(kStart);

    SECTION("changed") {
        CHECK(life.on_returned(ReturnKind::kChanged, kStart) == Action::kReset);
        CHECK(life.state() == State::kResetting);
        CHECK(life.on_reset(true, kStart) == Action::kNothing);
        CHECK(life.state() == State::kIdle);
    }
    SECTION("changed, and the reset fails") {
        life.on_returned(ReturnKind::kChanged, kStart);
        CHECK(life.on_reset(false, kStart) == Action::kClose);
    }
    SECTION("broken") {
        CHECK(life.on_returned(ReturnKind::kUnusable, kStart) == Action::kClose);
    }
    CHECK(life.state() != State::kCheckedOut);
}

TEST_CASE("idle and lifetime limits close, on the tick and on return") {
    PoolOptions options;
    options.idle_max = 60s;
    options.lifetime_max = 1000s;

    ConnectionLife life = idle_connection(options);
    CHECK(life.close_due() == kStart + 60s);
    CHECK(life.on_tick(kStart + 60s - 1ns) == Action::kNothing);
    CHECK(life.on_tick(kStart + 60s) == Action::kClose);
    ConnectionLife old = idle_connection(options);
    old.on_wanted(kStart);
    CHECK(old.on_tick(kStart + 2000s) == Action::kNothing);  // in use: the caller's
    CHECK(old.on_returned(ReturnKind::kClean, kStart + 1000s) == Action::kClose);
    ConnectionLife jittered = idle_connection(options, 1);
    jittered.on_wanted(kStart);
    CHECK(jittered.on_returned(ReturnKind::kClean, kStart + 899s) == Action::kNothing);
    CHECK(jittered.on_tick(kStart + 900s) == Action::kClose);
}

TEST_CASE("whatever happens, a connection is never handed out twice or after it closed", "[sim]") {
    const char* given = std::getenv("MOSAIC_SEED");
    const std::uint64_t seed =
        given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
    INFO("MOSAIC_SEED=" << seed);
    std::mt19937_64 random(seed);
    for (int run = 0; run < 200; ++run) {
        TimePoint now = kStart;
        ConnectionLife life = idle_connection({}, 0.5);
        bool is_poisoned = false;
        for (int step = 0; step < 200 && life.state() != State::kClosed; ++step) {
            now += std::chrono::milliseconds(random() % (step % 10 == 0 ? 40'000 : 300));
            const State before = life.state();
            Action action = Action::kNothing;
            switch (before) {
                case State::kIdle:
                    if (random() % 4 == 0)
                        life.on_suspicion();
                    action = random() % 3 == 0 ? life.on_tick(now) : life.on_wanted(now);
                    REQUIRE(!is_poisoned);
                    break;
                case State::kPinging:
                    action = life.on_pinged(random() % 8 != 0);
                    break;
                case State::kCheckedOut:
                    REQUIRE(life.on_tick(now) == Action::kNothing);
                    is_poisoned = random() % 10 == 0;
                    action = life.on_returned(
                        is_poisoned
                            ? ReturnKind::kUnusable
                            : (random() % 2 == 0 ? ReturnKind::kChanged : ReturnKind::kClean),
                        now
                    );
                    break;
                case State::kResetting:
                    action = life.on_reset(random() % 8 != 0, now);
                    break;
                case State::kConnecting:
                case State::kClosed:
                    FAIL("not reachable");
                    break;
            }
            REQUIRE((action == Action::kClose) == (life.state() == State::kClosed));
            REQUIRE((action == Action::kPing) == (life.state() == State::kPinging));
            REQUIRE((action == Action::kReset) == (life.state() == State::kResetting));
            REQUIRE((!is_poisoned || life.state() == State::kClosed));
        }
    }
}

TEST_CASE("a breaker opens at a failure, probes one at a time, and closes at a success") {
    Breaker breaker;
    CHECK(breaker.lets_calls_through());
    CHECK(!breaker.take_probe(kStart));

    breaker.on_failure(kStart);
    CHECK(!breaker.lets_calls_through());
    CHECK(!breaker.take_probe(kStart));
    CHECK(breaker.probe_due() == kStart + Breaker::kProbeFirst);
    CHECK(breaker.take_probe(breaker.probe_due()));
    CHECK(!breaker.take_probe(kStart + 1h));
    CHECK(!breaker.lets_calls_through());
    breaker.on_success();
    CHECK(breaker.lets_calls_through());
}

TEST_CASE("a breaker's pause doubles up to its bound, and calls that fail late do not move it") {
    Breaker breaker;
    TimePoint now = kStart;
    breaker.on_failure(now);
    std::vector<Duration> pauses;
    for (int i = 0; i < 6; ++i) {
        const TimePoint due = breaker.probe_due();
        pauses.push_back(due - now);
        breaker.on_failure(now + 1ms);
        CHECK(breaker.probe_due() == due);
        now = due;
        REQUIRE(breaker.take_probe(now));
        breaker.on_failure(now);
    }
    CHECK((pauses == std::vector<Duration>{50ms, 100ms, 200ms, 400ms, 500ms, 500ms}));
}
