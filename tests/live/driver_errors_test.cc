// Failures: what servers refuse, deadlines, lost and interrupted connections, on both drivers.
#include "driver/error_map.h"
#include "live/driver_fixture.h"

#include <absl/strings/str_format.h>

#include <thread>

using namespace mosaic;
using namespace mosaic::driver;
using namespace std::chrono_literals;

namespace {

// Runs for hours, and looks whether it was killed.
constexpr const char* kEndless =
    "SELECT COUNT(*) FROM information_schema.columns a, information_schema.columns b, "
    "information_schema.columns c WHERE SLEEP(0.01) = 0";

TimePoint in(Duration duration) {
    return std::chrono::steady_clock::now() + duration;
}

// Stops server 1 for as long as it lives.
struct Stopped {
    Stopped() {
        test::must(servers().server(1).pause());
        while (servers().server(1).status().state != launcher::ServerState::kPaused)
            std::this_thread::sleep_for(1ms);  // its threads stop one after the other
    }

    ~Stopped() { CHECK(servers().server(1).resume().ok()); }
};

void make_table(Connection& on) {
    rows_of(on, "CREATE DATABASE IF NOT EXISTS errs");
    rows_of(on, "USE errs");
    rows_of(on, "DROP TABLE IF EXISTS child");
    rows_of(on, "DROP TABLE IF EXISTS t");
    rows_of(
        on, "CREATE TABLE t (i INT PRIMARY KEY, n TINYINT NOT NULL, CHECK (n < 100)) ENGINE=InnoDB"
    );
    rows_of(on, "CREATE TABLE child (i INT, FOREIGN KEY (i) REFERENCES t (i)) ENGINE=InnoDB");
    rows_of(on, "INSERT INTO t VALUES (1, 1), (2, 2)");
}

void kill(std::uint64_t connection_id, const char* what) {
    const auto admin = connect("mariadb");
    rows_of(*admin, absl::StrFormat("KILL %s %d", what, connection_id));
}

}  // namespace

TEST_CASE("what a server refuses keeps its number, SQLSTATE and text", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    make_table(*on);

    struct Refused {
        const char* text;
        int number;
        const char* sqlstate;
        const ErrorRow& row;
    };

    const bool is_mysql = on->facts().kind == ServerKind::kMySql;
    const std::vector<Refused> all = {
        {"INSERT INTO t VALUES (1, 1)", 1062, "23000", errors::kServerDuplicateKey},
        {"SELEC 1", 1064, "42000", errors::kServerSyntax},
        {"SELECT * FROM absent", 1146, "42S02", errors::kServerNotFound},
        {"SELECT absent FROM t", 1054, "42S22", errors::kServerNotFound},
        {"INSERT INTO t VALUES (3, NULL)", 1048, "23000", errors::kServerConstraint},
        {"INSERT INTO t (i) VALUES (3)", 1364, "HY000", errors::kServerConstraint},
        {"INSERT INTO t VALUES (3, 1000)", 1264, "22003", errors::kServerValue},
        {"INSERT INTO t VALUES (3, 101)",
         is_mysql ? 3819 : 4025,
         is_mysql ? "HY000" : "23000",
         errors::kServerConstraint},
        {"INSERT INTO child VALUES (9)", 1452, "23000", errors::kServerConstraint},
        {"", 1065, "42000", errors::kServerError},
        {"DO RELEASE_ALL", 1054, "42S22", errors::kServerNotFound},
    };

    for (const Refused& each : all) {
        INFO(each.text);
        const absl::Status failed = error_of(*on, each.text);
        const ErrorDetail detail = detail_of(failed);
        CHECK(detail.mysql_errno == each.number);
        CHECK(detail.sqlstate == each.sqlstate);
        CHECK(has_id(failed, each.row));
        CHECK(!detail.connection_poisoned);
        CHECK(detail_of(as_write(failed)).outcome == Outcome::kRolledBack);
    }
    CHECK(cell_of(*on, "SELECT COUNT(*) FROM t") == "2");
}

TEST_CASE("the server's text is passed on as it came", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    make_table(*on);
    const std::string message(error_of(*on, "INSERT INTO t VALUES (1, 1)").message());
    INFO(message);
    CHECK(message.find("Duplicate entry '1' for key") != std::string::npos);
    CHECK(message.find("MO-2104 query on " + options_for().endpoint.to_string() + ": ") == 0);
}

TEST_CASE("a deadlock and a lock wait are for the whole transaction to run again", "[errors]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto first = connect(driver);
    const auto second = connect(driver);
    make_table(*first);
    rows_of(*second, "USE errs");
    rows_of(*second, "SET innodb_lock_wait_timeout = 1");
    rows_of(*first, "BEGIN");
    rows_of(*second, "BEGIN");
    rows_of(*first, "UPDATE t SET n = 5 WHERE i = 1");
    rows_of(*second, "UPDATE t SET n = 5 WHERE i = 2");

    SECTION("lock wait") {
        const absl::Status failed = error_of(*second, "UPDATE t SET n = 6 WHERE i = 1");
        CHECK(has_id(failed, errors::kServerLockWait));
        CHECK(detail_of(failed).mysql_errno == 1205);
        CHECK(detail_of(failed).retry == Retry::kTransaction);
    }
    SECTION("deadlock") {
        Outcomes of_first;
        std::thread waiting([&] { of_first = run(*first, "UPDATE t SET n = 6 WHERE i = 2"); });
        const Outcomes of_second = run(*second, "UPDATE t SET n = 6 WHERE i = 1");
        rows_of(*second, "ROLLBACK");
        waiting.join();
        CHECK(of_first.status.ok() != of_second.status.ok());
        const absl::Status failed = of_first.status.ok() ? of_second.status : of_first.status;
        CHECK(has_id(failed, errors::kServerRolledBack));
        CHECK(detail_of(failed).mysql_errno == 1213);
        CHECK(detail_of(failed).retry == Retry::kTransaction);
    }
    CHECK(!first->is_poisoned());
    CHECK(!second->is_poisoned());
}

TEST_CASE("the server's own time limit leaves the connection good", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    const bool is_mysql = on->facts().kind == ServerKind::kMySql;
    rows_of(*on, is_mysql ? "SET max_execution_time = 100" : "SET max_statement_time = 0.1");

    const absl::Status failed = error_of(*on, kEndless);

    CHECK(has_id(failed, errors::kServerTimeLimit));
    CHECK(detail_of(failed).mysql_errno == (is_mysql ? 3024 : 1969));
    CHECK(cell_of(*on, "SELECT 1") == "1");
}

TEST_CASE("a statement too large for the server is refused before it is sent", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    const std::uint64_t max = on->facts().max_allowed_packet;
    const auto of_size = [](std::uint64_t size) {
        std::string text = "SELECT LENGTH('";
        text.resize(size - 2, 'a');
        return text + "')";
    };

    const absl::Status failed = error_of(*on, of_size(max));
    CHECK(has_id(failed, errors::kStatementTooLarge));
    CHECK(detail_of(failed).outcome == Outcome::kNotSent);
    CHECK(!on->is_poisoned());
    CHECK(has_id(error_of(*on, of_size(max - 1)), errors::kStatementTooLarge));
    CHECK(cell_of(*on, of_size(max - 2)) == std::to_string(max - 2 - 17));
    CHECK(cell_of(*on, "SELECT 1") == "1");
}

TEST_CASE("a call to a stopped server ends at its deadline", "[errors][deadline]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver, options_for(1));
    Request request;
    request.text = "SELECT 1";
    const Stopped stopped;
    request.deadline = in(300ms);
    absl::Status failed;

    const Duration took = time_of([&] { failed = run(*on, request).status; });

    INFO(failed.ToString());
    CHECK(took > 250ms);
    CHECK(took < 600ms);
    CHECK(has_id(failed, errors::kCallDeadline));
    CHECK(detail_of(failed).connection_poisoned);
    CHECK(detail_of(as_write(failed)).outcome == Outcome::kInDoubt);
    CHECK(on->is_poisoned());
    const absl::Status after = run(*on, "SELECT 1").status;
    CHECK(has_id(after, errors::kConnectionLost));
    CHECK(detail_of(after).outcome == Outcome::kNotSent);
}

TEST_CASE("a deadline ends a slow statement and a slow stream", "[errors][deadline]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    Request request;
    request.text = GENERATE(
        "SELECT SLEEP(10)",
        "SELECT column_name, SLEEP(0.001) FROM information_schema.columns LIMIT 2000"
    );
    request.deadline = in(200ms);
    absl::Status failed;
    const Duration took = time_of([&] { failed = run(*on, request).status; });
    INFO(failed.ToString());
    CHECK(took < 500ms);
    CHECK(has_id(failed, errors::kCallDeadline));
}

TEST_CASE("a deadline that is kept does no harm later", "[errors][deadline]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    for (int i = 0; i < 20; ++i) {
        Request request;
        request.text = "SELECT SLEEP(0.01)";
        request.deadline = in(60ms);
        REQUIRE(run(*on, request).status.ok());
    }
    std::this_thread::sleep_for(100ms);
    CHECK(!on->is_poisoned());
    CHECK(cell_of(*on, "SELECT 1") == "1");
}

TEST_CASE("a deadline in the past sends nothing and keeps the connection", "[errors][deadline]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    Request request;
    request.text = "SELECT 1";
    request.deadline = in(-1ms);
    const absl::Status failed = run(*on, request).status;
    CHECK(has_id(failed, errors::kCallDeadline));
    CHECK(detail_of(failed).outcome == Outcome::kNotSent);
    CHECK(cell_of(*on, "SELECT 1") == "1");
}

TEST_CASE("a blocked call can be interrupted from another thread", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    std::thread other([&] {
        std::this_thread::sleep_for(100ms);
        on->interrupt();
    });
    absl::Status failed;
    const Duration took = time_of([&] { failed = run(*on, "SELECT SLEEP(10)").status; });
    other.join();
    INFO(failed.ToString());
    CHECK(took < 1s);
    CHECK(has_id(failed, errors::kCallInterrupted));
    CHECK(on->is_poisoned());
}

TEST_CASE("a killed statement fails, and the connection goes on", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    std::thread other([&] {
        std::this_thread::sleep_for(100ms);
        kill(on->facts().connection_id, "QUERY");
    });
    const absl::Status failed = run(*on, kEndless).status;
    other.join();
    INFO(failed.ToString());
    CHECK(has_id(failed, errors::kServerKilledQuery));
    CHECK(cell_of(*on, "SELECT 1") == "1");
}

TEST_CASE("a connection killed while idle is lost, not wrong", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    kill(on->facts().connection_id, "CONNECTION");
    std::this_thread::sleep_for(50ms);
    const absl::Status failed = run(*on, "SELECT 1").status;
    INFO(failed.ToString());
    REQUIRE(!failed.ok());
    CHECK(failed.code() == absl::StatusCode::kUnavailable);
    CHECK(detail_of(failed).connection_poisoned);
    CHECK(detail_of(failed).retry == Retry::kCall);
    CHECK(detail_of(as_write(failed)).retry == Retry::kNever);
    CHECK(on->is_poisoned());
}

TEST_CASE("a stream that breaks is an error, never a shorter answer", "[errors]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    const auto how = GENERATE("CONNECTION", "QUERY");
    std::string text =
        "SELECT a.column_name, REPEAT('x', 2000) FROM information_schema.columns a, "
        "information_schema.columns b";
    Request request;
    request.text = text;
    REQUIRE(on->send(request, Overlap::kAlone).ok());
    REQUIRE(on->receive().ok());
    Batch batch;
    REQUIRE(*on->fetch(batch));
    kill(on->facts().connection_id, how);

    absl::StatusOr<bool> more = true;
    while (more.ok() && *more) more = on->fetch(batch);

    INFO(more.status().ToString());
    CHECK(!more.ok());
    CHECK(on->is_poisoned() == (std::string_view(how) == "CONNECTION"));
}

TEST_CASE("a connect that cannot be is refused with its cause", "[errors][connect]") {
    const auto driver = make_driver(GENERATE(from_range(driver_names())));
    ConnectOptions options = options_for();

    SECTION("nobody listens") {
        options.endpoint.port = 1;
        const absl::Status failed = driver->connect(options).status();
        CHECK(has_id(failed, errors::kCannotConnect));
        CHECK(detail_of(failed).outcome == Outcome::kNotSent);
        CHECK(detail_of(failed).retry == Retry::kCall);
    }
    SECTION("no such socket") {
        options.endpoint = {"", 0, "/nonexistent/socket"};
        CHECK(has_id(driver->connect(options).status(), errors::kCannotConnect));
    }
    SECTION("no such host") {
        options.endpoint.host = "no-such-host.invalid";
        CHECK(has_id(driver->connect(options).status(), errors::kCannotConnect));
    }
    SECTION("wrong password") {
        options.user = "nobody_at_all";
        options.password = "wrong";
        const absl::Status failed = driver->connect(options).status();
        INFO(failed.ToString());
        CHECK(has_id(failed, errors::kServerAccess));
        CHECK(detail_of(failed).mysql_errno == 1045);
        CHECK(std::string(failed.message()).find("wrong") == std::string::npos);
    }
    SECTION("a stopped server") {
        options.endpoint = options_for(1).endpoint;
        options.connect_timeout = 1s;
        const Stopped stopped;
        absl::Status failed;
        CHECK(time_of([&] { failed = driver->connect(options).status(); }) < 1500ms);
        CHECK(has_id(failed, errors::kCannotConnect));
    }
}

TEST_CASE("a connection over the local socket works like one over TCP", "[connect]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto over_tcp = connect(driver);
    ConnectOptions options = options_for();
    options.endpoint = {"", 0, *cell_of(*over_tcp, "SELECT @@socket")};
    const auto on = connect(driver, options);
    CHECK(cell_of(*on, "SELECT 1") == "1");
}
