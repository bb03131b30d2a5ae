#pragma once

#include "launcher/server_spec.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mosaic::launcher {

/// How a server is called, up to its first own flag.
struct ServerProgram {
    ServerKind kind = ServerKind::kMariaDb;
    std::filesystem::path binary;      ///< mariadbd or mysqld itself.
    std::vector<std::string> run;      ///< The arguments that start it.
    std::vector<std::string> install;  ///< Those that make a new data folder.

    /// Changes when the binary does: part of a template's name.
    [[nodiscard]] std::string stamp() const;
};

/// The server's program, or an error that says which package has it.
[[nodiscard]] absl::StatusOr<ServerProgram> find_program(
    ServerKind kind, const ServerPrograms& programs
);

/// The paths inside a server's folder.
struct ServerPaths {
    explicit ServerPaths(const LocalServerSpec& spec);

    std::filesystem::path data, temporary, socket, pid_file, state, log, init_sql;

    /// The argument by which a running server is known as ours.
    [[nodiscard]] std::string data_argument() const;
};

/// The whole command line of a server.
[[nodiscard]] std::vector<std::string> server_command(
    const ServerProgram& program,
    const LocalServerSpec& spec,
    const ServerPaths& paths,
    std::uint16_t port
);

/// The command line that makes a new data folder, with the same layout flags as the server's.
[[nodiscard]] std::vector<std::string> install_command(
    const ServerProgram& program, const std::filesystem::path& data
);

/// What a server runs before it accepts connections: makes the account and closes root's way over
/// TCP when the account is another one. Harmless to run at every start.
[[nodiscard]] std::string init_sql(const ServerAccount& account);

}  // namespace mosaic::launcher
