#pragma once

#include "mosaic/client.h"
#include "support/test_cluster.h"

#include <catch2/catch.hpp>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <poll.h>
#include <pty.h>
#include <sstream>
#include <stdexcept>
#include <string>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>
#include <vector>

/// For the tests of `mosaic sql` and `mosaic explain`: the tool on files and on a terminal, beside
/// the servers' own client.
namespace mosaic::test {

inline constexpr char kTables[] = R"(
groups:
  - name: rows
    partitioner: hash
    buckets: 1024
    tables:
      - {name: kinds, shard_key: id}
      - {name: words, shard_key: id}
local_tables: {notes: app_00}
)";

inline const std::vector<std::string> kDdl = {
    "CREATE TABLE kinds (id BIGINT NOT NULL PRIMARY KEY, text VARCHAR(200) CHARACTER SET utf8mb4, "
    "bytes VARBINARY(200), wide DECIMAL(65,30), money DECIMAL(20,2), small FLOAT, big DOUBLE, day "
    "DATE, at DATETIME(6), took TIME(3), y YEAR, bits BIT(17), flag BIT(1), big_id BIGINT "
    "UNSIGNED, padded INT(7) UNSIGNED ZEROFILL, color ENUM('red', 'green'), tags SET('a', 'b'), "
    "body TEXT, raw BLOB)",
    "CREATE TABLE words (id INT NOT NULL PRIMARY KEY, word VARCHAR(2000) CHARACTER SET utf8mb4 NOT "
    "NULL)",
    "CREATE TABLE notes (id INT NOT NULL PRIMARY KEY, body TEXT)",
};

// Every byte that a format could trip over.
inline const char* const kKinds[] = {
    "(1, 'plain', 'plain', 1, 2, 3, 4, '2024-02-29', '2024-02-29 23:59:59.000001', '10:11:12.5', "
    "2024, b'101', b'1', 18446744073709551615, 42, 'red', 'a,b', 'text', 'raw')",
    "(2, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, "
    "NULL, NULL, NULL)",
    "(3, '', '', 0, 0, 0, 0, '0001-01-01', '0001-01-01', '00:00:00', 0, b'0', b'0', 0, 0, 'green', "
    "'', '', '')",
    "(4, 'tab\\tnew\\nline\\\\back\\0nul\\rreturn \"quote\\'', x'00090A0D5C2022FF80C3', "
    "-12345678901234567890123456789012345.012345678901234567890123456789, -0.01, -1.5e-7, "
    "1.7976931348623157e308, '9999-12-31', '9999-12-31 23:59:59.999999', '-838:59:59', 2155, "
    "b'11111111111111111', b'0', 9223372036854775808, 9999999, 'red', 'b', '\\\\N', x'5C4E00')",
    "(5, '日本語 é 😀 e\\u0301', x'F09F9880', 0.000000000000000000000000000001, 99.90, 3.4e38, "
    "-1e-300, '1970-01-01', '1970-01-01 00:00:00.5', '23:00:00', 1970, b'10000000000001001', "
    "b'1', 1, 0, 'green', 'a', 'NULL', 'NULL')",
};

inline TestCluster::Spec spec_for(const std::string& driver) {
    TestCluster::Spec spec;
    spec.driver = driver;
    spec.tables = kTables;
    spec.ddl = kDdl;
    return spec;
}

inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ostringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
}

struct Called {
    int exit_code = -1;
    std::string out;
    std::string errors;
    long resident_kib = 0;  ///< At most.
};

/// Runs programs in a folder, which keeps what they print.
class Shell {
public:
    explicit Shell(std::filesystem::path folder) : folder_(std::move(folder)) {}

    [[nodiscard]] pid_t start(std::vector<std::string> words, const std::string& input = "") const {
        std::ofstream(folder_ / "in") << input;
        const std::string in = (folder_ / "in").string();
        const std::string out = (folder_ / "out").string();
        const std::string errors = (folder_ / "errors").string();
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        const pid_t pid = ::fork();
        if (pid == 0) {
            constexpr int kFlags = O_WRONLY | O_CREAT | O_TRUNC;
            ::dup2(::open(in.c_str(), O_RDONLY), 0);
            ::dup2(::open(out.c_str(), kFlags, 0600), 1);
            ::dup2(::open(errors.c_str(), kFlags, 0600), 2);
            ::execvp(argv[0], argv.data());
            ::_exit(126);
        }
        return pid;
    }

    [[nodiscard]] Called wait_for(pid_t pid) const {
        int status = 0;
        rusage usage{};
        ::wait4(pid, &status, 0, &usage);
        return {
            WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status),
            read_file(folder_ / "out"),
            read_file(folder_ / "errors"),
            usage.ru_maxrss};
    }

private:
    std::filesystem::path folder_;
};

/// A sharded database and one server with the same rows, and the tools for both.
class Both {
public:
    explicit Both(const std::string& driver = "mariadb")
        : cluster_(spec_for(driver)), shell_(cluster_.servers().folder()) {
        const auto connection = cluster_.connect(ShardId{0});
        must(run(*connection, "CREATE DATABASE whole"));
        for (const std::string& ddl : kDdl) must(run(*connection, ddl, "whole"));
    }

    /// On both.
    void insert(const std::string& table, const std::string& rows) {
        const std::string sql = "INSERT INTO " + table + " VALUES " + rows;
        must(run(*cluster_.connect(ShardId{0}), sql, "whole"));
        Client client = cluster_.open();
        must(client.execute(Statement(sql).best_effort()));
    }

    /// 200,000 rows of 400 bytes, each shard its own, made there.
    void fill_words() {
        const std::string digit =
            "(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL "
            "SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT "
            "6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)";
        std::string numbers =
            "SELECT g.d * 100000 + f.d * 10000 + e.d * 1000 + c.d * 100 + b.d * "
            "10 + a.d AS n FROM ";
        for (const char* alias : {"a", "b", "c", "e", "f"}) numbers += digit + alias + ", ";
        numbers += "(SELECT 0 AS d UNION ALL SELECT 1) g";
        const topology::Topology& topology = cluster_.topology();
        const partition::PartitionMap& map = topology.groups[0].map;
        for (std::uint32_t i = 0; i < topology.shards.size(); ++i) {
            std::string owned;
            for (std::uint32_t bucket = 0; bucket < map.bucket_count(); ++bucket) {
                if (map.owner(BucketId{bucket}) == ShardId{i})
                    owned += (owned.empty() ? "" : ",") + std::to_string(bucket);
            }
            must(
                run(*cluster_.connect(ShardId{i}),
                    "INSERT INTO words SELECT n, REPEAT('x', 400) FROM (" + numbers +
                        ") numbers WHERE CRC32(n) & " + std::to_string(map.bucket_count() - 1) +
                        " IN (" + owned + ")",
                    topology.shards[i].name)
            );
        }
    }

    void insert_kinds() {
        for (const char* row : kKinds) insert("kinds", row);
    }

    [[nodiscard]] std::vector<std::string> command(std::vector<std::string> arguments) const {
        arguments.insert(arguments.begin(), MOSAIC_TOOL);
        arguments.insert(arguments.end(), {"--config", cluster_.config().string()});
        return arguments;
    }

    [[nodiscard]] Called mosaic(std::vector<std::string> arguments, const std::string& input = "")
        const {
        return shell_.wait_for(shell_.start(command(std::move(arguments)), input));
    }

    [[nodiscard]] Called sql(const std::string& text, std::vector<std::string> more = {}) const {
        more.insert(more.begin(), {"sql", "-e", text});
        return mosaic(std::move(more));
    }

    /// What the servers' own client prints; `mode`: --batch or --table.
    [[nodiscard]] Called mariadb(const std::string& text, const std::string& mode) {
        return shell_.wait_for(shell_.start(
            {"mariadb",
             "--no-defaults",
             mode,
             "--default-character-set=utf8mb4",
             "--host=127.0.0.1",
             "--port=" + std::to_string(cluster_.servers().server(0).port()),
             "--user=root",
             "whole",
             "-e",
             text}
        ));
    }

    TestCluster& cluster() { return cluster_; }

    [[nodiscard]] const Shell& shell() const { return shell_; }

    [[nodiscard]] std::filesystem::path write_script(const std::string& text) {
        const std::filesystem::path path = cluster_.servers().folder() / "script.sql";
        std::ofstream(path) << text;
        return path;
    }

private:
    TestCluster cluster_;
    Shell shell_;
};

/// The tool on a terminal.
class Terminal {
public:
    explicit Terminal(std::vector<std::string> words) {
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        pid_ = ::forkpty(&file_, nullptr, nullptr, nullptr);
        if (pid_ == 0) {
            ::execvp(argv[0], argv.data());
            ::_exit(126);
        }
    }

    ~Terminal() {
        if (pid_ > 0) {
            ::kill(pid_, SIGKILL);
            ::waitpid(pid_, nullptr, 0);
        }
        ::close(file_);
    }

    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;

    /// What is on the screen from the last call until `part`, which must come.
    std::string until(const std::string& part) {
        const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (!has(seen_, part)) {
            if (std::chrono::steady_clock::now() > deadline || !read_some())
                throw std::runtime_error("no `" + part + "` on the terminal but: " + seen_);
        }
        const std::size_t end = seen_.find(part) + part.size();
        std::string text = seen_.substr(0, end);
        seen_.erase(0, end);
        return text;
    }

    void type(const std::string& text) const {
        REQUIRE(::write(file_, text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    }

    int exit_code() {
        while (read_some()) {
        }
        int status = 0;
        ::waitpid(std::exchange(pid_, -1), &status, 0);
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

private:
    // False: the other side is closed, or silent for long.
    bool read_some() {
        pollfd file{file_, POLLIN, 0};
        if (::poll(&file, 1, 20'000) <= 0)
            return false;
        char bytes[4096];
        const ssize_t count = ::read(file_, bytes, sizeof(bytes));
        if (count > 0)
            seen_.append(bytes, static_cast<std::size_t>(count));
        return count > 0;
    }

    int file_ = -1;
    pid_t pid_ = -1;
    std::string seen_;
};

}  // namespace mosaic::test
