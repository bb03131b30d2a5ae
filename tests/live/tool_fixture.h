#pragma once

#include "support/test_servers.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <sys/types.h>
#include <vector>

/// For tool_test.cc: a configuration, the tool called on it, and servers with a map and tables.
namespace mosaic::test {

inline constexpr int kDone = 0;
inline constexpr int kFailed = 1;
inline constexpr int kUsage = 2;
inline constexpr int kPending = 3;
inline constexpr int kRefused = 4;
inline constexpr int kPartial = 5;

struct Called {
    int exit_code = -1;
    std::string out;
    std::string errors;
};

std::string read_file(const std::filesystem::path& path);
bool has(const std::string& text, const std::string& part);

/// The text's one line, without its end; the test fails on more or less.
std::string only_line(const std::string& text);

/// A configuration in a folder of its own, and the tool called on it.
class Tool {
public:
    /// `ports`: of the servers s1, s2, ..
    Tool(std::filesystem::path folder, const std::vector<std::uint16_t>& ports);

    [[nodiscard]] std::filesystem::path config() const { return folder_ / "mosaic.yaml"; }

    void write_migration(const std::string& name, std::string_view text) const;

    /// Starts `mosaic ARGUMENTS --config ..`; \return its process.
    [[nodiscard]] pid_t start(const std::vector<std::string>& arguments) const;
    [[nodiscard]] Called wait_for(pid_t pid) const;

    [[nodiscard]] Called operator()(const std::vector<std::string>& arguments) const {
        return wait_for(start(arguments));
    }

private:
    std::filesystem::path folder_;
};

/// What Ready::make_tables() migrates to.
extern const char* const kTables;

/// Two servers that the tool did not start, with a map of four shards and tables.
class Ready {
public:
    Ready();

    void make_map() const;
    void make_tables() const;

    [[nodiscard]] const Tool& tool() const { return tool_; }

    std::string query(int server, std::string_view sql, std::string_view schema = {}) const;

    /// The index of the server that holds the shard.
    [[nodiscard]] int server_of(const std::string& shard) const;

    /// On the shard's server, in its schema.
    std::string query_shard(const std::string& shard, std::string_view sql) const {
        return query(server_of(shard), sql, shard);
    }

    TestServers& servers() { return servers_; }

private:
    TestServers servers_;
    Tool tool_;
};

}  // namespace mosaic::test
