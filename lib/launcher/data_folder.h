#pragma once

#include "launcher/server_command.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <filesystem>
#include <string_view>
#include <utility>

namespace mosaic::launcher {

/// Makes the folder with all above it; its owner alone can enter it. An existing one is only
/// checked for being writable.
[[nodiscard]] absl::Status make_private_folder(const std::filesystem::path& folder);

/// Fills `data` with a freshly installed database unless it exists already.
///
/// The installation is done once per server binary and kept below `templates` (1 to 3 s); every
/// further folder is a copy of it (under 0.1 s). Other processes may do the same at the same time.
/// A copy that is cut off leaves nothing that would be taken for a data folder.
[[nodiscard]] absl::Status make_data_folder(
    const ServerProgram& program,
    const std::filesystem::path& templates,
    const std::filesystem::path& data,
    std::string_view server
);

/// A lock on a folder, held until destroyed; the system releases it when the process dies.
class FolderLock {
public:
    enum class WhenTaken { kWait, kFail };

    [[nodiscard]] static absl::StatusOr<FolderLock> take(
        const std::filesystem::path& folder, WhenTaken when_taken
    );

    FolderLock(FolderLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}

    FolderLock& operator=(FolderLock&&) = delete;
    ~FolderLock();

private:
    explicit FolderLock(int fd) : fd_(fd) {}

    int fd_;
};

}  // namespace mosaic::launcher
