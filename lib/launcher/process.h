#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace mosaic::launcher {

/// Starts `argv` in a session of its own, so that a Ctrl-C at our terminal does not reach it. It
/// reads /dev/null, appends what it prints to `output`, and inherits no other file of ours: a
/// server that held our sockets would keep connections open that we have closed.
[[nodiscard]] absl::StatusOr<pid_t> spawn(
    const std::vector<std::string>& argv, const std::filesystem::path& output
);

/// How a process ended: "exit code 1" or "signal 9 (Killed)".
struct ExitNote {
    bool succeeded = false;
    std::string text;
};

/// Runs `argv` to its end, or kills it at the timeout; then the note says so.
[[nodiscard]] absl::StatusOr<ExitNote> run_to_end(
    const std::vector<std::string>& argv,
    const std::filesystem::path& output,
    std::chrono::seconds timeout
);

/// Collects the process if it is a child of ours that has ended; nothing for all others.
[[nodiscard]] std::optional<ExitNote> reap(pid_t pid);

/// Whether `pid` is alive and has `argument` among its arguments. A pid file alone proves nothing:
/// the number may belong to another process by now.
[[nodiscard]] bool runs_with_argument(pid_t pid, const std::string& argument);

/// Whether a signal (SIGSTOP, usually) has stopped the process.
[[nodiscard]] bool is_stopped(pid_t pid);

/// What the system calls the process: "mariadbd"; empty when it is gone.
[[nodiscard]] std::string process_name(pid_t pid);

}  // namespace mosaic::launcher
