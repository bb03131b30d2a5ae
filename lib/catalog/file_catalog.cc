// The map in a file: replaced as a whole under a lock, durable before the call returns.
#include "base/status.h"
#include "catalog/catalog.h"
#include "catalog/map_json.h"

#include <absl/strings/str_format.h>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>
#include <utility>

namespace mosaic::catalog {

namespace fs = std::filesystem;

namespace {

/// An open file, closed at the end.
class OpenFile {
public:
    OpenFile(const fs::path& path, int flags)
        : number_(::open(path.c_str(), flags | O_CLOEXEC, 0600)) {}

    ~OpenFile() {
        if (number_ >= 0)
            ::close(number_);
    }

    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    [[nodiscard]] bool is_open() const { return number_ >= 0; }

    [[nodiscard]] int number() const { return number_; }

private:
    int number_;
};

// errno on failure, else 0.
int lock_alone(int file) {
    while (::flock(file, LOCK_EX) != 0)
        if (errno != EINTR)
            return errno;
    return 0;
}

int read_whole(int file, std::string& out) {
    char part[16384];
    while (true) {
        const ssize_t size = ::read(file, part, sizeof part);
        if (size == 0)
            return 0;
        if (size > 0)
            out.append(part, static_cast<std::size_t>(size));
        else if (errno != EINTR)
            return errno;
    }
}

int write_whole(int file, std::string_view text) {
    while (!text.empty()) {
        const ssize_t size = ::write(file, text.data(), text.size());
        if (size >= 0)
            text.remove_prefix(static_cast<std::size_t>(size));
        else if (errno != EINTR)
            return errno;
    }
    return ::fsync(file) == 0 ? 0 : errno;
}

class FileCatalog final : public Catalog {
public:
    explicit FileCatalog(fs::path file) : file_(std::move(file)) {}

    absl::StatusOr<MapRecord> read() override;
    absl::Status publish(const MapRecord& next) override;

private:
    [[nodiscard]] absl::Status unwritable(std::string_view step, int error) const;
    [[nodiscard]] absl::Status check_epoch(const MapRecord& next);
    [[nodiscard]] absl::Status replace(std::string_view text) const;

    const fs::path file_;
};

absl::StatusOr<MapRecord> FileCatalog::read() {
    const OpenFile file(file_, O_RDONLY);
    std::string text;
    const int error = file.is_open() ? read_whole(file.number(), text) : errno;
    if (error == ENOENT)
        return make_error(
            errors::kMapMissing,
            absl::StrFormat(
                "read the map %s: there is none yet; make it with `mosaic map init`", file_.string()
            )
        );
    if (error != 0)
        return make_error(
            errors::kCatalogUnreadable,
            absl::StrFormat(
                "read the map %s: %s; let this program read it",
                file_.string(),
                std::strerror(error)
            )
        );
    auto map = from_json(text);
    if (!map.ok())
        return make_error(
            errors::kCatalogUnreadable,
            absl::StrFormat(
                "read the map %s: it is not as it was written (%s); restore it from a backup, "
                "never "
                "make a new map over shards that hold rows",
                file_.string(),
                message_of(map.status())
            )
        );
    return map;
}

absl::Status FileCatalog::unwritable(std::string_view step, int error) const {
    return make_error(
        errors::kCatalogUnwritable,
        absl::StrFormat(
            "publish a map in %s: %s failed (%s); let this program write there",
            file_.string(),
            step,
            std::strerror(error)
        )
    );
}

absl::Status FileCatalog::check_epoch(const MapRecord& next) {
    std::uint64_t stored = 0;
    if (const auto map = read(); map.ok())
        stored = map->epoch;
    else if (error_detail(map.status())->id.number != errors::kMapMissing.number)
        return map.status();
    if (next.epoch == stored + 1)
        return absl::OkStatus();
    return make_error(
        errors::kMapChanged,
        absl::StrFormat(
            "publish map %d in %s: it holds epoch %d, not %d; read it again and start from there",
            next.epoch,
            file_.string(),
            stored,
            next.epoch - 1
        )
    );
}

absl::Status FileCatalog::replace(std::string_view text) const {
    const fs::path fresh = file_.string() + ".new";
    {
        const OpenFile file(fresh, O_WRONLY | O_CREAT | O_TRUNC);
        if (!file.is_open())
            return unwritable("opening the new file", errno);
        if (const int error = write_whole(file.number(), text); error != 0)
            return unwritable("writing the new file", error);
    }
    if (::rename(fresh.c_str(), file_.c_str()) != 0)
        return unwritable("replacing the file", errno);
    const OpenFile folder(file_.parent_path(), O_RDONLY | O_DIRECTORY);
    if (!folder.is_open() || ::fsync(folder.number()) != 0)
        return unwritable("making the folder durable", errno);
    return absl::OkStatus();
}

absl::Status FileCatalog::publish(const MapRecord& next) {
    std::error_code error;
    fs::create_directories(file_.parent_path(), error);
    if (error)
        return unwritable("making the folder", error.value());
    // A file of its own, never replaced: a lock on the map itself would be one on the old map.
    const OpenFile lock(file_.string() + ".lock", O_RDWR | O_CREAT);
    if (!lock.is_open())
        return unwritable("opening the lock", errno);
    if (const int failed = lock_alone(lock.number()); failed != 0)
        return unwritable("locking", failed);
    MOSAIC_RETURN_IF_ERROR(check_epoch(next));
    const std::string text = to_json(next);
    if (const auto map = from_json(text); !map.ok())
        return make_error(
            errors::kMapMismatch,
            absl::StrFormat(
                "publish map %d in %s: it is not whole (%s); nothing was written",
                next.epoch,
                file_.string(),
                message_of(map.status())
            )
        );
    return replace(text);
}

}  // namespace

std::unique_ptr<Catalog> open_catalog(const config::CatalogSpec& spec) {
    return std::make_unique<FileCatalog>(spec.file);
}

}  // namespace mosaic::catalog
