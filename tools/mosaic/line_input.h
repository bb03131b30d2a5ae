#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <string>

namespace mosaic::tool {

/// Lines of an open file, a pipe or a terminal, each as soon as it is there.
class LineInput {
public:
    /// `file` stays the caller's. `name`: for messages.
    LineInput(int file, std::string name) : file_(file), name_(std::move(name)) {}

    /// A line of this is there without asking the file.
    [[nodiscard]] bool has_line() const { return bytes_.find('\n', at_) != std::string::npos; }

    /// Replaces `line` by the next one, with its newline, which only the last may lack. False:
    /// there are no more.
    [[nodiscard]] absl::StatusOr<bool> next(std::string& line);

    [[nodiscard]] const std::string& name() const { return name_; }

private:
    int file_;
    std::string name_;
    std::string bytes_;  ///< Read, and from at_ on not given out yet.
    std::size_t at_ = 0;
};

}  // namespace mosaic::tool
