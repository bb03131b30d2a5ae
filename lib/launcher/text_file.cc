#include "launcher/text_file.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <fstream>
#include <iterator>
#include <unistd.h>

namespace mosaic::launcher {
namespace {

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t written = ::write(fd, text.data(), text.size());
        if (written <= 0)
            return false;
        text.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

std::string read_text(const std::filesystem::path& path) {
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

absl::Status write_text(const std::filesystem::path& path, std::string_view text) {
    const std::string fresh = path.string() + ".new";
    const int fd = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    const bool written = fd >= 0 && write_all(fd, text);
    const bool closed = fd >= 0 && ::close(fd) == 0;
    if (written && closed && ::rename(fresh.c_str(), path.c_str()) == 0)
        return absl::OkStatus();
    return make_error(
        errors::kServerFolderUnusable,
        absl::StrFormat(
            "write %s: %s; make the folder writable, or name another one",
            path.string(),
            std::strerror(errno)
        )
    );
}

std::string last_lines(const std::filesystem::path& path, std::uintmax_t from, int lines_max) {
    std::string text = read_text(path);
    text.erase(0, static_cast<std::size_t>(std::min<std::uintmax_t>(from, text.size())));
    while (!text.empty() && text.back() == '\n') text.pop_back();
    std::size_t begin = text.size();
    for (int line = 0; line < lines_max && begin != std::string::npos && begin > 0; ++line)
        begin = text.rfind('\n', begin - 1);
    return begin == std::string::npos || begin == 0 ? text : text.substr(begin + 1);
}

}  // namespace mosaic::launcher
