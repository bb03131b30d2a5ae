#include "launcher/handshake.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace mosaic::launcher {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr std::size_t kHeaderSize = 4;  // Three bytes of length, one of sequence.

struct Descriptor {
    int number = -1;

    ~Descriptor() {
        if (number >= 0)
            ::close(number);
    }
};

/// Reads until the first packet is there, or as much as `deadline` and the server allow.
std::string read_packet(int fd, steady_clock::time_point deadline) {
    std::string bytes;
    std::array<char, 512> chunk{};
    while (true) {
        if (bytes.size() >= kHeaderSize) {
            const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
            const std::size_t length = at(0) | std::size_t{at(1)} << 8U | std::size_t{at(2)} << 16U;
            if (bytes.size() >= kHeaderSize + length)
                return bytes.substr(kHeaderSize, length);
        }
        const auto left = std::chrono::ceil<milliseconds>(deadline - steady_clock::now());
        pollfd wanted{fd, POLLIN, 0};
        if (left.count() <= 0 || ::poll(&wanted, 1, static_cast<int>(left.count())) <= 0)
            return {};
        const ssize_t got = ::recv(fd, chunk.data(), chunk.size(), 0);
        if (got <= 0)
            return {};
        bytes.append(chunk.data(), static_cast<std::size_t>(got));
    }
}

}  // namespace

std::size_t socket_path_max() {
    return sizeof(sockaddr_un::sun_path) - 1;
}

std::optional<std::string> greeting_version(std::string_view payload) {
    if (payload.empty())
        return std::nullopt;
    if (payload.front() == '\xff')
        return "?";
    constexpr char kProtocol = 10;
    const std::size_t end = payload.find('\0', 1);
    if (payload.front() != kProtocol || end == std::string_view::npos)
        return std::nullopt;
    std::string_view version = payload.substr(1, end - 1);
    // MariaDB puts this before its version, for replicas of old MySQL.
    constexpr std::string_view kCompatibility = "5.5.5-";
    if (version.starts_with(kCompatibility))
        version.remove_prefix(kCompatibility.size());
    return std::string(version);
}

std::optional<std::string> ask_version(
    const std::filesystem::path& socket, std::chrono::milliseconds timeout
) {
    const std::string path = socket.string();
    if (path.size() > socket_path_max())
        return std::nullopt;
    const auto deadline = steady_clock::now() + timeout;
    const Descriptor fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::ranges::copy(path, address.sun_path);
    // Non-blocking: the queue of a stopped server may be full, and then connect() would hang.
    if (fd.number < 0 ||
        ::connect(fd.number, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0)
        return std::nullopt;
    return greeting_version(read_packet(fd.number, deadline));
}

}  // namespace mosaic::launcher
