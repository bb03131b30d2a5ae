#include "launcher/local_server.h"

#include "base/status.h"
#include "launcher/data_folder.h"
#include "launcher/handshake.h"
#include "launcher/ports.h"
#include "launcher/process.h"
#include "launcher/server_record.h"
#include "launcher/text_file.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <signal.h>
#include <thread>
#include <utility>

namespace mosaic::launcher {
namespace {

namespace fs = std::filesystem;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPollInterval{5};
constexpr std::chrono::milliseconds kAnswerTimeout{250};
constexpr int kLogLinesShown = 8;

absl::Status invalid(const LocalServerSpec& spec, std::string_view what) {
    return make_error(
        errors::kServerSpecInvalid, absl::StrFormat("start server %s: %s", spec.name, what)
    );
}

bool has_control_character(std::string_view text) {
    return std::ranges::any_of(text, [](char c) { return c == '\n' || c == '\r' || c == '\0'; });
}

}  // namespace

std::string_view to_string(ServerState state) {
    switch (state) {
        case ServerState::kStopped:
            return "stopped";
        case ServerState::kPaused:
            return "paused";
        case ServerState::kNotAnswering:
            return "not answering";
        case ServerState::kAnswering:
            return "answering";
    }
    return "";
}

absl::StatusOr<LocalServer> LocalServer::make(LocalServerSpec spec) {
    if (spec.folder.empty() || spec.templates.empty())
        return invalid(spec, "it needs a folder of its own and one for templates; name both");
    if (has_control_character(spec.account.user) || has_control_character(spec.account.password) ||
        spec.account.user.empty()) {
        return invalid(
            spec, "its account has an empty name, or a line end or NUL in it; choose another"
        );
    }
    // A server is known by its data folder, so that has one spelling only.
    std::error_code failed;
    spec.folder = fs::weakly_canonical(fs::absolute(spec.folder), failed);
    spec.templates = fs::weakly_canonical(fs::absolute(spec.templates), failed);
    if (!spec.socket.empty())
        spec.socket = fs::weakly_canonical(fs::absolute(spec.socket), failed);
    LocalServer server(std::move(spec));
    const std::size_t length = server.socket().string().size();
    if (length > socket_path_max()) {
        return invalid(
            server.spec_,
            absl::StrFormat(
                "its socket %s has %d bytes (at most %d); name a shorter folder or "
                "a socket elsewhere",
                server.socket().string(),
                length,
                socket_path_max()
            )
        );
    }
    return server;
}

LocalServer::LocalServer(LocalServerSpec spec)
    : spec_(std::move(spec)), paths_(spec_), port_(spec_.port) {
    const std::optional<ServerRecord> record = ServerRecord::parse(read_text(paths_.state));
    if (port_ == 0 && record)
        port_ = record->port;
}

pid_t LocalServer::running_pid() const {
    pid_t pid = 0;
    if (!absl::SimpleAtoi(read_text(paths_.pid_file), &pid) || pid <= 0)
        return 0;
    (void)reap(pid);  // A child of ours that ended would else stay a zombie; its end is not news.
    return runs_with_argument(pid, paths_.data_argument()) ? pid : 0;
}

absl::Status LocalServer::start() {
    MOSAIC_RETURN_IF_ERROR(launch());
    return wait_until_answering();
}

absl::Status LocalServer::launch() {
    if (const pid_t pid = running_pid(); pid != 0) {
        MOSAIC_RETURN_IF_ERROR(check_unchanged(pid));
        return is_stopped(pid) ? signal(pid, SIGCONT) : absl::OkStatus();
    }
    if (!program_) {
        MOSAIC_ASSIGN_OR_RETURN(program_, find_program(spec_.kind, spec_.programs));
    }
    MOSAIC_RETURN_IF_ERROR(prepare_folder());
    MOSAIC_RETURN_IF_ERROR(prepare_port());
    MOSAIC_RETURN_IF_ERROR(prepare_socket());
    return spawn_server();
}

absl::Status LocalServer::check_unchanged(pid_t pid) const {
    const std::optional<ServerRecord> record = ServerRecord::parse(read_text(paths_.state));
    if (record && record->kind == spec_.kind && record->port == port_ &&
        record->socket == paths_.socket)
        return absl::OkStatus();
    return invalid(
        spec_,
        absl::StrFormat(
            "it runs already (pid %d) as %s on port %d and socket %s, which is not what is "
            "asked for now (%s, port %d, socket %s); stop it first",
            pid,
            record ? to_string(record->kind) : "?",
            record ? record->port : 0,
            record ? record->socket.string() : "?",
            to_string(spec_.kind),
            port_,
            paths_.socket.string()
        )
    );
}

absl::Status LocalServer::prepare_folder() {
    MOSAIC_RETURN_IF_ERROR(make_private_folder(spec_.folder));
    const std::optional<ServerRecord> record = ServerRecord::parse(read_text(paths_.state));
    std::error_code failed;
    if (record && record->kind != spec_.kind && fs::exists(paths_.data, failed)) {
        return invalid(
            spec_,
            absl::StrFormat(
                "folder %s holds the data of a %s server, not of %s; name another folder",
                spec_.folder.string(),
                to_string(record->kind),
                to_string(spec_.kind)
            )
        );
    }
    MOSAIC_RETURN_IF_ERROR(make_data_folder(*program_, spec_.templates, paths_.data, spec_.name));
    MOSAIC_RETURN_IF_ERROR(make_private_folder(paths_.temporary));
    return write_text(paths_.init_sql, init_sql(spec_.account));
}

absl::Status LocalServer::prepare_port() {
    if (spec_.port != 0 || port_ != 0) {
        const absl::Status is_free = check_port_free(port_, spec_.name);
        if (is_free.ok() || spec_.port != 0)
            return is_free;
    }
    MOSAIC_ASSIGN_OR_RETURN(port_, free_port());
    return absl::OkStatus();
}

absl::Status LocalServer::prepare_socket() const {
    if (ask_version(paths_.socket, kAnswerTimeout)) {
        return make_error(
            errors::kServerPortTaken,
            absl::StrFormat(
                "start server %s: another server answers on socket %s; stop that, or name "
                "another socket",
                spec_.name,
                paths_.socket.string()
            )
        );
    }
    MOSAIC_RETURN_IF_ERROR(make_private_folder(paths_.socket.parent_path()));
    // What a killed server leaves. MySQL's lock file holds a pid, which may be somebody else's now.
    std::error_code failed;
    if (fs::is_socket(paths_.socket, failed))
        fs::remove(paths_.socket, failed);
    fs::remove(paths_.socket.string() + ".lock", failed);
    return absl::OkStatus();
}

absl::Status LocalServer::spawn_server() {
    const ServerRecord record{spec_.kind, port_, paths_.socket};
    MOSAIC_RETURN_IF_ERROR(write_text(paths_.state, record.to_text()));
    std::error_code failed;
    const std::uintmax_t size = fs::file_size(paths_.log, failed);
    log_begin_ = failed ? 0 : size;
    MOSAIC_ASSIGN_OR_RETURN(
        const pid_t pid, spawn(server_command(*program_, spec_, paths_, port_), paths_.log)
    );
    const absl::Status written = write_text(paths_.pid_file, absl::StrFormat("%d\n", pid));
    if (!written.ok())
        (void)::kill(pid, SIGKILL);  // A server that nobody could find again must not run.
    return written;
}

absl::Status LocalServer::wait_until_answering() {
    constexpr int kPortAttempts = 5;
    int attempts = 1;
    const auto deadline = steady_clock::now() + spec_.start_timeout;
    while (steady_clock::now() < deadline) {
        if (ask_version(paths_.socket, kAnswerTimeout))
            return absl::OkStatus();
        pid_t pid = 0;
        if (!absl::SimpleAtoi(read_text(paths_.pid_file), &pid))
            return not_running("wait for");
        const std::optional<ExitNote> note = reap(pid);
        if (note || running_pid() == 0) {
            // Somebody else was given the port that we chose between our look and the start.
            if (spec_.port != 0 || attempts == kPortAttempts || !lost_its_port())
                return died(note ? note->text : "how is not known, it is no child of ours");
            ++attempts;
            MOSAIC_ASSIGN_OR_RETURN(port_, free_port());
            MOSAIC_RETURN_IF_ERROR(spawn_server());
        }
        std::this_thread::sleep_for(kPollInterval);
    }
    return make_error(
        errors::kServerSlowStart,
        absl::StrFormat(
            "start server %s: pid %d runs but has not answered on %s for %d s; it goes on, see %s",
            spec_.name,
            running_pid(),
            paths_.socket.string(),
            spec_.start_timeout.count(),
            paths_.log.string()
        )
    );
}

bool LocalServer::lost_its_port() const {
    const std::string text = read_text(paths_.log);
    return text.find("Address already in use", static_cast<std::size_t>(log_begin_)) !=
           std::string::npos;
}

absl::Status LocalServer::died(const std::string& how) const {
    return make_error(
        errors::kServerDied,
        absl::StrFormat(
            "start server %s: it ended before it answered (%s); the last lines of %s:\n%s",
            spec_.name,
            how,
            paths_.log.string(),
            last_lines(paths_.log, log_begin_, kLogLinesShown)
        )
    );
}

absl::Status LocalServer::stop() {
    MOSAIC_RETURN_IF_ERROR(begin_stop());
    return wait_until_stopped();
}

absl::Status LocalServer::begin_stop() {
    const pid_t pid = running_pid();
    if (pid == 0)
        return absl::OkStatus();
    MOSAIC_RETURN_IF_ERROR(signal(pid, SIGTERM));
    return is_stopped(pid) ? signal(pid, SIGCONT) : absl::OkStatus();
}

absl::Status LocalServer::wait_until_stopped() {
    const pid_t pid = running_pid();
    if (pid != 0 && !wait_gone(pid, spec_.stop_timeout).ok())
        return kill9();
    std::error_code failed;
    fs::remove(paths_.pid_file, failed);
    return absl::OkStatus();
}

absl::Status LocalServer::kill9() {
    constexpr std::chrono::seconds kTimeout{10};
    if (const pid_t pid = running_pid(); pid != 0) {
        MOSAIC_RETURN_IF_ERROR(signal(pid, SIGKILL));
        MOSAIC_RETURN_IF_ERROR(wait_gone(pid, kTimeout));
    }
    std::error_code failed;
    fs::remove(paths_.pid_file, failed);
    return absl::OkStatus();
}

absl::Status LocalServer::pause() {
    const pid_t pid = running_pid();
    if (pid == 0)
        return not_running("pause");
    MOSAIC_RETURN_IF_ERROR(signal(pid, SIGSTOP));
    const auto deadline = steady_clock::now() + std::chrono::seconds(10);
    while (!is_stopped(pid) && steady_clock::now() < deadline)
        std::this_thread::sleep_for(kPollInterval);  // A stop reaches the process a little later.
    return absl::OkStatus();
}

absl::Status LocalServer::resume() {
    const pid_t pid = running_pid();
    return pid == 0 ? not_running("resume") : signal(pid, SIGCONT);
}

ServerStatus LocalServer::status() const {
    ServerStatus now{
        .name = spec_.name,
        .kind = spec_.kind,
        .pid = running_pid(),
        .port = port_,
        .socket = paths_.socket,
        .folder = spec_.folder,
        .version = {}};
    if (now.pid == 0)
        return now;
    if (is_stopped(now.pid)) {
        now.state = ServerState::kPaused;
        return now;
    }
    std::optional<std::string> version = ask_version(paths_.socket, kAnswerTimeout);
    now.state = version ? ServerState::kAnswering : ServerState::kNotAnswering;
    now.version = std::move(version).value_or("");
    return now;
}

absl::Status LocalServer::signal(pid_t pid, int number) const {
    if (::kill(pid, number) == 0 || errno == ESRCH)  // Gone meanwhile: who waits will see it.
        return absl::OkStatus();
    return make_error(
        errors::kServerSignalRefused,
        absl::StrFormat(
            "send %s to server %s (pid %d): %s; run this as the user who started it",
            ::strsignal(number),
            spec_.name,
            pid,
            std::strerror(errno)
        )
    );
}

absl::Status LocalServer::wait_gone(pid_t pid, std::chrono::seconds timeout) const {
    const auto deadline = steady_clock::now() + timeout;
    while (steady_clock::now() < deadline) {
        (void)reap(pid);  // How it ended does not matter to who wants it gone.
        if (!runs_with_argument(pid, paths_.data_argument()))
            return absl::OkStatus();
        std::this_thread::sleep_for(kPollInterval);
    }
    return make_error(
        errors::kServerDied,
        absl::StrFormat(
            "stop server %s (pid %d): it is still there after %d s; see %s",
            spec_.name,
            pid,
            timeout.count(),
            paths_.log.string()
        )
    );
}

absl::Status LocalServer::not_running(const char* doing) const {
    return make_error(
        errors::kServerNotRunning,
        absl::StrFormat("%s server %s: it does not run; start it first", doing, spec_.name)
    );
}

}  // namespace mosaic::launcher
