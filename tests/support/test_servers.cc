#include "support/test_servers.h"

#include "base/status.h"

#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <stdexcept>
#include <sys/wait.h>
#include <unistd.h>

namespace mosaic::test {

namespace fs = std::filesystem;

namespace {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

// Freshly installed data folders are kept between runs: installing MySQL takes 3 s.
fs::path template_folder() {
    return fs::temp_directory_path() / ("mosaic-templates-" + std::to_string(::geteuid()));
}

fs::path make_folder() {
    std::string pattern = (fs::temp_directory_path() / "mosaic-test-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr)
        throw std::runtime_error("cannot make a folder like " + pattern);
    return pattern;
}

}  // namespace

bool TestServers::is_mysql() { return environment("MOSAIC_TEST_SERVER") == "mysql"; }

TestServers::TestServers(int count, std::vector<std::string> extra_flags) : folder_(make_folder()) {
    start_watcher();
    for (int i = 0; i < count; ++i) {
        launcher::LocalServerSpec spec;
        spec.name = "test " + std::to_string(i);
        spec.kind = is_mysql() ? launcher::ServerKind::kMySql : launcher::ServerKind::kMariaDb;
        spec.programs.mysql_root = environment("MOSAIC_MYSQL_ROOT");
        spec.folder = folder_ / ("s" + std::to_string(i));
        spec.templates = template_folder();
        spec.server_id = static_cast<std::uint32_t>(i + 1);
        spec.durability = launcher::Durability::kFast;
        spec.extra_flags = extra_flags;
        servers_.push_back(must(launcher::LocalServer::make(spec)));
        must(servers_.back().launch());
    }
    for (launcher::LocalServer& server : servers_)
        must(server.wait_until_answering());
}

TestServers::~TestServers() {
    for (launcher::LocalServer& server : servers_)
        server.kill9().IgnoreError();
    ::close(watcher_pipe_);  // the watcher removes the folder
    ::waitpid(watcher_, nullptr, 0);
}

// Waits for the end of the pipe, which comes with the end of this process whatever ends it; then
// kills what runs in the folder and removes it.
void TestServers::start_watcher() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        throw std::runtime_error("cannot make a pipe");
    const std::string command =
        "read _; for p in '" + folder_.string() +
        "'/*/server.pid; do [ -e \"$p\" ] && kill -9 $(cat \"$p\") 2>/dev/null; done; sleep 0.05; rm -rf '" +
        folder_.string() + "'";
    watcher_ = ::fork();
    if (watcher_ == 0) {
        ::setsid();
        ::dup2(ends[0], 0);
        ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(ends[0]);
    watcher_pipe_ = ends[1];
}

driver::ConnectOptions TestServers::options(int i) const {
    driver::ConnectOptions options;
    options.endpoint = {"127.0.0.1", servers_[static_cast<std::size_t>(i)].port(), ""};
    options.user = "root";
    return options;
}

absl::StatusOr<std::string> run(
    driver::Connection& connection, std::string_view sql, std::string_view schema
) {
    driver::Request request;
    request.text = sql;
    request.schema = schema;
    MOSAIC_RETURN_IF_ERROR(connection.send(request, driver::Overlap::kAlone));
    MOSAIC_ASSIGN_OR_RETURN(const driver::Reply reply, connection.receive());
    std::string out;
    Batch batch;
    while (!reply.columns.empty()) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, connection.fetch(batch));
        if (!has_rows)
            break;
        for (std::size_t row = 0; row < batch.row_count(); ++row) {
            for (std::size_t column = 0; column < batch.column_count(); ++column) {
                out.append(column == 0 ? "" : "|");
                out.append(batch.cell(row, column).value_or("NULL"));
            }
            out.push_back('\n');
        }
    }
    return out;
}

}  // namespace mosaic::test
