#pragma once

#include <cstdint>
#include <string>

namespace mosaic {

/// Where a server listens: a host and port, or a local socket when `socket` is not empty.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;
    std::string socket;

    /// `10.0.0.7:3306` or the socket's path; for messages.
    [[nodiscard]] std::string to_string() const;
    friend auto operator<=>(const Endpoint&, const Endpoint&) = default;

    template <typename Hash>
    friend Hash AbslHashValue(Hash state, const Endpoint& endpoint) {  // NOLINT: abseil's name
        return Hash::combine(std::move(state), endpoint.host, endpoint.port, endpoint.socket);
    }
};

}  // namespace mosaic
