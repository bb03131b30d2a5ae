// Local servers, really started.
#include "base/status.h"
#include "launcher/local_server.h"
#include "support/test_servers.h"

#include <catch2/catch.hpp>

using namespace mosaic;
using namespace mosaic::test;
using launcher::ServerState;

TEST_CASE("a server keeps its rows over stop, start and kill -9", "[launcher]") {
    TestServers servers(1);
    launcher::LocalServer& server = servers.server(0);
    const auto driver = driver::make_driver("mariadb");
    const auto query = [&](const char* sql) {
        return must(run(*must(driver->connect(servers.options(0))), sql));
    };
    query("CREATE DATABASE app");
    query("CREATE TABLE app.t (x INT)");
    query("INSERT INTO app.t VALUES (1)");

    must(server.stop());
    CHECK(server.status().state == ServerState::kStopped);
    must(server.stop());
    must(server.start());
    must(server.start());
    query("INSERT INTO app.t VALUES (2)");
    must(server.kill9());
    CHECK(server.status().state == ServerState::kStopped);
    must(server.start());

    CHECK(query("SELECT x FROM app.t ORDER BY x") == "1\n2\n");
}

TEST_CASE("a paused server is seen as paused", "[launcher]") {
    TestServers servers(1);
    must(servers.server(0).pause());
    CHECK(servers.server(0).status().state == ServerState::kPaused);
    must(servers.server(0).resume());
    must(servers.server(0).wait_until_answering());
    CHECK(servers.server(0).status().state == ServerState::kAnswering);
}

TEST_CASE("a taken port is refused by name", "[launcher]") {
    TestServers servers(1);
    launcher::LocalServerSpec spec = servers.server(0).spec();
    spec.name = "second";
    spec.folder = servers.folder() / "second";
    spec.port = servers.server(0).port();
    launcher::LocalServer second = must(launcher::LocalServer::make(spec));

    const absl::Status refused = second.start();

    CHECK(error_detail(refused)->id.number == errors::kServerPortTaken.number);
    CHECK(second.status().state == ServerState::kStopped);
}

TEST_CASE("a missing program is told with the package that has it", "[launcher]") {
    TestServers servers(1);
    launcher::LocalServerSpec spec = servers.server(0).spec();
    spec.folder = servers.folder() / "third";
    spec.kind = launcher::ServerKind::kMariaDb;
    spec.programs.search = {"/nowhere"};
    const absl::Status missing = must(launcher::LocalServer::make(spec)).start();
    CHECK(error_detail(missing)->id.number == errors::kServerProgramMissing.number);
    CHECK(std::string(missing.message()).find("mariadb-server-core") != std::string::npos);
}
