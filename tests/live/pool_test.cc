// The pool on live servers: its bound, fairness, resets, lost servers, fork.
#include "pool/pool.h"

#include "base/mutex.h"
#include "base/status.h"
#include "support/test_servers.h"

#include <absl/strings/str_format.h>
#include <catch2/catch.hpp>

#include <atomic>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace mosaic;
using namespace mosaic::pool;
using namespace mosaic::test;
using namespace std::chrono_literals;

namespace {

TestServers& servers() {
    static TestServers started(2);
    return started;
}

TimePoint in(Duration duration) {
    return std::chrono::steady_clock::now() + duration;
}

Duration time_of(const std::function<void()>& call) {
    const TimePoint start = std::chrono::steady_clock::now();
    call();
    return std::chrono::steady_clock::now() - start;
}

bool has_id(const absl::Status& status, const ErrorRow& row) {
    const auto detail = error_detail(status);
    return detail && detail->id.number == row.number;
}

std::string answer(PooledConnection& connection, std::string_view sql) {
    std::string text = must(run(*connection, sql));
    text.pop_back();
    return text;
}

// Pools with one driver and an account of their own, so that a server can count their connections.
struct Fixture {
    explicit Fixture(PoolOptions options = {}, const char* driver = "mariadb")
        : pools(std::make_unique<Pools>(driver::make_driver(driver), options)) {
        static std::atomic<int> number{0};
        user = "pool" + std::to_string(++number);
        for (int i = 0; i < 2; ++i) {
            auto admin = must(driver::make_driver("mariadb")->connect(servers().options(i)));
            must(run(*admin, "DROP USER IF EXISTS " + user + "@'127.0.0.1'"));
            must(run(*admin, "CREATE USER " + user + "@'127.0.0.1'"));
            must(run(*admin, "GRANT ALL ON *.* TO " + user + "@'127.0.0.1'"));
            must(run(*admin, "CREATE DATABASE IF NOT EXISTS pool"));
        }
    }

    Pool& pool(int server = 0) {
        driver::ConnectOptions options = servers().options(server);
        options.user = user;
        return pools->pool(options);
    }

    PooledConnection take(int server = 0) { return must(pool(server).checkout(in(10s))); }

    int open_on_server() const {
        auto admin = must(driver::make_driver("mariadb")->connect(servers().options(0)));
        return std::stoi(must(
            run(*admin,
                "SELECT COUNT(*) FROM information_schema.processlist WHERE user = '" + user + "'")
        ));
    }

    std::string user;
    std::unique_ptr<Pools> pools;
};

// Asks until there is an answer. \return how long that took, or max() after 5 s.
Duration time_until_used(Fixture& fixture, int server) {
    const TimePoint start = std::chrono::steady_clock::now();
    while (std::chrono::steady_clock::now() < start + 5s) {
        auto connection = fixture.pool(server).checkout(in(100ms));
        if (connection.ok() && run(**connection, "SELECT 1").ok())
            return std::chrono::steady_clock::now() - start;
        std::this_thread::sleep_for(10ms);
    }
    return Duration::max();
}

void wait_until_paused(int server) {
    while (servers().server(server).status().state != launcher::ServerState::kPaused)
        std::this_thread::sleep_for(1ms);
}

}  // namespace

TEST_CASE("a connection that came back is used again") {
    Fixture fixture({}, GENERATE("mariadb", "connector-cpp"));
    std::string first;
    {
        PooledConnection connection = fixture.take();
        first = answer(connection, "SELECT CONNECTION_ID()");
        connection.proved() = {"a shard"};
    }
    PooledConnection again = fixture.take();
    CHECK(answer(again, "SELECT CONNECTION_ID()") == first);
    CHECK(again.proved() == std::vector<std::string>{"a shard"});
}

TEST_CASE("no more than size_max are ever open, whoever asks") {
    Fixture fixture({.size_max = 3, .checkout_timeout = 5s});
    std::atomic<int> held{0};
    std::atomic<int> held_max{0};
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 12; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 20; ++n) {
                auto connection = fixture.pool().checkout(in(10s));
                if (!connection.ok())
                    continue;
                const int now_held = ++held;
                int seen = held_max.load();
                while (seen < now_held && !held_max.compare_exchange_weak(seen, now_held)) {
                }
                done += run(**connection, "SELECT SLEEP(0.001)").ok() ? 1 : 0;
                --held;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(done == 240);
    CHECK(held_max == 3);
    CHECK(fixture.open_on_server() <= 3);
}

TEST_CASE("when all are in use a caller waits for checkout_timeout, and no longer") {
    Fixture fixture({.size_max = 1, .checkout_timeout = 200ms});
    PooledConnection only = fixture.take();
    absl::Status failed;
    const Duration took = time_of([&] { failed = fixture.pool().checkout(in(10s)).status(); });
    CHECK(took >= 200ms);
    CHECK(took < 400ms);
    CHECK(has_id(failed, errors::kPoolExhausted));
    CHECK(error_detail(failed)->outcome == Outcome::kNotSent);
    CHECK(time_of([&] { failed = fixture.pool().checkout(in(50ms)).status(); }) < 150ms);
    CHECK(has_id(failed, errors::kPoolExhausted));
    std::thread later([&] {
        std::this_thread::sleep_for(50ms);
        only = PooledConnection();
    });
    CHECK(fixture.pool().checkout(in(10s)).ok());
    later.join();
}

TEST_CASE("who waits is served in the order of coming") {
    Fixture fixture({.size_max = 2, .checkout_timeout = 5s});
    std::vector<PooledConnection> both = must(fixture.pool().checkout_many(2, in(5s)));
    std::vector<int> order;
    Mutex mutex;
    std::vector<std::thread> threads;
    // The second one wants two: those who come later and want one do not pass it.
    const std::vector<int> counts = {1, 2, 1, 1};
    for (std::size_t i = 0; i < counts.size(); ++i) {
        threads.emplace_back([&, i] {
            auto taken = must(fixture.pool().checkout_many(counts[i], in(5s)));
            const MutexLock lock(mutex);
            order.push_back(static_cast<int>(i));
        });
        std::this_thread::sleep_for(50ms);
    }
    both.clear();
    for (std::thread& thread : threads) thread.join();
    CHECK(order.size() == 4);
    CHECK(order[0] == 0);
    CHECK(order[1] == 1);
}

TEST_CASE("a changed session is reset before it is used again, an unchanged one is not") {
    Fixture fixture({.size_max = 1}, GENERATE("mariadb", "connector-cpp"));
    {
        PooledConnection connection = fixture.take();
        must(run(*connection, "SET @mine = 1"));
    }
    {
        PooledConnection connection = fixture.take();
        CHECK(answer(connection, "SELECT @mine") == "1");
        must(run(*connection, "CREATE TABLE IF NOT EXISTS pool.t (i INT) ENGINE=InnoDB"));
        must(run(*connection, "TRUNCATE pool.t"));
        connection.mark_session_changed();
    }
    std::string id;
    {
        PooledConnection connection = fixture.take();
        CHECK(answer(connection, "SELECT @mine") == "NULL");
        id = answer(connection, "SELECT CONNECTION_ID()");
        must(run(*connection, "BEGIN"));
        must(run(*connection, "INSERT INTO pool.t VALUES (1)"));
    }
    PooledConnection connection = fixture.take();
    CHECK(answer(connection, "SELECT COUNT(*) FROM pool.t") == "0");
    CHECK(answer(connection, "SELECT CONNECTION_ID()") == id);
}

TEST_CASE("a connection with unread rows is closed, and its place is free again") {
    Fixture fixture({.size_max = 1}, GENERATE("mariadb", "connector-cpp"));
    std::string id;
    {
        PooledConnection connection = fixture.take();
        id = answer(connection, "SELECT CONNECTION_ID()");
        driver::Request request;
        request.text = "SELECT * FROM information_schema.columns";
        must(connection->send(request, driver::Overlap::kAlone));
        REQUIRE(connection->receive().ok());
    }
    PooledConnection connection = fixture.take();
    CHECK(answer(connection, "SELECT CONNECTION_ID()") != id);
}

TEST_CASE("a connection killed while it was idle is replaced without the caller seeing it") {
    Fixture fixture({.size_max = 4});
    std::vector<std::string> ids;
    {
        std::vector<PooledConnection> all = must(fixture.pool().checkout_many(4, in(5s)));
        for (PooledConnection& each : all) {
            ids.push_back(answer(each, "SELECT CONNECTION_ID()"));
            each.proved() = {"a shard"};
        }
    }
    auto admin = must(driver::make_driver("mariadb")->connect(servers().options(0)));
    for (const std::string& id : ids) must(run(*admin, "KILL " + id));
    std::this_thread::sleep_for(600ms);

    PooledConnection connection = fixture.take();

    CHECK(answer(connection, "SELECT 1") == "1");
    CHECK(connection.proved().empty());
    CHECK(fixture.open_on_server() == 1);
}

TEST_CASE("idle and old connections are closed") {
    PoolOptions options;
    SECTION("idle") {
        options.idle_max = 1s;
    }
    SECTION("old") {
        options.lifetime_max = 1s;
    }
    Fixture fixture(options);
    must(fixture.pool().checkout_many(3, in(5s))).clear();
    CHECK(fixture.open_on_server() == 3);
    std::this_thread::sleep_for(1500ms);
    CHECK(fixture.open_on_server() == 0);
    CHECK(fixture.pool().checkout(in(5s)).ok());
}

TEST_CASE("a killed server is refused at once, and used again when it is back") {
    Fixture fixture({}, GENERATE("mariadb", "connector-cpp"));
    fixture.take(1).proved() = {"a shard"};
    must(servers().server(1).kill9());

    const absl::Status first = [&] {
        auto connection = fixture.pool(1).checkout(in(1s));
        return connection.ok() ? run(**connection, "SELECT 1").status() : connection.status();
    }();
    CHECK(!first.ok());
    CHECK(time_of([&] { CHECK(!fixture.pool(1).checkout(in(1s)).ok()); }) < 100ms);
    absl::Status refused;
    CHECK(time_of([&] { refused = fixture.pool(1).checkout(in(1s)).status(); }) < 5ms);
    INFO(refused.ToString());
    CHECK(has_id(refused, errors::kEndpointDown));
    CHECK(error_detail(refused)->retry == Retry::kCall);
    CHECK(fixture.pool(0).checkout(in(1s)).ok());
    std::this_thread::sleep_for(1s);
    must(servers().server(1).start());

    CHECK(time_until_used(fixture, 1) < 2s);
    CHECK(fixture.take(1).proved().empty());
}

TEST_CASE("a stopped server costs callers no more than their time, and is used again") {
    Fixture fixture({.checkout_timeout = 300ms}, GENERATE("mariadb", "connector-cpp"));
    if (GENERATE(true, false))
        static_cast<void>(fixture.take(1));  // one connection is idle when the server stops
    std::this_thread::sleep_for(600ms);
    must(servers().server(1).pause());
    wait_until_paused(1);

    absl::Status failed;
    CHECK(time_of([&] { failed = fixture.pool(1).checkout(in(5s)).status(); }) < 700ms);
    INFO(failed.ToString());
    CHECK(!failed.ok());
    CHECK(time_of([&] { failed = fixture.pool(1).checkout(in(5s)).status(); }) < 50ms);
    CHECK(has_id(failed, errors::kEndpointDown));
    CHECK(fixture.pool(0).checkout(in(1s)).ok());
    std::this_thread::sleep_for(1500ms);
    must(servers().server(1).resume());

    CHECK(time_until_used(fixture, 1) < 2s);
}

TEST_CASE("a caller whose time runs out while a connection is tried says nothing about the server"
) {
    Fixture fixture({.size_max = 3});
    PooledConnection other = fixture.take();
    {
        PooledConnection cut = fixture.take();
        { const PooledConnection idle = fixture.take(); }
        driver::Request slow;
        slow.text = "SELECT SLEEP(5)";
        slow.deadline = in(20ms);
        must(cut->send(slow, driver::Overlap::kAlone));
        CHECK_FALSE(cut->receive().ok());
    }
    // One is idle, and suspected since the other was cut.
    CHECK_FALSE(fixture.pool().checkout(in(-1ms)).ok());
    CHECK(fixture.pool().checkout(in(10s)).ok());
}

TEST_CASE("what the server refuses at login is told to the caller and opens no breaker") {
    Fixture fixture;
    driver::ConnectOptions options = servers().options(0);
    options.user = "nobody_here";
    options.password = "x";
    Pool& pool = fixture.pools->pool(options);
    for (int i = 0; i < 3; ++i) {
        const absl::Status failed = pool.checkout(in(1s)).status();
        INFO(failed.ToString());
        CHECK(has_id(failed, errors::kServerAccess));
        CHECK(error_detail(failed)->outcome == Outcome::kNotSent);
    }
}

TEST_CASE("a server that takes no more connections lets waiters have those that work") {
    Fixture fixture({.size_max = 4, .checkout_timeout = 3s});
    auto admin = must(driver::make_driver("mariadb")->connect(servers().options(0)));
    must(run(*admin, "ALTER USER " + fixture.user + "@'127.0.0.1' WITH MAX_USER_CONNECTIONS 1"));
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([&] {
            for (int n = 0; n < 5; ++n) {
                auto connection = fixture.pool().checkout(in(5s));
                done += connection.ok() && run(**connection, "SELECT SLEEP(0.01)").ok() ? 1 : 0;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(done == 20);
}

TEST_CASE("calls that need several connections of several servers never block each other") {
    Fixture fixture({.size_max = 3, .checkout_timeout = 10s, .connections_per_call_max = 2});
    std::atomic<int> done{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i)
        threads.emplace_back([&, i] {
            for (int n = 0; n < 25; ++n) {
                // Two orders of asking, and one server named twice.
                std::vector<Pools::Wanted> wanted = {
                    {&fixture.pool(0), 2}, {&fixture.pool(1), 1}, {&fixture.pool(1), 1}};
                if (i % 2 == 0)
                    std::swap(wanted[0], wanted[2]);
                auto taken = fixture.pools->checkout_all(wanted, in(20s));
                if (!taken.ok())
                    continue;
                bool is_good = taken->size() == 3;
                for (std::size_t w = 0; w < wanted.size(); ++w) {
                    is_good =
                        is_good && (*taken)[w].size() == static_cast<std::size_t>(wanted[w].count);
                    for (PooledConnection& each : (*taken)[w])
                        is_good =
                            is_good &&
                            run(*each, "SELECT @@port").value_or("") ==
                                absl::StrFormat("%d\n", wanted[w].pool->options().endpoint.port);
                }
                done += is_good ? 1 : 0;
            }
        });
    for (std::thread& thread : threads) thread.join();
    CHECK(done == 200);
}

TEST_CASE("more connections than one call may hold are refused") {
    Fixture fixture({.size_max = 4, .connections_per_call_max = 3});
    CHECK(fixture.pool().checkout_many(3, in(5s)).ok());
    CHECK(has_id(fixture.pool().checkout_many(4, in(5s)).status(), errors::kTooManyConnections));
    CHECK(has_id(fixture.pool().checkout_many(0, in(5s)).status(), errors::kTooManyConnections));
    const std::vector<Pools::Wanted> twice = {{&fixture.pool(), 2}, {&fixture.pool(), 2}};
    CHECK(has_id(fixture.pools->checkout_all(twice, in(5s)).status(), errors::kTooManyConnections));
}

TEST_CASE("a connection may outlive its pools") {
    Fixture fixture({}, GENERATE("mariadb", "connector-cpp"));
    PooledConnection connection = fixture.take();
    const std::string user = fixture.user;
    fixture.pools.reset();
    CHECK(answer(connection, "SELECT 1") == "1");
    connection.mark_session_changed();
    connection = PooledConnection();
    CHECK(!connection);
    std::this_thread::sleep_for(50ms);
    CHECK(fixture.open_on_server() == 0);
}

TEST_CASE("a forked child is refused and leaves the parent's connections alone") {
    Fixture fixture({}, GENERATE("mariadb", "connector-cpp"));
    PooledConnection held = fixture.take();
    const std::string held_id = answer(held, "SELECT CONNECTION_ID()");
    static_cast<void>(fixture.take());  // another one, idle
    std::atomic<bool> is_over{false};
    std::thread busy([&] {  // so that locks are held and threads run when it forks
        while (!is_over) static_cast<void>(fixture.pool().checkout(in(1s)));
    });
    int bad = 0;
    for (int i = 0; i < 20; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(10);
            const bool is_refused =
                has_id(fixture.pool().checkout(in(1s)).status(), errors::kUsedAfterFork) &&
                has_id(run(*held, "SELECT 1").status(), errors::kUsedAfterFork);
            held = PooledConnection();
            fixture.pools.reset();
            ::_exit(is_refused ? 0 : 1);
        }
        int status = -1;
        ::waitpid(child, &status, 0);
        bad += status == 0 ? 0 : 1;
    }
    is_over = true;
    busy.join();
    CHECK(bad == 0);
    CHECK(answer(held, "SELECT CONNECTION_ID()") == held_id);
    CHECK(fixture.take());
}
