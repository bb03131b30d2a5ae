#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace mosaic::launcher {

/// A loopback port that nothing listens on now, below the range from which the system takes ports
/// for outgoing connections: while a server is down no client can be given its port by chance.
[[nodiscard]] absl::StatusOr<std::uint16_t> free_port();

/// OK when a server could listen on 127.0.0.1:port now; else an error that names who listens.
/// `server` is for the message.
[[nodiscard]] absl::Status check_port_free(std::uint16_t port, std::string_view server);

/// Who listens on the TCP port: "mariadbd, pid 4711", or empty when that cannot be seen (a process
/// of another user, or none).
[[nodiscard]] std::string listener_of(std::uint16_t port);

/// The inode of the socket that listens on `port`, from the text of /proc/net/tcp or tcp6; empty
/// when there is none.
[[nodiscard]] std::string listening_inode(std::string_view proc_net_tcp, std::uint16_t port);

}  // namespace mosaic::launcher
