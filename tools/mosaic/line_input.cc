#include "line_input.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <cerrno>
#include <cstring>
#include <unistd.h>

namespace mosaic::tool {

absl::StatusOr<bool> LineInput::next(std::string& line) {
    constexpr std::size_t kChunk = 64 * 1024;
    std::size_t scanned = at_;
    while (true) {
        const std::size_t end = bytes_.find('\n', scanned);
        if (end != std::string::npos) {
            line.assign(bytes_, at_, end + 1 - at_);
            at_ = end + 1;
            return true;
        }
        bytes_.erase(0, at_);
        at_ = 0;
        scanned = bytes_.size();
        bytes_.resize(scanned + kChunk);
        const ssize_t count = ::read(file_, bytes_.data() + scanned, kChunk);
        const int error = errno;
        bytes_.resize(scanned + (count > 0 ? static_cast<std::size_t>(count) : 0));
        if (count > 0 || (count < 0 && error == EINTR))
            continue;
        if (count < 0)
            return make_error(
                errors::kToolFile, absl::StrFormat("read %s: %s", name_, std::strerror(error))
            );
        line = std::move(bytes_);
        bytes_.clear();
        return !line.empty();
    }
}

}  // namespace mosaic::tool
