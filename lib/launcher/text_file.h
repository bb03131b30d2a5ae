#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace mosaic::launcher {

/// The whole file, also one of /proc; empty when there is none.
[[nodiscard]] std::string read_text(const std::filesystem::path& path);

/// Replaces the file by one that only its owner can read: whoever reads sees the old text or the
/// new one, never a part.
[[nodiscard]] absl::Status write_text(const std::filesystem::path& path, std::string_view text);

/// The last `lines_max` lines of the file behind byte `from`, for error messages.
[[nodiscard]] std::string last_lines(
    const std::filesystem::path& path, std::uintmax_t from, int lines_max
);

}  // namespace mosaic::launcher
