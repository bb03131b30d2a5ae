#pragma once

#include "base/string_map.h"
#include "migrate/tokens.h"
#include "sql/parser.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::migrate {

struct FileStatement {
    std::string text;
    int line = 0;               ///< Where it begins, from 1.
    std::vector<Token> tokens;  ///< Views into `text`.
};

/// Where a table lives that the configuration does not name, by a comment in the migration
/// `-- mosaic: old_users is sharded`, `.. is reference` or `.. is local to app_00`: tables that
/// later migrations drop are not in the configuration any more.
struct DeclaredTable {
    enum class Kind : std::uint8_t { kSharded, kReference, kLocal };
    Kind kind = Kind::kSharded;
    std::string shard;  ///< kLocal
};

/// One file of the folder, `YYYYMMDDHHMMSS_title.sql`.
class MigrationFile {
public:
    MigrationFile(MigrationFile&&) = default;
    MigrationFile& operator=(MigrationFile&&) = default;

    [[nodiscard]] static absl::StatusOr<MigrationFile> parse(
        std::filesystem::path path, std::string_view text, const sql::Syntax& syntax
    );

    [[nodiscard]] std::uint64_t version() const { return version_; }

    [[nodiscard]] const std::string& title() const { return title_; }

    [[nodiscard]] std::string name() const { return path_.filename().string(); }

    [[nodiscard]] const std::vector<FileStatement>& statements() const { return statements_; }

    [[nodiscard]] const StringMap<DeclaredTable>& declared() const { return declared_; }

    /// `file:line` of a statement, for messages.
    [[nodiscard]] std::string place(std::size_t statement) const;

    /// Of the first `count` statements: changes with their words, not with blanks, line ends and
    /// comments. The stable hash of the tokens and their number, so it finds edits, not forgeries.
    [[nodiscard]] std::string checksum(std::size_t count) const;

    /// What NOW() gives in it, in seconds since 1970: the moment in its name.
    [[nodiscard]] std::int64_t unix_time() const;

private:
    MigrationFile() = default;

    std::filesystem::path path_;
    std::uint64_t version_ = 0;
    std::string title_;
    std::vector<FileStatement> statements_;
    StringMap<DeclaredTable> declared_;
};

/// All migrations of a folder, oldest first. Files that do not end in `.sql` are left alone; every
/// `.sql` file must be named as a migration, and no two may have the same moment (kMigrationName).
[[nodiscard]] absl::StatusOr<std::vector<MigrationFile>> read_folder(
    const std::filesystem::path& folder, const sql::Syntax& syntax
);

/// Makes an empty migration in the folder, which is made when missing, named for `unix_ms` (or the
/// next free second) and the title. \return its path.
[[nodiscard]] absl::StatusOr<std::filesystem::path> make_file(
    const std::filesystem::path& folder, std::string_view title, std::uint64_t unix_ms
);

}  // namespace mosaic::migrate
