#include "launcher/process.h"

#include "base/status.h"
#include "launcher/text_file.h"

#include <absl/strings/str_format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <thread>

extern char** environ;

namespace mosaic::launcher {
namespace {

using std::chrono::steady_clock;

constexpr auto kPollInterval = std::chrono::milliseconds(5);

char state_of(pid_t pid) {
    // "pid (name) S ...": the name may hold any character, so count from its last bracket.
    const std::string text = read_text(absl::StrFormat("/proc/%d/stat", pid));
    const std::size_t bracket = text.rfind(')');
    return bracket != std::string::npos && bracket + 2 < text.size() ? text[bracket + 2] : '\0';
}

ExitNote note_of(int wait_status) {
    if (WIFSIGNALED(wait_status)) {
        const int number = WTERMSIG(wait_status);
        return {false, absl::StrFormat("signal %d (%s)", number, ::strsignal(number))};
    }
    const int code = WEXITSTATUS(wait_status);
    return {code == 0, absl::StrFormat("exit code %d", code)};
}

/// The two objects that posix_spawn() takes, released together.
struct SpawnPlan {
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;

    SpawnPlan() {
        ::posix_spawn_file_actions_init(&files);
        ::posix_spawnattr_init(&attributes);
    }

    ~SpawnPlan() {
        ::posix_spawn_file_actions_destroy(&files);
        ::posix_spawnattr_destroy(&attributes);
    }

    SpawnPlan(const SpawnPlan&) = delete;
    SpawnPlan& operator=(const SpawnPlan&) = delete;
};

}  // namespace

absl::StatusOr<pid_t> spawn(
    const std::vector<std::string>& argv, const std::filesystem::path& output
) {
    SpawnPlan plan;
    ::posix_spawn_file_actions_addopen(&plan.files, 0, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_addopen(
        &plan.files, 1, output.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600
    );
    ::posix_spawn_file_actions_adddup2(&plan.files, 1, 2);
    ::posix_spawn_file_actions_addclosefrom_np(&plan.files, 3);
    sigset_t none;
    sigset_t all;
    ::sigemptyset(&none);
    ::sigfillset(&all);
    ::posix_spawnattr_setsigmask(&plan.attributes, &none);
    ::posix_spawnattr_setsigdefault(&plan.attributes, &all);
    ::posix_spawnattr_setflags(
        &plan.attributes, POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
    );

    std::vector<char*> arguments;
    for (const std::string& argument : argv)
        arguments.push_back(const_cast<char*>(argument.c_str()));  // NOLINT: posix_spawn's type
    arguments.push_back(nullptr);
    pid_t pid = 0;
    const int failed = ::posix_spawn(
        &pid, arguments.front(), &plan.files, &plan.attributes, arguments.data(), environ
    );
    if (failed != 0) {
        return make_error(
            errors::kServerDied,
            absl::StrFormat(
                "start %s: it cannot be run (%s), or %s cannot be written",
                argv.front(),
                std::strerror(failed),
                output.string()
            )
        );
    }
    return pid;
}

absl::StatusOr<ExitNote> run_to_end(
    const std::vector<std::string>& argv,
    const std::filesystem::path& output,
    std::chrono::seconds timeout
) {
    MOSAIC_ASSIGN_OR_RETURN(const pid_t pid, spawn(argv, output));
    const auto deadline = steady_clock::now() + timeout;
    while (steady_clock::now() < deadline) {
        if (std::optional<ExitNote> note = reap(pid))
            return *note;
        std::this_thread::sleep_for(kPollInterval);
    }
    ::kill(-pid, SIGKILL);  // The whole session: install scripts have children.
    int wait_status = 0;
    ::waitpid(pid, &wait_status, 0);
    return ExitNote{false, absl::StrFormat("killed after %d s", timeout.count())};
}

std::optional<ExitNote> reap(pid_t pid) {
    int wait_status = 0;
    if (::waitpid(pid, &wait_status, WNOHANG) != pid)
        return std::nullopt;
    return note_of(wait_status);
}

bool runs_with_argument(pid_t pid, const std::string& argument) {
    // A zombie has an empty command line, so a dead child that nobody collected is not running. So
    // has, for a moment, a process that is just being replaced by its new program.
    std::string arguments;
    for (int attempt = 0; attempt < 50; ++attempt) {
        arguments = read_text(absl::StrFormat("/proc/%d/cmdline", pid));
        const char state = state_of(pid);
        if (!arguments.empty() || state == '\0' || state == 'Z' || state == 'X')
            break;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    arguments.insert(0, 1, '\0');
    return arguments.find('\0' + argument + '\0') != std::string::npos;
}

bool is_stopped(pid_t pid) { return state_of(pid) == 'T'; }

std::string process_name(pid_t pid) {
    std::string name = read_text(absl::StrFormat("/proc/%d/comm", pid));
    while (!name.empty() && name.back() == '\n') name.pop_back();
    return name;
}

}  // namespace mosaic::launcher
