#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::launcher {

enum class ServerKind : std::uint8_t { kMariaDb, kMySql };

/// "mariadb" or "mysql": as in state files and in the names of templates.
[[nodiscard]] std::string_view to_string(ServerKind kind);

/// What a server does about a crash of the whole machine.
enum class Durability : std::uint8_t {
    /// Every commit reaches the disk before it is acknowledged.
    kDurable,
    /// For tests: a commit survives kill -9 of the server, not a power cut.
    kFast,
};

/// An account with all rights, for 127.0.0.1 and for the local socket. When it is not root, root
/// can enter by the socket only: no other user of the machine gets in without a password.
struct ServerAccount {
    std::string user = "root";
    std::string password;

    friend bool operator==(const ServerAccount&, const ServerAccount&) = default;
};

/// Where the programs of a server are looked for.
struct ServerPrograms {
    /// The folder that tools/get-mysql fills (it holds usr/sbin/mysqld and the C library that it
    /// needs). Empty: a MySQL of the system is looked for, as MariaDB always is.
    std::filesystem::path mysql_root;

    /// Searched in this order; by default $PATH, then the sbin folders that it often lacks.
    std::vector<std::filesystem::path> search = default_search();

    [[nodiscard]] static std::vector<std::filesystem::path> default_search();
};

/// A private server on this machine: loopback and a local socket only, everything below one folder.
struct LocalServerSpec {
    std::string name;  ///< For messages.
    ServerKind kind = ServerKind::kMariaDb;
    std::filesystem::path folder;  ///< Of this server alone; made when missing, for its owner only.
    std::filesystem::path templates;  ///< Freshly installed data folders, to be copied; shared.
    std::uint16_t port = 0;           ///< 0: a free one, chosen once and kept in the folder.
    std::filesystem::path socket;     ///< Empty: server.sock in the folder.
    std::uint32_t server_id = 1;      ///< As in @@server_id; no two servers should share one.
    Durability durability = Durability::kDurable;
    ServerAccount account;
    ServerPrograms programs;
    std::vector<std::string> extra_flags;  ///< Added last, so they win: "--max-connections=10".
    std::chrono::seconds start_timeout{60};
    std::chrono::seconds stop_timeout{30};  ///< After it the server is killed.
};

}  // namespace mosaic::launcher
