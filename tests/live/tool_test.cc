// The tool as a user calls it: its output and exit codes, on real servers.
#include "driver/connection.h"
#include "launcher/ports.h"
#include "support/test_servers.h"
#include "tool_fixture.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <thread>

using namespace mosaic;
using namespace mosaic::test;
using nlohmann::json;

namespace fs = std::filesystem;

TEST_CASE("cluster up, status and down may be repeated", "[tool]") {
    TestServers none(0);  // Its watcher ends what runs in the folder.
    std::vector<std::uint16_t> ports{must(launcher::free_port())};
    do {
        ports.resize(1);
        ports.push_back(must(launcher::free_port()));
    } while (ports[0] == ports[1]);
    const Tool tool(none.folder(), ports);
    std::vector<std::string> up{"cluster", "up", "--format", "json"};
    if (TestServers::is_mysql())
        up.insert(up.end(), {"--kind", "mysql"});

    CHECK(tool({"cluster", "status"}).exit_code == kPending);
    CHECK(tool({"cluster", "down"}).exit_code == kDone);
    const Called first = tool(up);
    INFO(first.errors);
    REQUIRE(first.exit_code == kDone);
    const json servers = json::parse(first.out);
    REQUIRE(servers.size() == 2);
    CHECK(servers[0]["name"] == "s1");
    CHECK(servers[0]["state"] == "answering");
    CHECK(servers[0]["port"] == ports[0]);
    CHECK(servers[1]["port"] == ports[1]);

    const json again = json::parse(tool(up).out);
    CHECK(again[0]["pid"] == servers[0]["pid"]);
    CHECK(tool({"cluster", "status"}).exit_code == kDone);

    CHECK(tool({"cluster", "down"}).exit_code == kDone);
    CHECK(tool({"cluster", "status"}).exit_code == kPending);
    CHECK(fs::exists(none.folder() / "s1" / "data"));
    const Called unasked = tool({"cluster", "down", "--delete"});
    CHECK(unasked.exit_code == kUsage);
    CHECK(has(unasked.errors, "--yes"));
    CHECK(fs::exists(none.folder() / "s1" / "data"));
    CHECK(tool({"cluster", "down", "--delete", "--yes"}).exit_code == kDone);
    CHECK_FALSE(fs::exists(none.folder() / "s1"));
}

TEST_CASE("a taken port is told, and the other servers start", "[tool]") {
    TestServers one(1);
    const std::uint16_t taken = one.server(0).port();
    std::uint16_t port = taken;
    while (port == taken) port = must(launcher::free_port());
    const Tool tool(one.folder(), {taken, port});
    std::vector<std::string> up{"cluster", "up"};
    if (TestServers::is_mysql())
        up.insert(up.end(), {"--kind", "mysql"});

    const Called called = tool(up);

    INFO(called.errors);
    CHECK(called.exit_code == kPartial);
    CHECK(has(called.errors, "MO-6010"));
    CHECK(has(called.errors, "MO-6002"));
    CHECK(has(called.errors, std::to_string(taken)));
    CHECK(tool({"cluster", "down"}).exit_code == kDone);
}

TEST_CASE("a cluster that is somebody else's is left alone", "[tool]") {
    TestServers none(0);
    const Tool tool(none.folder(), {4191, 4192});
    std::string text = read_file(tool.config());
    const std::size_t host = text.find("127.0.0.1:4192");
    std::string elsewhere = text;
    std::ofstream(tool.config()) << elsewhere.replace(host, 9, "10.0.0.77");
    CHECK(has(tool({"cluster", "up"}).errors, "MO-6014"));
    std::ofstream(tool.config()
    ) << text.erase(text.find("cluster:"), std::string("cluster: {folder: .}\n").size());
    const Called called = tool({"cluster", "up"});
    CHECK(called.exit_code == kRefused);
    CHECK(has(called.errors, "MO-6014"));
}

TEST_CASE("wrong arguments and a missing configuration are told with an id", "[tool]") {
    TestServers none(0);
    const Tool tool(none.folder(), {4191, 4192});
    CHECK(tool({}).exit_code == kUsage);
    CHECK(tool({"nonsense"}).exit_code == kUsage);
    const Called wrong = tool({"map", "init", "--shards", "zero"});
    CHECK(wrong.exit_code == kUsage);
    CHECK(has(wrong.errors, "MO-6012"));
    CHECK(tool({"map", "init", "--shards", "0"}).exit_code == kUsage);
    const Called help = tool({"map", "--help"});
    CHECK(help.exit_code == kDone);
    CHECK(has(help.out, "locate"));
    CHECK(tool({"map", "show"}).exit_code == kRefused);  // No map yet.
    fs::remove(tool.config());
    const Called missing = tool({"map", "show"});
    CHECK(missing.exit_code == kUsage);
    CHECK(has(missing.errors, "MO-1001"));
}

TEST_CASE("the first map is written once", "[tool]") {
    Ready ready;
    const Tool& tool = ready.tool();
    CHECK(tool({"map", "init", "--shards", "4"}).exit_code == kUsage);  // Nobody to ask.
    ready.make_map();

    const json map = json::parse(tool({"map", "show", "--format", "json"}).out);
    CHECK(map["epoch"] == 1);
    REQUIRE(map["shards"].size() == 4);
    CHECK(map["shards"][0]["name"] == "app_00");
    CHECK(map["shards"][0]["server"] == "s1");
    CHECK(map["shards"][3]["server"] == "s2");
    CHECK(map["shards"][1]["buckets"]["users"] == 256);
    CHECK(map["shards"][1]["buckets"]["events"] == 16);
    CHECK(has(tool({"map", "show"}).out, "app_02"));
    CHECK(has(ready.query(0, "SHOW DATABASES"), "app_00\n"));

    // The same again finishes what is missing; another is refused.
    const std::string lost = map["shards"][0]["name"];
    ready.query(0, "DROP DATABASE " + lost);
    CHECK(tool({"map", "init", "--shards", "4"}).exit_code == kDone);
    CHECK(has(ready.query(0, "SHOW TABLES", lost), "_mosaic_identity\n"));
    const Called other = tool({"map", "init", "--shards", "8", "--yes"});
    CHECK(other.exit_code == kRefused);
    CHECK(has(other.errors, "MO-1108"));
}

TEST_CASE("a map is not written over schemas that have tables", "[tool]") {
    Ready ready;
    ready.query(1, "CREATE DATABASE app_03");
    ready.query(1, "CREATE TABLE app_03.precious (id INT)");
    const Called init = ready.tool()({"map", "init", "--shards", "4", "--yes"});
    CHECK(init.exit_code == kFailed);
    CHECK(has(init.errors, "MO-1107"));
    CHECK(has(init.errors, "app_03"));
    CHECK(has(ready.tool()({"map", "show"}).errors, "MO-1101"));
    CHECK_FALSE(has(ready.query(0, "SHOW DATABASES"), "app_00"));
}

TEST_CASE("a key is located by its column's type, and by its text without a server", "[tool]") {
    Ready ready;
    ready.make_map();
    const Tool& tool = ready.tool();
    const auto locate = [&](const std::string& key, std::vector<std::string> more) {
        more.insert(more.begin(), {"map", "locate", key, "--format", "json"});
        const Called called = tool(more);
        INFO(called.errors);
        REQUIRE(called.exit_code == kDone);
        return json::parse(called.out);
    };
    const std::string uuid = "018f2b3c-0000-7000-8000-000000000001";
    const json guessed = locate(uuid, {"--table", "users"});
    ready.make_tables();
    const json known = locate(uuid, {"--table", "users"});
    CHECK(guessed == known);
    CHECK(locate(uuid, {"--group", "users", "--uuid"}) == known);
    CHECK(
        locate("0x018f2b3c000070008000000000000001", {"--table", "orders"})["shard"] ==
        known["shard"]
    );
    // CRC32('12345') is 3421846044.
    CHECK(locate("12345", {"--table", "events"})["bucket"] == 3421846044u % 64);
    CHECK(locate("12345", {"--group", "events"})["bucket"] == 3421846044u % 64);
    const std::string shard = known["shard"];
    const int server = known["server"] == "s1" ? 0 : 1;
    CHECK(has(ready.query(server, "SHOW DATABASES"), shard));

    CHECK(tool({"map", "locate", "1"}).exit_code == kUsage);
    CHECK(tool({"map", "locate", "1", "--table", "nothing"}).exit_code == kUsage);
    CHECK(has(tool({"map", "locate", "1", "--table", "countries"}).errors, "every shard"));
    CHECK(has(tool({"map", "locate", "1", "--table", "notes"}).errors, "app_01"));
    CHECK(has(tool({"map", "locate", "x", "--table", "events"}).errors, "MO-1202"));
}

TEST_CASE("keys of all schemes are made and read", "[tool]") {
    Ready ready;
    ready.make_map();
    ready.make_tables();
    const Tool& tool = ready.tool();
    const std::string user = only_line(tool({"keys", "next", "users"}).out);
    CHECK(user.size() == 36);
    const json read_user = json::parse(tool({"keys", "decode", user, "--format", "json"}).out);
    CHECK(read_user["scheme"] == "uuid");

    const json events =
        json::parse(tool({"keys", "next", "events", "--count", "5", "--format", "json"}).out);
    REQUIRE(events.size() == 5);
    CHECK(events[1].get<std::uint64_t>() == events[0].get<std::uint64_t>() + 1);

    CHECK(has(tool({"keys", "next", "orders"}).errors, "MO-1206"));
    const Called made = tool({"keys", "next", "orders", "--parent", user, "--count", "2"});
    INFO(made.errors);
    REQUIRE(made.exit_code == kDone);
    const std::string order = made.out.substr(0, made.out.find('\n'));
    const Called decoded = tool({"keys", "decode", order, "--format", "json"});
    INFO(decoded.errors);
    const json parts = json::parse(decoded.out);
    const json place =
        json::parse(tool({"map", "locate", user, "--table", "users", "--format", "json"}).out);
    CHECK(parts["table"] == "orders");
    CHECK(parts["shard"] == place["shard"]);
    CHECK(parts["bucket"] == std::to_string(place["bucket"].get<int>()));

    CHECK(tool({"keys", "next", "notes"}).exit_code == kUsage);
    CHECK(tool({"keys", "decode", "x"}).exit_code == kUsage);
}

TEST_CASE("a counter is advanced past what the shards hold", "[tool]") {
    Ready ready;
    ready.make_map();
    ready.make_tables();
    const Tool& tool = ready.tool();
    ready.query_shard("app_03", "INSERT INTO events VALUES (123456789, 'restored')");
    const json advanced = json::parse(tool({"keys", "advance", "events", "--format", "json"}).out);
    CHECK(advanced["at_least"] == 123456789);
    CHECK(advanced["next"].get<std::uint64_t>() > 123456789);
    const json next = json::parse(tool({"keys", "next", "events", "--format", "json"}).out);
    CHECK(next[0].get<std::uint64_t>() > 123456789);
    CHECK(tool({"keys", "advance", "events", "--at-least", "200000000"}).exit_code == kDone);
    CHECK(std::stoull(only_line(tool({"keys", "next", "events"}).out)) > 200000000);
    CHECK(has(tool({"keys", "advance", "orders"}).errors, "MO-1207"));

    must(ready.servers().server(1).kill9());
    CHECK(tool({"keys", "advance", "events"}).exit_code == kFailed);  // A shard cannot be asked.
}

TEST_CASE("migrations are made, shown and applied", "[tool]") {
    Ready ready;
    ready.make_map();
    const Tool& tool = ready.tool();
    const std::string file = only_line(tool({"migrate", "new", "First tables"}).out);
    CHECK(has(file, "_first_tables.sql"));
    std::ofstream(file, std::ios::app) << kTables;
    CHECK(tool({"migrate", "status"}).exit_code == kPending);
    const Called up = tool({"migrate", "up"});
    INFO(up.errors);
    CHECK(up.exit_code == kDone);
    CHECK(has(up.out, "first_tables.sql: applied"));
    const Called status = tool({"migrate", "status"});
    CHECK(status.exit_code == kDone);
    CHECK(has(status.out, "applied"));
    CHECK(has(tool({"migrate", "up"}).out, "nothing to do"));
    CHECK(ready.query_shard("app_03", "SELECT COUNT(*) FROM countries") == "2\n");

    ready.query_shard("app_03", "CREATE TABLE more (id INT)");
    tool.write_migration(
        "20990101000000_more.sql", "-- mosaic: more is sharded\nCREATE TABLE more (id INT);\n"
    );
    const Called failed = tool({"migrate", "up"});
    CHECK(failed.exit_code == kPartial);
    CHECK(has(failed.errors, "MO-5004"));
    CHECK(has(failed.errors, "app_03"));
    CHECK(has(tool({"migrate", "status"}).out, "partly, finished on 0 of 4"));
    ready.query_shard("app_03", "DROP TABLE more");
    CHECK(tool({"migrate", "up"}).exit_code == kDone);

    std::ofstream(file, std::ios::app) << "DROP TABLE users;\n";
    CHECK(tool({"migrate", "up"}).exit_code == kRefused);
    const json changed = json::parse(tool({"migrate", "status", "--format", "json"}).out);
    CHECK(changed["migrations"][0]["state"] == "changed");
}

TEST_CASE(
    "a killed migration blocks others until its statement ends, and is then finished", "[tool]"
) {
    Ready ready;
    ready.make_map();
    ready.make_tables();
    const Tool& tool = ready.tool();
    const int server = ready.server_of("app_02");
    const auto holder =
        must(driver::make_driver("mariadb")->connect(ready.servers().options(server)));
    must(run(*holder, "START TRANSACTION", "app_02"));
    must(run(*holder, "SELECT * FROM users"));
    tool.write_migration("20260102000000_key.sql", "ALTER TABLE users ADD KEY (name);\n");
    const pid_t killed = tool.start({"migrate", "up", "--lock-wait", "60"});
    const auto is_waiting = [&] {
        return has(
            ready.query(server, "SELECT STATE FROM information_schema.PROCESSLIST"), "metadata lock"
        );
    };
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!is_waiting() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    REQUIRE(is_waiting());
    ::kill(killed, SIGKILL);
    CHECK(tool.wait_for(killed).exit_code == -SIGKILL);

    const Called busy = tool({"migrate", "up"});
    CHECK(busy.exit_code == kRefused);
    CHECK(has(busy.errors, "MO-5007"));

    must(run(*holder, "COMMIT"));
    while (has(ready.query(server, "SELECT INFO FROM information_schema.PROCESSLIST"),
               "ALTER TABLE users") &&
           std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    Called up = tool({"migrate", "up"});
    while (up.exit_code == kRefused && std::chrono::steady_clock::now() < deadline)
        up = tool({"migrate", "up"});  // The server is about to notice that its client is gone.
    INFO(up.errors);
    CHECK(up.exit_code == kDone);
    for (int shard = 0; shard < 4; ++shard) {
        const std::string schema = "app_0" + std::to_string(shard);
        CHECK(
            ready.query(
                ready.server_of(schema),
                "SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = '" +
                    schema + "' AND TABLE_NAME = 'users' AND INDEX_NAME <> 'PRIMARY'"
            ) == "1\n"
        );
    }
    CHECK(tool({"migrate", "status"}).exit_code == kDone);
}
