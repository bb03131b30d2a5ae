#pragma once

#include "launcher/server_spec.h"

#include <absl/status/status.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace mosaic::launcher {

/// What a server's folder says of its last start: the file server.state.
struct ServerRecord {
    ServerKind kind = ServerKind::kMariaDb;
    std::uint16_t port = 0;
    std::filesystem::path socket;

    /// Lines of a word and its value.
    [[nodiscard]] std::string to_text() const;

    /// Empty when the text is none of ours.
    [[nodiscard]] static std::optional<ServerRecord> parse(std::string_view text);

    friend bool operator==(const ServerRecord&, const ServerRecord&) = default;
};

}  // namespace mosaic::launcher
