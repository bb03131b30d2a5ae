// Migrations over shards on real servers: failures, crashes, and what a second call finishes.
#include "migrate/migrate.h"

#include "base/status.h"
#include "catalog/connect.h"
#include "catalog/identity.h"
#include "keys/stable_hash.h"
#include "migrate/check.h"
#include "migrate/files.h"
#include "migrate/ledger.h"
#include "mosaic/registry.h"
#include "support/test_servers.h"

#include <catch2/catch.hpp>

#include <fstream>

using namespace mosaic;
using namespace mosaic::migrate;
using namespace mosaic::test;

namespace {

constexpr int kShards = 4;

topology::Table table(const char* name, topology::TableKind kind, const char* shard_key = "") {
    topology::Table made;
    made.name = name;
    made.kind = kind;
    made.shard_key = shard_key;
    return made;
}

/// Four shards on two servers, without any table, and a folder of migrations.
class Shards {
public:
    explicit Shards(const char* driver = "mariadb") : servers_(2) {
        config_.database = "app";
        config_.file = servers_.folder() / "mosaic.yaml";
        config_.options.driver = driver;
        for (int i = 0; i < 2; ++i) {
            const driver::ConnectOptions options = servers_.options(i);
            config_.servers.push_back(
                {"s" + std::to_string(i), options.endpoint, options.user, options.password, 1}
            );
        }
        config_.groups.push_back({"users", "hash", 1024});
        config_.tables.push_back({table("users", topology::TableKind::kSharded, "id"), ""});
        config_.tables.push_back({table("counters", topology::TableKind::kReference), ""});
        config_.tables.push_back({table("notes", topology::TableKind::kLocal), "app_02"});
        const Registry registry;
        catalog::MapRecord map = must(catalog::first_map(config_, kShards, registry));
        map.epoch = 1;
        topology_ = must(catalog::make_topology(config_, map, registry));
        for (std::uint32_t i = 0; i < kShards; ++i)
            must(catalog::write_identity(*connect(i), *topology_, ShardId{i}, TimePoint::max()));
        std::filesystem::create_directories(folder());
    }

    [[nodiscard]] std::filesystem::path folder() const { return servers_.folder() / "migrations"; }

    void write(const std::string& name, std::string_view text) const {
        std::ofstream(folder() / name) << text;
    }

    [[nodiscard]] Target target() const { return {config_, *topology_, folder()}; }

    [[nodiscard]] absl::StatusOr<UpReport> up(UpOptions options = {}) const {
        return migrate::up(target(), options);
    }

    [[nodiscard]] std::unique_ptr<driver::Connection> connect(std::uint32_t shard) const {
        const auto driver = driver::make_driver("mariadb");
        return must(
            driver->connect(catalog::connect_options(config_, topology_->server_of(ShardId{shard})))
        );
    }

    [[nodiscard]] const std::string& schema(std::uint32_t shard) const {
        return topology_->shards[shard].name;
    }

    std::string query(std::uint32_t shard, std::string_view sql) const {
        return must(run(*connect(shard), sql, schema(shard)));
    }

    /// The same answer from every shard, once.
    std::string query_all(std::string_view sql) const {
        const std::string first = query(0, sql);
        for (std::uint32_t i = 1; i < kShards; ++i) CHECK(query(i, sql) == first);
        return first;
    }

    [[nodiscard]] MigrationState state(std::uint64_t version) const {
        for (const MigrationStatus& migration : must(read_status(target())).migrations) {
            if (migration.version == version)
                return migration.state;
        }
        throw std::runtime_error("no such migration");
    }

    /// The file as `up` reads it.
    [[nodiscard]] MigrationFile file(std::size_t index) const {
        return std::move(must(read_folder(folder(), syntax_of(config_)))[index]);
    }

private:
    TestServers servers_;
    config::Config config_;
    std::shared_ptr<const topology::Topology> topology_;
};

constexpr std::uint64_t kFirst = 20260101000000;
constexpr std::uint64_t kSecond = 20260102000000;

int id_of(const absl::Status& status) {
    return error_detail(status).value_or(ErrorDetail{}).id.number;
}

const char* const kTables =
    "CREATE TABLE users (id BIGINT PRIMARY KEY, name VARCHAR(40));\n"
    "CREATE TABLE counters (id INT PRIMARY KEY, n INT NOT NULL, at DATETIME NOT NULL DEFAULT "
    "CURRENT_TIMESTAMP);\n"
    "CREATE TABLE notes (id INT AUTO_INCREMENT PRIMARY KEY, body TEXT);\n"
    "INSERT INTO counters (id, n) VALUES (1, 0);\n"
    "INSERT INTO notes (body) VALUES ('hello');\n";

}  // namespace

TEST_CASE("migrations run where their tables live, once", "[migrate]") {
    const char* const driver = GENERATE("mariadb", "connector-cpp");
    const Shards shards(driver);
    shards.write("20260101000000_tables.sql", kTables);
    CHECK(shards.state(kFirst) == MigrationState::kPending);
    std::vector<std::string> progress;
    UpOptions options;
    options.progress = [&](std::string_view line) { progress.emplace_back(line); };

    const UpReport report = must(shards.up(options));

    CHECK(report.applied == std::vector<std::string>{"20260101000000_tables.sql"});
    CHECK(report.statements_run == 3 * kShards + 2);
    CHECK(progress.size() == 1);
    CHECK(shards.state(kFirst) == MigrationState::kApplied);
    CHECK(must(read_status(shards.target())).is_all_applied());
    CHECK(shards.query_all("SHOW TABLES LIKE 'users'") == "users\n");
    CHECK(shards.query(2, "SELECT body FROM notes") == "hello\n");
    CHECK(shards.query(1, "SHOW TABLES LIKE 'notes'").empty());
    // The default NOW() of a reference table is the same moment in all copies.
    CHECK(shards.query_all("SELECT id, n, at FROM counters") == "1|0|2026-01-01 00:00:00\n");
    CHECK(
        shards.query_all("SELECT statement_count, statements_done, running_before, finished IS NULL"
                         " FROM _mosaic_migrations") == "5|5|NULL|0\n"
    );

    const UpReport again = must(shards.up());
    CHECK(again.applied.empty());
    CHECK(again.statements_run == 0);
}

TEST_CASE("a shard that fails is named, and the next call finishes it alone", "[migrate]") {
    const Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    must(shards.up());
    shards.write(
        "20260102000000_more.sql",
        "UPDATE counters SET n = n + 1;\n"
        "ALTER TABLE users ADD COLUMN country CHAR(2);\n"
        "UPDATE counters SET n = n + 10;\n"
    );
    shards.query(3, "ALTER TABLE users ADD COLUMN country INT");

    const absl::Status failed = shards.up().status();

    CHECK(id_of(failed) == errors::kMigrationFailed.number);
    const ErrorDetail detail = *error_detail(failed);
    CHECK(detail.outcome == Outcome::kPartial);
    CHECK(detail.shards_not_done == std::vector<std::string>{"app_03"});
    CHECK(detail.shards_done == std::vector<std::string>{"app_00", "app_01", "app_02"});
    CHECK(std::string(message_of(failed)).find("more.sql:2") != std::string::npos);
    CHECK(shards.state(kSecond) == MigrationState::kPartly);
    // What comes after the failure was run nowhere.
    CHECK(shards.query_all("SELECT n FROM counters") == "1\n");
    CHECK(
        shards.query(3, "SELECT error IS NULL FROM _mosaic_migrations ORDER BY version") == "1\n0\n"
    );

    shards.query(3, "ALTER TABLE users DROP COLUMN country");
    CHECK(must(shards.up()).statements_run == 1 + kShards);
    CHECK(shards.query_all("SELECT n FROM counters") == "11\n");
    CHECK(
        shards.query_all("SELECT COLUMN_TYPE FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = "
                         "DATABASE() AND TABLE_NAME = 'users' AND COLUMN_NAME = 'country'"
        ) == "char(2)\n"
    );
    CHECK(
        shards.query_all(
            "SELECT error IS NULL FROM _mosaic_migrations WHERE version = 20260102000000"
        ) == "1\n"
    );
    CHECK(shards.state(kSecond) == MigrationState::kApplied);
}

TEST_CASE("a statement that fails everywhere may be mended in its file", "[migrate]") {
    const Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    must(shards.up());
    shards.write("20260102000000_wrong.sql", "ALTER TABLE users DROP COLUMN nowhere;\n");
    const absl::Status failed = shards.up().status();
    CHECK(error_detail(failed)->outcome == Outcome::kRolledBack);
    CHECK(error_detail(failed)->shards_done.empty());
    CHECK(error_detail(failed)->shards_not_done.size() == kShards);

    shards.write("20260102000000_wrong.sql", "ALTER TABLE users DROP COLUMN name;\n");
    CHECK(must(shards.up()).statements_run == kShards);
    CHECK(shards.state(kSecond) == MigrationState::kApplied);
}

TEST_CASE("rows that a failed statement wrote are rolled back with it", "[migrate]") {
    const Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    must(shards.up());
    shards.write(
        "20260102000000_rows.sql", "INSERT INTO counters (id, n) VALUES (2, 0), (1, 0);\n"
    );
    CHECK(error_detail(shards.up().status())->outcome == Outcome::kRolledBack);
    CHECK(shards.query_all("SELECT COUNT(*) FROM counters") == "1\n");
}

TEST_CASE(
    "a definition that was under way in a crash is finished, or seen to be done", "[migrate]"
) {
    const Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    must(shards.up());
    // Without a name for the key a server would take the statement twice.
    shards.write(
        "20260102000000_key.sql",
        "ALTER TABLE users ADD KEY (name);\nUPDATE counters SET n = n + 1;\n"
    );
    const MigrationFile file = shards.file(1);
    for (const std::uint32_t shard : {1u, 2u}) {
        const auto connection = shards.connect(shard);
        const std::string& schema = shards.schema(shard);
        LedgerRow row;
        row.version = kSecond;
        row.title = "key";
        row.statement_count = 2;
        row.checksum = file.checksum(0);
        must(open_row(*connection, schema, row));
        row.running =
            RunningNote{file.checksum(1), must(fingerprint(*connection, schema, {"users"}))};
        must(save_row(*connection, schema, row, RowState::kUnderWay));
        if (shard == 2)  // here the crash came after it
            must(run_statement(*connection, schema, file.statements()[0].text));
    }
    CHECK(shards.state(kSecond) == MigrationState::kPartly);

    CHECK(must(shards.up()).statements_run == kShards - 1 + kShards);

    CHECK(
        shards.query_all("SELECT COUNT(*) FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = "
                         "DATABASE() AND TABLE_NAME = 'users' AND INDEX_NAME <> 'PRIMARY'") == "1\n"
    );
    CHECK(shards.query_all("SELECT n FROM counters") == "1\n");
    CHECK(shards.state(kSecond) == MigrationState::kApplied);
}

TEST_CASE("an applied migration may not be changed, nor one come before it", "[migrate]") {
    const Shards shards;
    shards.write("20260102000000_tables.sql", kTables);
    must(shards.up());

    shards.write("20260102000000_tables.sql", std::string(kTables) + "DROP TABLE notes;\n");
    CHECK(id_of(shards.up().status()) == errors::kMigrationChanged.number);
    CHECK(shards.state(kSecond) == MigrationState::kChanged);
    shards.write("20260102000000_tables.sql", std::string("-- a comment\n") + kTables);
    CHECK(must(shards.up()).applied.empty());

    shards.write("20260101000000_late.sql", "UPDATE counters SET n = 7;\n");
    CHECK(id_of(shards.up().status()) == errors::kMigrationOrder.number);
    CHECK(shards.query_all("SELECT n FROM counters") == "0\n");
    UpOptions any;
    any.order = Order::kAny;
    CHECK(must(shards.up(any)).applied.size() == 1);
    CHECK(shards.query_all("SELECT n FROM counters") == "7\n");

    std::filesystem::remove(shards.folder() / "20260101000000_late.sql");
    CHECK(shards.state(kFirst) == MigrationState::kFileMissing);
}

TEST_CASE("nothing is run when one pending statement cannot be shipped", "[migrate]") {
    const Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    shards.write("20260102000000_wrong.sql", "INSERT INTO users VALUES (1, 'x');\n");
    CHECK(id_of(shards.up().status()) == errors::kMigrationStatement.number);
    CHECK(shards.query_all("SHOW TABLES LIKE 'users'").empty());
    CHECK(shards.query_all("SHOW TABLES LIKE '\\_mosaic\\_migrations'").empty());

    UpOptions first;
    first.to = kFirst;
    CHECK(must(shards.up(first)).applied.size() == 1);
    first.to = 20250101000000;
    CHECK(id_of(shards.up(first).status()) == errors::kMigrationName.number);
}

TEST_CASE("two processes do not migrate at once", "[migrate]") {
    const Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    const auto other = shards.connect(3);
    must(run(*other, "SELECT GET_LOCK('mosaic migrate app_03', 0)"));
    CHECK(id_of(shards.up().status()) == errors::kMigrationBusy.number);
    must(run(*other, "SELECT RELEASE_LOCK('mosaic migrate app_03')"));
    CHECK(must(shards.up()).applied.size() == 1);
}

TEST_CASE("a table that others hold is waited for no longer than said", "[migrate]") {
    const Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    must(shards.up());
    shards.write("20260102000000_more.sql", "ALTER TABLE users ADD COLUMN x INT;\n");
    const auto other = shards.connect(1);
    must(run(*other, "START TRANSACTION", "app_01"));
    must(run(*other, "SELECT * FROM users"));
    UpOptions options;
    options.lock_wait = std::chrono::seconds(1);

    const absl::Status failed = shards.up(options).status();

    CHECK(error_detail(failed)->outcome == Outcome::kPartial);
    CHECK(error_detail(failed)->shards_not_done == std::vector<std::string>{"app_01"});
    must(run(*other, "COMMIT"));
    CHECK(must(shards.up(options)).statements_run == 1);
}

TEST_CASE("a server that cannot be asked stops the migration before it begins", "[migrate]") {
    Shards shards;
    shards.write("20260101000000_tables.sql", kTables);
    config::Config config = shards.target().config;
    config.servers[1].primary.port = 1;
    catalog::MapRecord map = must(catalog::first_map(config, kShards, Registry()));
    map.epoch = 1;
    map.cluster_id = shards.target().topology.cluster_id;
    const auto topology = must(catalog::make_topology(config, map, Registry()));
    const Target target{config, *topology, shards.folder()};

    CHECK(id_of(migrate::up(target, {}).status()) == errors::kCannotConnect.number);
    const Status status = must(read_status(target));
    CHECK(status.shard_count == kShards / 2);
    REQUIRE(status.unreachable.size() == 1);
    CHECK(status.unreachable.front().first == "s1");
    CHECK(shards.query(0, "SHOW TABLES LIKE 'users'").empty());
}
