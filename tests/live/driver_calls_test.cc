// The order of calls, sessions, schemas and results, on both drivers.
#include "live/driver_fixture.h"

#include <mysql.h>

#include <sys/wait.h>
#include <unistd.h>

using namespace mosaic;
using namespace mosaic::driver;

TEST_CASE("a connection knows its server", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);

    CHECK(on->facts().version == cell_of(*on, "SELECT VERSION()"));
    CHECK(
        (on->facts().kind == ServerKind::kMariaDb) ==
        (on->facts().version.find("MariaDB") != std::string::npos)
    );
    CHECK(std::to_string(on->facts().connection_id) == cell_of(*on, "SELECT CONNECTION_ID()"));
    CHECK(
        std::to_string(on->facts().max_allowed_packet) ==
        cell_of(*on, "SELECT @@max_allowed_packet")
    );
    CHECK(make_driver(driver)->traits().name == driver);
    CHECK(make_driver("no such") == nullptr);
}

TEST_CASE("every session speaks utf8mb4 in the configured time zone and sql_mode", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    ConnectOptions options = options_for();
    options.time_zone = "+05:30";
    options.sql_mode = "NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES";
    const auto on = connect(driver, options);
    const auto check = [&] {
        const Cells cells = rows_of(
            *on,
            "SELECT @@character_set_client, @@character_set_connection, @@character_set_results, "
            "@@time_zone, @@sql_mode"
        )[0];
        CHECK(
            cells ==
            Cells{
                "utf8mb4",
                "utf8mb4",
                "utf8mb4",
                "+05:30",
                "NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES"}
        );
        CHECK(on->facts().backslash == Backslash::kIsLiteral);
    };

    check();
    rows_of(*on, "SET time_zone = '-02:00', sql_mode = '', NAMES latin1");
    REQUIRE(on->reset(TimePoint::max()).ok());
    check();
}

TEST_CASE("isolation is the server's, whatever the connector likes", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto admin = connect("mariadb");
    const std::string name =
        admin->facts().kind == ServerKind::kMySql ? "transaction_isolation" : "tx_isolation";
    rows_of(*admin, "SET GLOBAL " + name + " = 'READ-COMMITTED'");
    const auto on = connect(driver);
    const auto seen = cell_of(*on, "SELECT @@" + name);
    rows_of(*admin, "SET GLOBAL " + name + " = 'REPEATABLE-READ'");
    CHECK(seen == "READ-COMMITTED");
}

TEST_CASE("session settings that the server refuses are an error with both", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    ConnectOptions options = options_for();
    options.time_zone = "Atlantis/Capital";
    const auto failed = make_driver(driver)->connect(options);

    REQUIRE(has_id(failed.status(), errors::kSessionSetup));
    CHECK(std::string(failed.status().message()).find("Atlantis/Capital") != std::string::npos);
    CHECK(detail_of(failed.status()).outcome == Outcome::kNotSent);
}

TEST_CASE("a reset leaves nothing of the old session", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS calls");
    rows_of(*on, "CREATE TABLE IF NOT EXISTS calls.left_over (i INT) ENGINE=InnoDB");
    rows_of(*on, "USE calls");
    rows_of(*on, "SET @mine = 5");
    rows_of(*on, "CREATE TEMPORARY TABLE calls.temporary (i INT)");
    rows_of(*on, "BEGIN");
    rows_of(*on, "INSERT INTO calls.left_over VALUES (1)");
    CHECK((on->server_status() & SERVER_STATUS_IN_TRANS) != 0);

    REQUIRE(on->reset(std::chrono::steady_clock::now() + std::chrono::seconds(5)).ok());

    CHECK((on->server_status() & SERVER_STATUS_IN_TRANS) == 0);
    CHECK(on->schema().empty());
    CHECK(cell_of(*on, "SELECT @mine") == std::nullopt);
    CHECK(cell_of(*on, "SELECT COUNT(*) FROM calls.left_over") == "0");
    CHECK(has_id(error_of(*on, "SELECT * FROM calls.temporary"), errors::kServerNotFound));
}

TEST_CASE("the schema is remembered, and switched only when another is needed", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS calls");
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS `odd``name`");
    const auto schema_seen_by = [&](std::string_view schema) {
        Request request;
        request.text = "SELECT DATABASE()";
        request.schema = schema;
        const Outcomes outcomes = run(*on, request);
        REQUIRE(outcomes.status.ok());
        return outcomes.rows[0][0][0];
    };

    CHECK(schema_seen_by("") == std::nullopt);
    CHECK(schema_seen_by("calls") == "calls");
    CHECK(schema_seen_by("") == "calls");
    CHECK(schema_seen_by("odd`name") == "odd`name");
    CHECK(on->schema() == "odd`name");
    rows_of(*on, "USE calls");
    CHECK(on->schema() == "calls");
    CHECK(schema_seen_by("odd`name") == "odd`name");
    rows_of(*on, "DROP DATABASE `odd``name`");
    CHECK(schema_seen_by("calls") == "calls");
}

TEST_CASE("a statement for a schema that does not exist is not sent", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS calls");
    rows_of(*on, "CREATE TABLE IF NOT EXISTS calls.wrong (i INT)");
    rows_of(*on, "USE calls");
    Request request;
    request.text = "INSERT INTO wrong VALUES (1)";
    request.schema = "no_such_schema";

    const absl::Status failed = run(*on, request).status;

    CHECK(has_id(failed, errors::kServerNotFound));
    CHECK(detail_of(failed).outcome == Outcome::kNotSent);
    CHECK(cell_of(*on, "SELECT COUNT(*) FROM calls.wrong") == "0");
}

TEST_CASE("a CALL gives all its results, then its own", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    const auto on = connect(driver);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS calls");
    rows_of(*on, "DROP PROCEDURE IF EXISTS calls.three");
    rows_of(
        *on,
        "CREATE PROCEDURE calls.three(fails INT) BEGIN SELECT 1 AS a UNION ALL SELECT 2; "
        "SELECT 'x' AS b, NULL AS c FROM DUAL WHERE FALSE; "
        "IF fails THEN SIGNAL SQLSTATE '45000' SET MYSQL_ERRNO = 1644, MESSAGE_TEXT = 'on "
        "purpose'; END IF; "
        "SELECT 'last'; END"
    );

    const Outcomes all = run(*on, "CALL calls.three(0)");
    REQUIRE(all.status.ok());
    REQUIRE(all.replies.size() == 4);
    CHECK(all.rows[0] == std::vector<Cells>{{"1"}, {"2"}});
    CHECK(all.rows[1].empty());
    CHECK(all.replies[1].columns.size() == 2);
    CHECK(all.rows[2] == std::vector<Cells>{{"last"}});
    CHECK(all.replies[3].columns.empty());

    const Outcomes broken = run(*on, "CALL calls.three(1)");
    CHECK(has_id(broken.status, errors::kServerError));
    CHECK(detail_of(broken.status).mysql_errno == 1644);
    CHECK(detail_of(broken.status).sqlstate == "45000");
    CHECK(broken.replies.size() == 2);
    CHECK(!on->has_unread_rows());
    CHECK(cell_of(*on, "SELECT 1") == "1");
}

TEST_CASE("a text with two statements is refused by the server", "[calls]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS calls");
    rows_of(*on, "CREATE TABLE IF NOT EXISTS calls.two (i INT)");

    const absl::Status failed = error_of(*on, "SELECT 1; INSERT INTO calls.two VALUES (1)");

    CHECK(has_id(failed, errors::kServerSyntax));
    CHECK(cell_of(*on, "SELECT COUNT(*) FROM calls.two") == "0");
}

TEST_CASE("affected rows count what changed, or what was found", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    using Counts = ConnectOptions::AffectedRows;
    const auto counts = GENERATE(Counts::kChanged, Counts::kFound);
    ConnectOptions options = options_for();
    options.affected_rows = counts;
    const auto on = connect(driver, options);
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS calls");
    rows_of(*on, "DROP TABLE IF EXISTS calls.counted");
    rows_of(*on, "CREATE TABLE calls.counted (i INT AUTO_INCREMENT PRIMARY KEY, n INT)");

    const Outcomes inserted = run(*on, "INSERT INTO calls.counted (n) VALUES (1), (2), (3)");
    CHECK(inserted.replies[0].affected_rows == 3);
    CHECK(inserted.replies[0].insert_id == 1);
    CHECK(inserted.replies[0].info == "Records: 3  Duplicates: 0  Warnings: 0");
    const Outcomes updated = run(*on, "UPDATE calls.counted SET n = 3");
    CHECK(updated.replies[0].affected_rows == (counts == Counts::kChanged ? 2U : 3U));
    CHECK(updated.replies[0].info == "Rows matched: 3  Changed: 2  Warnings: 0");
    CHECK(run(*on, "SELECT n FROM calls.counted").replies[0].affected_rows == 0);
}

TEST_CASE("warnings are counted, with rows once they are read", "[calls]") {
    const auto on = connect(GENERATE(from_range(driver_names())));

    rows_of(*on, "SELECT 1/0, CAST('x' AS SIGNED)");
    CHECK(on->warning_count() == 2);
    const Outcomes dropped = run(*on, "DROP DATABASE IF EXISTS not_there");
    CHECK(dropped.replies[0].warnings == 1);
    rows_of(*on, "SELECT 1");
    CHECK(on->warning_count() == 0);
}

TEST_CASE("calls out of order are refused and do no harm", "[calls]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    Batch batch;
    CHECK(has_id(on->receive().status(), errors::kConnectionMisused));
    CHECK(has_id(on->fetch(batch).status(), errors::kConnectionMisused));

    Request request;
    request.text = "SELECT 1 UNION ALL SELECT 2";
    REQUIRE(on->send(request, Overlap::kAlone).ok());
    CHECK(on->has_unread_rows());
    CHECK(has_id(on->send(request, Overlap::kAlone), errors::kConnectionMisused));
    REQUIRE(on->receive().ok());
    CHECK(has_id(on->next_result().status(), errors::kConnectionMisused));
    CHECK(has_id(on->reset(TimePoint::max()), errors::kConnectionMisused));
    CHECK(*on->fetch(batch));
    CHECK(batch.row_count() == 2);
    CHECK(!*on->fetch(batch));
    CHECK(!*on->next_result());
    CHECK(!on->has_unread_rows());
    CHECK(!on->is_poisoned());
}

TEST_CASE("the batch with the last rows ends the request", "[calls]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    Batch batch;
    Request request;
    request.text = "SELECT 1 UNION ALL SELECT 2";
    REQUIRE(on->send(request, Overlap::kAlone).ok());
    REQUIRE(on->receive().ok());

    REQUIRE(*on->fetch(batch));

    CHECK(!on->has_unread_rows());
    CHECK(cell_of(*on, "SELECT 3") == "3");
    CHECK(has_id(on->fetch(batch).status(), errors::kConnectionMisused));
}

TEST_CASE("a result left unread does not keep the connection from closing", "[calls]") {
    const auto driver = GENERATE(from_range(driver_names()));
    auto on = connect(driver);
    Request request;
    request.text = "SELECT a.column_name, SLEEP(0.05) FROM information_schema.columns a LIMIT 400";
    REQUIRE(on->send(request, Overlap::kAlone).ok());
    if (driver == "connector-cpp")
        request.text = "";
    CHECK(time_of([&] { on.reset(); }) < std::chrono::seconds(1));
}

TEST_CASE(
    "requests to several servers are in flight at once where the driver sends at once", "[calls]"
) {
    const auto driver = make_driver("mariadb");
    REQUIRE(driver->traits().sends_at_once);
    const auto first = connect("mariadb", options_for(0));
    const auto second = connect("mariadb", options_for(1));
    Request request;
    request.text = "SELECT SLEEP(0.3)";

    const Duration took = time_of([&] {
        Batch batch;
        for (Connection* each : {first.get(), second.get()})
            REQUIRE(each->send(request, Overlap::kOthersInFlight).ok());
        for (Connection* each : {first.get(), second.get()}) {
            REQUIRE(each->receive().ok());
            REQUIRE(*each->fetch(batch));
            REQUIRE(!*each->fetch(batch));
        }
    });

    CHECK(took < std::chrono::milliseconds(550));
}

TEST_CASE("a server cannot ask for files of the client", "[calls]") {
    const auto on = connect(GENERATE(from_range(driver_names())));
    rows_of(*on, "CREATE DATABASE IF NOT EXISTS calls");
    rows_of(*on, "CREATE TABLE IF NOT EXISTS calls.files (line TEXT)");
    run(*on, "SET GLOBAL local_infile = 1");

    const Outcomes done = run(*on, "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE calls.files");

    CHECK(!done.status.ok());
    const auto after = connect("mariadb");
    CHECK(cell_of(*after, "SELECT COUNT(*) FROM calls.files") == "0");
}

TEST_CASE("a forked child can neither use nor hurt its parent's connection", "[calls][fork]") {
    const auto driver = GENERATE(from_range(driver_names()));
    auto on = connect(driver);
    Request open_request;
    open_request.text = "SELECT 1 UNION ALL SELECT 2";
    REQUIRE(on->send(open_request, Overlap::kAlone).ok());

    const pid_t child = fork();
    if (child == 0) {
        Request request;
        request.text = "SELECT 1";
        const bool is_refused = has_id(on->send(request, Overlap::kAlone), errors::kUsedAfterFork);
        on->interrupt();
        on.reset();
        auto own = make_driver(driver)->connect(options_for());
        bool is_own_good = own.ok();
        request.deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(200);
        request.text = "SELECT SLEEP(5)";
        is_own_good = is_own_good && (*own)->send(request, Overlap::kAlone).ok();
        const auto reply = is_own_good ? (*own)->receive() : own.status();
        Batch batch;
        const bool is_cut = is_own_good && (!reply.ok() || !(*own)->fetch(batch).ok());
        _exit((is_refused ? 0 : 1) + (is_own_good ? 0 : 2) + (is_cut ? 0 : 4));
    }
    int status = 0;
    REQUIRE(waitpid(child, &status, 0) == child);

    CHECK(WEXITSTATUS(status) == 0);
    REQUIRE(on->receive().ok());
    Batch batch;
    CHECK(*on->fetch(batch));
    CHECK(!*on->fetch(batch));
    CHECK(cell_of(*on, "SELECT 3") == "3");
}
