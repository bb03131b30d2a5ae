#pragma once

#include "driver/connection.h"
#include "launcher/local_server.h"

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::test {

/// Private database servers for one test, empty, on free ports of 127.0.0.1. Stopped and removed at
/// the end of the object, also when the test fails; a watcher process does so when the test is killed.
///
/// MOSAIC_TEST_SERVER=mysql starts MySQL (from the folder MOSAIC_MYSQL_ROOT), else MariaDB. What goes
/// wrong is thrown as std::runtime_error: a test without its servers has failed.
class TestServers {
public:
    explicit TestServers(int count, std::vector<std::string> extra_flags = {});
    ~TestServers();
    TestServers(const TestServers&) = delete;
    TestServers& operator=(const TestServers&) = delete;

    [[nodiscard]] static bool is_mysql();

    /// Server `i`, to stop, kill, pause and start again.
    [[nodiscard]] launcher::LocalServer& server(int i) { return servers_[static_cast<std::size_t>(i)]; }
    /// How to connect to server `i` as root, over TCP.
    [[nodiscard]] driver::ConnectOptions options(int i) const;
    [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

private:
    void start_watcher();

    std::filesystem::path folder_;
    std::vector<launcher::LocalServer> servers_;
    int watcher_ = -1;       ///< Its process.
    int watcher_pipe_ = -1;  ///< Closed by our end: then the watcher cleans up.
};

/// What must be OK in a test: throws the message otherwise.
template <typename T>
T must(absl::StatusOr<T> result) {
    if (!result.ok())
        throw std::runtime_error(std::string(result.status().message()));
    return std::move(result).value();
}

inline void must(const absl::Status& status) {
    if (!status.ok())
        throw std::runtime_error(std::string(status.message()));
}

/// Runs `sql` and returns its rows as text: cells by `|`, rows by newline, NULL as `NULL`.
[[nodiscard]] absl::StatusOr<std::string> run(
    driver::Connection& connection, std::string_view sql, std::string_view schema = {}
);

}  // namespace mosaic::test
