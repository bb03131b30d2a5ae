// What a good configuration says, and what golden files cannot hold.
#include "config/config.h"

#include "base/status.h"
#include "config/nearest.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

using namespace mosaic;
using namespace mosaic::config;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view kHead =
    "version: 1\n"
    "database: app\n"
    "catalog: {file: var/map.json}\n"
    "servers: [{name: s1, primary: db1:3306}]\n";

Config must_parse(const std::string& yaml, const std::string& file = "/etc/mosaic/app.yaml") {
    auto config = parse(yaml, file, Registry());
    if (!config.ok())
        FAIL(message_of(config.status()));
    return *std::move(config);
}

Config with_head(const std::string& more) {
    return must_parse(std::string(kHead) + more);
}

std::string refusal(const std::string& yaml, const Registry& registry = Registry()) {
    const auto config = parse(yaml, "/etc/mosaic/app.yaml", registry);
    return config.ok() ? "" : std::string(message_of(config.status()));
}

/// A folder with a password file and a configuration that names it.
class SecretFolder {
public:
    explicit SecretFolder(std::string_view secret) {
        std::string name = (std::filesystem::temp_directory_path() / "mosaic_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder");
        folder_ = name;
        std::ofstream(folder_ / "secret", std::ios::binary) << secret;
        std::ofstream(folder_ / "app.yaml") << kHead << "account: {password: {file: secret}}\n";
    }

    ~SecretFolder() { std::filesystem::remove_all(folder_); }

    SecretFolder(const SecretFolder&) = delete;
    SecretFolder& operator=(const SecretFolder&) = delete;

    [[nodiscard]] std::string password() const {
        const auto config = load(folder_ / "app.yaml", Registry());
        REQUIRE(config.ok());
        return config->servers.at(0).password;
    }

private:
    std::filesystem::path folder_;
};

std::chrono::milliseconds checkout_timeout(const std::string& text) {
    return with_head("pool: {checkout_timeout: " + text + "}").options.pool.checkout_timeout;
}

std::size_t bytes_max(const std::string& text) {
    return with_head("limits: {bytes_max: " + text + "}").options.limits.bytes_max;
}

}  // namespace

TEST_CASE("servers are as written, with what the account gives them") {
    const Config config = must_parse(
        "version: 1\n"
        "database: app\n"
        "account: {user: everyone, password: shared}\n"
        "catalog: {file: /var/map.json}\n"
        "servers:\n"
        "  - {name: s1, primary: 127.0.0.1:4101, weight: 2.5}\n"
        "  - {name: s2, primary: '[2001:db8::1]:3306', user: own, password: ''}\n"
        "  - {name: s3, primary: {socket: run/s3.sock}}\n"
    );

    REQUIRE(config.servers.size() == 3);
    CHECK(config.database == "app");
    CHECK(config.servers[0].name == "s1");
    CHECK(config.servers[0].primary == Endpoint{"127.0.0.1", 4101, ""});
    CHECK(config.servers[0].user == "everyone");
    CHECK(config.servers[0].password == "shared");
    CHECK(config.servers[0].weight == 2.5);
    CHECK(config.servers[1].primary == Endpoint{"2001:db8::1", 3306, ""});
    CHECK(config.servers[1].user == "own");
    CHECK(config.servers[1].password.empty());
    CHECK(config.servers[1].weight == 1);
    CHECK(config.servers[2].primary == Endpoint{"", 0, "/etc/mosaic/run/s3.sock"});
    CHECK_FALSE(config.cluster.has_value());
}

TEST_CASE("relative paths start at the configuration's folder") {
    CHECK(with_head("").catalog.file == "/etc/mosaic/var/map.json");
    const Config config =
        must_parse(std::string(kHead) + "cluster: {folder: ../lib}", "/etc/mosaic/app.yaml");
    REQUIRE(config.cluster.has_value());
    CHECK(config.cluster->folder == "/etc/lib");

    const Config relative = must_parse(std::string(kHead), "app.yaml");

    CHECK(relative.catalog.file == std::filesystem::current_path() / "var/map.json");
}

TEST_CASE("a password comes from the environment") {
    ::setenv("MOSAIC_UNIT_PASSWORD", "se: cret#", 1);
    const Config config = with_head("account: {password: {env: MOSAIC_UNIT_PASSWORD}}");
    ::setenv("MOSAIC_UNIT_PASSWORD", "", 1);
    const Config empty = with_head("account: {password: {env: MOSAIC_UNIT_PASSWORD}}");
    ::unsetenv("MOSAIC_UNIT_PASSWORD");

    CHECK(config.servers[0].password == "se: cret#");
    CHECK(empty.servers[0].password.empty());
}

TEST_CASE("a password file is its one line, whatever ends it") {
    CHECK(SecretFolder("secret").password() == "secret");
    CHECK(SecretFolder("secret\n").password() == "secret");
    CHECK(SecretFolder("secret\r\n").password() == "secret");
    CHECK(SecretFolder(" se cret \n\n").password() == " se cret ");
    CHECK(SecretFolder("").password().empty());
}

TEST_CASE("a refused file shows no password") {
    const std::string why =
        refusal(std::string(kHead) + "account: {user: app, password: hush, passwrd: hushhush}\n");
    CHECK(why.find("account.passwrd") != std::string::npos);
    CHECK(why.find("hush") == std::string::npos);
    CHECK(refusal("account: {password: hush, user: *me}\n").find("hush") == std::string::npos);
}

TEST_CASE("durations have units") {
    CHECK(checkout_timeout("0") == 0ms);
    CHECK(checkout_timeout("0ms") == 0ms);
    CHECK(checkout_timeout("1ms") == 1ms);
    CHECK(checkout_timeout("90s") == 90s);
    CHECK(checkout_timeout("2m") == 2min);
    CHECK(checkout_timeout("24h") == 24h);
    CHECK(with_head("pool: {idle_max: 2000ms}").options.pool.idle_max == 2s);
}

TEST_CASE("sizes have units of 1024") {
    CHECK(bytes_max("1024") == 1024);
    CHECK(bytes_max("1K") == 1024);
    CHECK(bytes_max("3M") == 3u << 20);
    CHECK(bytes_max("1024G") == std::size_t{1} << 40);
}

TEST_CASE("tables know their group, key scheme and what is vouched for") {
    const Config config = with_head(
        "tickets: {servers: [s1], schema: numbers, durability: process}\n"
        "groups:\n"
        "  - {name: empty, tables: []}\n"
        "  - name: users\n"
        "    partitioner: prefix\n"
        "    buckets: 64\n"
        "    tables:\n"
        "      - {name: users, shard_key: id, ids: {column: id, scheme: composite, type: 7}}\n"
        "      - {name: bills, shard_key: user, unchecked_unique: [number], triggers: [audit]}\n"
        "reference_tables: [countries, {name: fees, ids: {column: id, scheme: ticket, ticket: "
        "f}}]\n"
        "local_tables: {notes: app_07}\n"
    );

    REQUIRE(config.groups.size() == 2);
    CHECK(config.groups[0].partitioner == "hash");
    CHECK(config.groups[0].buckets == 16384);
    CHECK(config.groups[1].partitioner == "prefix");
    CHECK(config.groups[1].buckets == 64);
    REQUIRE(config.tables.size() == 5);
    const topology::Table& users = config.tables[0].table;
    CHECK(users.kind == topology::TableKind::kSharded);
    CHECK(users.group == 1);
    CHECK(users.shard_key == "id");
    REQUIRE(users.ids.has_value());
    CHECK(users.ids->scheme == "composite");
    CHECK(users.ids->type == 7);
    const topology::Table& bills = config.tables[1].table;
    CHECK_FALSE(bills.ids.has_value());
    CHECK(bills.unchecked_unique == std::vector<std::string>{"number"});
    CHECK(bills.triggers == std::vector<std::string>{"audit"});
    CHECK(config.tables[2].table.kind == topology::TableKind::kReference);
    CHECK(config.tables[3].table.ids->ticket_name == "f");
    CHECK(config.tables[4].table.kind == topology::TableKind::kLocal);
    CHECK(config.tables[4].local_shard == "app_07");
    CHECK(config.tickets.servers == std::vector<std::string>{"s1"});
    CHECK(config.tickets.schema == "numbers");
    CHECK(config.tickets.durability == CounterDurability::kProcess);
    CHECK(config.composite.durability == CounterDurability::kMachine);
}

TEST_CASE("what a program registers may be named") {
    Registry registry;
    const std::string yaml = std::string(kHead) +
                             "groups: [{name: users, partitioner: region, tables: [{name: users, "
                             "shard_key: id, ids: {column: id, scheme: serial}}]}]";
    CHECK(refusal(yaml, registry).find("2 mistakes") != std::string::npos);
    REQUIRE(registry.add_partitioner("region", *registry.partitioner("hash")).ok());
    REQUIRE(registry
                .add_key_scheme(
                    "serial",
                    [](std::string_view) -> absl::StatusOr<std::shared_ptr<KeyScheme>> {
                        return absl::UnimplementedError("not made here");
                    }
                )
                .ok());

    CHECK(refusal(yaml, registry).empty());
}

TEST_CASE("sql_mode is kept without the blanks that servers do not take") {
    const Config config = with_head("session: {sql_mode: 'ansi_quotes , Traditional'}");
    CHECK(config.options.session.sql_mode == "ANSI_QUOTES,TRADITIONAL");
    CHECK(with_head("session: {sql_mode: ''}").options.session.sql_mode.empty());
}

TEST_CASE("time zones by offset and by name") {
    for (const std::string zone : {"-13:59", "+14:00", "UTC", "Europe/Stockholm"})
        CHECK(with_head("session: {time_zone: '" + zone + "'}").options.session.time_zone == zone);
    for (const std::string zone : {"-14:00", "+1:00", "+01:60", "+01-00", "+-1:00", "+01:+5"}) {
        INFO(zone);
        const std::string why =
            refusal(std::string(kHead) + "session: {time_zone: '" + zone + "'}");
        CHECK(why.find("is no time zone") != std::string::npos);
    }
}

TEST_CASE("a file may begin with a byte order mark and have CRLF") {
    CHECK(must_parse("\xEF\xBB\xBF" + std::string(kHead)).database == "app");
    std::string yaml;
    for (const char c : kHead) yaml += c == '\n' ? std::string("\r\n") : std::string(1, c);
    CHECK(must_parse(yaml).database == "app");
}

TEST_CASE("a file that nests too deep, or without end, is refused") {
    CHECK(refusal(std::string(100'000, '[')).starts_with("MO-1002"));
    CHECK(refusal(std::string(kHead) + "pool: &self {size_max: *self}\n").starts_with("MO-1003"));
    CHECK(refusal(std::string(kHead) + "groups: &self [*self]\n").starts_with("MO-1003"));
}

TEST_CASE("mistakes are listed in the order of the file") {
    const std::string why = refusal("session: {a: 1}\nversion: 9\npool: {b: 1}\nlimits: {c: 1}\n");
    const std::size_t first = why.find("session.a");
    const std::size_t second = why.find("version:");
    CHECK(first < second);
    CHECK(second < why.find("pool.b"));
    CHECK(why.find("pool.b") < why.find("limits.c"));
}

TEST_CASE("the nearest known word is offered, and none that is far") {
    const std::vector<std::string> known = {"size_max", "idle_max", "lifetime_max"};
    CHECK(nearest("siez_max", known) == "size_max");
    CHECK(nearest("idle", known) == "idle_max");
    CHECK(nearest("id", known) == std::nullopt);
    CHECK(nearest("", known) == std::nullopt);
    CHECK(nearest("checkout", known) == std::nullopt);
    CHECK(nearest(std::string(1000, 'x'), known) == std::nullopt);
}
