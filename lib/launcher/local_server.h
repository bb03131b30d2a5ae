#pragma once

#include "launcher/server_command.h"
#include "launcher/server_spec.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <sys/types.h>

namespace mosaic::launcher {

enum class ServerState : std::uint8_t {
    kStopped,       ///< No process of ours runs on its folder.
    kPaused,        ///< A signal has stopped the process.
    kNotAnswering,  ///< It runs: still starting, recovering, or stuck.
    kAnswering,
};

[[nodiscard]] std::string_view to_string(ServerState state);

/// What is known of a server just now.
struct ServerStatus {
    std::string name;
    ServerKind kind = ServerKind::kMariaDb;
    ServerState state = ServerState::kStopped;
    pid_t pid = 0;           ///< 0 when stopped.
    std::uint16_t port = 0;  ///< 0 when none has been chosen yet.
    std::filesystem::path socket;
    std::filesystem::path folder;
    std::string version;  ///< As the server greets; empty unless it answers.
};

/// A private server: starts, stops, kills and pauses it.
///
/// What there is to know is in its folder (data, server.state, server.pid, error.log), so that any
/// process can take up where another has left off. The server outlives this object and this
/// process: who wants it stopped calls stop(). All calls may be repeated: what is so already is
/// not an error. One thread at a time, and one process at a time (FolderLock).
class LocalServer {
public:
    /// Checks the specification; touches nothing.
    [[nodiscard]] static absl::StatusOr<LocalServer> make(LocalServerSpec spec);

    /// Starts it and waits until it answers. A paused one goes on. Refused when it runs with
    /// another port or socket than the specification says.
    [[nodiscard]] absl::Status start();

    /// start() in two steps, so that several servers start at the same time.
    [[nodiscard]] absl::Status launch();
    [[nodiscard]] absl::Status wait_until_answering();

    /// Shuts it down and waits; kills it when that takes longer than stop_timeout.
    [[nodiscard]] absl::Status stop();

    /// stop() in two steps.
    [[nodiscard]] absl::Status begin_stop();
    [[nodiscard]] absl::Status wait_until_stopped();

    /// kill -9: what a crash does. Returns when the process is gone.
    [[nodiscard]] absl::Status kill9();

    /// SIGSTOP and SIGCONT: a server that hangs but keeps its connections. An error when it does
    /// not run.
    [[nodiscard]] absl::Status pause();
    [[nodiscard]] absl::Status resume();

    [[nodiscard]] ServerStatus status() const;

    [[nodiscard]] const LocalServerSpec& spec() const { return spec_; }

    /// The port that was given, or else chosen at the first launch; 0 before.
    [[nodiscard]] std::uint16_t port() const { return port_; }

    [[nodiscard]] const std::filesystem::path& socket() const { return paths_.socket; }

private:
    explicit LocalServer(LocalServerSpec spec);

    [[nodiscard]] pid_t running_pid() const;
    [[nodiscard]] absl::Status check_unchanged(pid_t pid) const;
    [[nodiscard]] absl::Status prepare_folder();
    [[nodiscard]] absl::Status prepare_port();
    [[nodiscard]] absl::Status prepare_socket() const;
    [[nodiscard]] absl::Status spawn_server();
    [[nodiscard]] absl::Status died(const std::string& how) const;
    [[nodiscard]] bool lost_its_port() const;
    [[nodiscard]] absl::Status signal(pid_t pid, int number) const;
    [[nodiscard]] absl::Status wait_gone(pid_t pid, std::chrono::seconds timeout) const;
    [[nodiscard]] absl::Status not_running(const char* doing) const;

    LocalServerSpec spec_;
    ServerPaths paths_;
    std::optional<ServerProgram> program_;  ///< Found at the first launch.
    std::uint16_t port_ = 0;
    std::uintmax_t log_begin_ = 0;  ///< Where the log of this start begins.
};

}  // namespace mosaic::launcher
