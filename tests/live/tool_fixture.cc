#include "tool_fixture.h"

#include "driver/connection.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

namespace mosaic::test {

using nlohmann::json;

namespace fs = std::filesystem;

std::string read_file(const fs::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

std::string only_line(const std::string& text) {
    REQUIRE(!text.empty());
    REQUIRE(text.find('\n') == text.size() - 1);
    return text.substr(0, text.size() - 1);
}

Tool::Tool(fs::path folder, const std::vector<std::uint16_t>& ports) : folder_(std::move(folder)) {
    std::ofstream file(config());
    file << "version: 1\n"
            "database: app\n"
            "account: {user: root, password: \"\"}\n"
            "catalog: {file: catalog.json}\n"
            "cluster: {folder: .}\n"
            "servers:\n";
    for (std::size_t i = 0; i < ports.size(); ++i)
        file << "  - {name: s" << i + 1 << ", primary: 127.0.0.1:" << ports[i] << "}\n";
    file << "tickets: {servers: [s1, s2], durability: process}\n"
            "composite: {durability: process}\n"
            "groups:\n"
            "  - name: users\n"
            "    partitioner: hash\n"
            "    buckets: 1024\n"
            "    tables:\n"
            "      - {name: users, shard_key: id, ids: {column: id, scheme: uuid}}\n"
            "      - {name: orders, shard_key: user_id, ids: {column: id, scheme: composite, "
            "type: 7}}\n"
            "  - name: events\n"
            "    partitioner: hash\n"
            "    buckets: 64\n"
            "    tables:\n"
            "      - {name: events, shard_key: id, ids: {column: id, scheme: ticket}}\n"
            "reference_tables: [countries]\n"
            "local_tables: {notes: app_01}\n";
    fs::create_directories(folder_ / "migrations");
}

void Tool::write_migration(const std::string& name, std::string_view text) const {
    std::ofstream(folder_ / "migrations" / name) << text;
}

pid_t Tool::start(const std::vector<std::string>& arguments) const {
    std::vector<std::string> words{MOSAIC_TOOL};
    words.insert(words.end(), arguments.begin(), arguments.end());
    words.insert(words.end(), {"--config", config().string()});
    std::vector<char*> argv;
    for (std::string& word : words) argv.push_back(word.data());
    argv.push_back(nullptr);
    const std::string out = (folder_ / "out").string();
    const std::string errors = (folder_ / "errors").string();
    const pid_t pid = ::fork();
    if (pid == 0) {
        constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
        ::dup2(::open("/dev/null", O_RDONLY), 0);
        ::dup2(::open(out.c_str(), kFlags, 0600), 1);
        ::dup2(::open(errors.c_str(), kFlags, 0600), 2);
        ::execv(argv[0], argv.data());
        ::_exit(126);
    }
    return pid;
}

Called Tool::wait_for(pid_t pid) const {
    int status = 0;
    ::waitpid(pid, &status, 0);
    return {
        WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
        read_file(folder_ / "out"),
        read_file(folder_ / "errors")};
}

const char* const kTables =
    "CREATE TABLE users (id BINARY(16) PRIMARY KEY, name VARCHAR(40));\n"
    "CREATE TABLE orders (id BIGINT UNSIGNED PRIMARY KEY, user_id BINARY(16) NOT NULL, KEY "
    "(user_id));\n"
    "CREATE TABLE events (id BIGINT UNSIGNED PRIMARY KEY, text VARCHAR(40));\n"
    "CREATE TABLE countries (id INT PRIMARY KEY, name VARCHAR(40));\n"
    "CREATE TABLE notes (id INT PRIMARY KEY, body TEXT);\n"
    "INSERT INTO countries VALUES (1, 'Sweden'), (2, 'Chile');\n";

Ready::Ready()
    : servers_(2),
      tool_(servers_.folder(), {servers_.server(0).port(), servers_.server(1).port()}) {}

void Ready::make_map() const {
    const Called init = tool_({"map", "init", "--shards", "4", "--yes"});
    INFO(init.errors);
    REQUIRE(init.exit_code == kDone);
}

void Ready::make_tables() const {
    tool_.write_migration("20260101000000_tables.sql", kTables);
    const Called up = tool_({"migrate", "up"});
    INFO(up.errors);
    REQUIRE(up.exit_code == kDone);
}

std::string Ready::query(int server, std::string_view sql, std::string_view schema) const {
    const auto driver = driver::make_driver("mariadb");
    return must(run(*must(driver->connect(servers_.options(server))), sql, schema));
}

int Ready::server_of(const std::string& shard) const {
    const json map = json::parse(tool_({"map", "show", "--format", "json"}).out);
    for (const json& one : map["shards"]) {
        if (one["name"] == shard)
            return one["server"] == "s1" ? 0 : 1;
    }
    throw std::runtime_error("no shard " + shard);
}

}  // namespace mosaic::test
