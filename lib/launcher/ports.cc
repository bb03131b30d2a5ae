#include "launcher/ports.h"

#include "base/status.h"
#include "launcher/process.h"
#include "launcher/text_file.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <netinet/in.h>
#include <random>
#include <sys/socket.h>
#include <unistd.h>
#include <vector>

namespace mosaic::launcher {
namespace {

namespace fs = std::filesystem;

/// 0 when 127.0.0.1:port can be bound, else the errno.
int try_bind(std::uint16_t port) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return errno;
    const int on = 1;  // As servers do: a port in TIME_WAIT is free.
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const int failed =
        ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0 ? 0 : errno;
    ::close(fd);
    return failed;
}

/// The first port of the range for outgoing connections.
std::uint16_t ephemeral_begin() {
    constexpr std::uint16_t kUsual = 32768;
    std::ifstream in("/proc/sys/net/ipv4/ip_local_port_range");
    std::uint32_t begin = 0;
    return in >> begin && begin <= 65535 ? static_cast<std::uint16_t>(begin) : kUsual;
}

bool has_open_socket(const fs::path& process, const std::string& link) {
    std::error_code failed;
    for (const auto& file : fs::directory_iterator(process / "fd", failed)) {
        if (fs::read_symlink(file.path(), failed).string() == link)
            return true;
    }
    return false;
}

}  // namespace

std::string listening_inode(std::string_view proc_net_tcp, std::uint16_t port) {
    constexpr std::size_t kLocalAddress = 1;
    constexpr std::size_t kState = 3;
    constexpr std::size_t kInode = 9;
    const std::string suffix = absl::StrFormat(":%04X", port);
    const absl::string_view text(proc_net_tcp.data(), proc_net_tcp.size());
    for (absl::string_view line : absl::StrSplit(text, '\n')) {
        const std::vector<std::string> fields = absl::StrSplit(line, ' ', absl::SkipEmpty());
        if (fields.size() > kInode && fields[kState] == "0A" &&
            fields[kLocalAddress].ends_with(suffix))
            return fields[kInode];
    }
    return {};
}

std::string listener_of(std::uint16_t port) {
    std::string inode = listening_inode(read_text("/proc/net/tcp"), port);
    if (inode.empty())
        inode = listening_inode(read_text("/proc/net/tcp6"), port);
    if (inode.empty())
        return {};
    const std::string link = absl::StrFormat("socket:[%s]", inode);
    std::error_code failed;
    for (const auto& process : fs::directory_iterator("/proc", failed)) {
        int pid = 0;
        if (absl::SimpleAtoi(process.path().filename().string(), &pid) &&
            has_open_socket(process.path(), link))
            return absl::StrFormat("%s, pid %d", process_name(pid), pid);
    }
    return {};
}

absl::StatusOr<std::uint16_t> free_port() {
    constexpr std::uint16_t kBegin = 10000;
    constexpr int kAttempts = 200;
    const std::uint16_t end = ephemeral_begin();
    std::random_device random;
    std::uniform_int_distribution<int> any_port(kBegin, end > kBegin + 1000 ? end - 1 : 65535);
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        const auto port = static_cast<std::uint16_t>(any_port(random));
        if (try_bind(port) == 0)
            return port;
    }
    return make_error(
        errors::kServerPortTaken,
        absl::StrFormat(
            "choose a port: %d ports from %d up were tried and none is free; name one",
            kAttempts,
            kBegin
        )
    );
}

absl::Status check_port_free(std::uint16_t port, std::string_view server) {
    const int failed = try_bind(port);
    if (failed == 0)
        return absl::OkStatus();
    if (failed != EADDRINUSE) {
        return make_error(
            errors::kServerPortTaken,
            absl::StrFormat(
                "start server %s: port %d cannot be used (%s); give it another one",
                server,
                port,
                std::strerror(failed)
            )
        );
    }
    const std::string listener = listener_of(port);
    return make_error(
        errors::kServerPortTaken,
        absl::StrFormat(
            "start server %s: port %d of 127.0.0.1 is taken by %s; stop that, or give the server "
            "another port",
            server,
            port,
            listener.empty() ? "a process that this user cannot see" : listener
        )
    );
}

}  // namespace mosaic::launcher
