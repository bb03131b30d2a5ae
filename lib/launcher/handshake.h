#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mosaic::launcher {

/// The server's version from the payload of the first packet that it sends; empty when the payload
/// is none of protocol version 10. An error packet (too many connections, say) gives "?": the
/// server answers, it only has no room.
[[nodiscard]] std::optional<std::string> greeting_version(std::string_view payload);

/// Connects to a server's socket, reads its greeting and hangs up. Empty when nobody answers
/// within `timeout`. Needs no account and no client library.
[[nodiscard]] std::optional<std::string> ask_version(
    const std::filesystem::path& socket, std::chrono::milliseconds timeout
);

/// Longest path of a local socket that the system allows, in bytes.
[[nodiscard]] std::size_t socket_path_max();

}  // namespace mosaic::launcher
