#include "launcher/data_folder.h"

#include "base/status.h"
#include "launcher/process.h"
#include "launcher/text_file.h"

#include <absl/strings/str_format.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace mosaic::launcher {
namespace {

namespace fs = std::filesystem;

absl::Status unusable(const fs::path& folder, const std::string& cause) {
    return make_error(
        errors::kServerFolderUnusable,
        absl::StrFormat(
            "use folder %s: %s; make it writable for this user, or name another one",
            folder.string(),
            cause
        )
    );
}

absl::Status install(const ServerProgram& program, const fs::path& fresh, const fs::path& log) {
    constexpr std::chrono::seconds kTimeout{120};
    std::error_code failed;
    fs::remove_all(fresh, failed);
    fs::remove(log, failed);
    MOSAIC_ASSIGN_OR_RETURN(
        const ExitNote note, run_to_end(install_command(program, fresh), log, kTimeout)
    );
    if (note.succeeded)
        return absl::OkStatus();
    return make_error(
        errors::kServerInstallFailed,
        absl::StrFormat(
            "install a new data folder in %s: %s ended with %s; see %s, which ends with:\n%s",
            fresh.string(),
            program.install.front(),
            note.text,
            log.string(),
            last_lines(log, 0, 5)
        )
    );
}

absl::StatusOr<fs::path> make_template(const ServerProgram& program, const fs::path& templates) {
    MOSAIC_RETURN_IF_ERROR(make_private_folder(templates));
    MOSAIC_ASSIGN_OR_RETURN(
        const FolderLock lock, FolderLock::take(templates, FolderLock::WhenTaken::kWait)
    );
    const fs::path finished =
        templates / absl::StrFormat("%s-%s", to_string(program.kind), program.stamp());
    std::error_code failed;
    if (fs::exists(finished, failed))
        return finished;
    const fs::path fresh = finished.string() + ".new";
    MOSAIC_RETURN_IF_ERROR(install(program, fresh, finished.string() + ".log"));
    // It holds the server's UUID; each copy has to make its own.
    fs::remove(fresh / "auto.cnf", failed);
    fs::rename(fresh, finished, failed);
    if (failed)
        return unusable(templates, failed.message());
    return finished;
}

}  // namespace

absl::Status make_private_folder(const fs::path& folder) {
    std::error_code failed;
    if (fs::create_directories(folder, failed))
        fs::permissions(folder, fs::perms::owner_all, failed);
    if (failed)
        return unusable(folder, failed.message());
    if (::access(folder.c_str(), W_OK | X_OK) != 0)
        return unusable(folder, std::strerror(errno));
    return absl::OkStatus();
}

absl::Status make_data_folder(
    const ServerProgram& program,
    const fs::path& templates,
    const fs::path& data,
    std::string_view server
) {
    std::error_code failed;
    if (fs::exists(data, failed))
        return absl::OkStatus();
    MOSAIC_ASSIGN_OR_RETURN(const fs::path source, make_template(program, templates));
    const fs::path fresh = data.string() + ".new";
    fs::remove_all(fresh, failed);
    fs::copy(source, fresh, fs::copy_options::recursive, failed);
    if (!failed)
        fs::rename(fresh, data, failed);
    if (failed) {
        return unusable(
            data,
            absl::StrFormat(
                "the new data of server %s cannot be copied from %s (%s)",
                server,
                source.string(),
                failed.message()
            )
        );
    }
    return absl::OkStatus();
}

absl::StatusOr<FolderLock> FolderLock::take(const fs::path& folder, WhenTaken when_taken) {
    const fs::path file = folder / ".lock";
    const int fd = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return unusable(folder, std::strerror(errno));
    FolderLock lock(fd);
    const int mode = when_taken == WhenTaken::kFail ? LOCK_EX | LOCK_NB : LOCK_EX;
    while (::flock(fd, mode) != 0) {
        if (errno == EINTR)
            continue;
        return make_error(
            errors::kClusterBusy,
            absl::StrFormat(
                "lock %s: another process starts or stops servers here now (%s); wait for it",
                file.string(),
                std::strerror(errno)
            )
        );
    }
    return lock;
}

FolderLock::~FolderLock() {
    if (fd_ >= 0)
        ::close(fd_);
}

}  // namespace mosaic::launcher
