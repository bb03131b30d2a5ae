#include "migrate/files.h"

#include "base/status.h"
#include "keys/stable_hash.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <fstream>
#include <sstream>
#include <unistd.h>
#include <utility>

namespace mosaic::migrate {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kVersionDigits = 14;
constexpr std::size_t kTitleBytesMax = 100;

absl::Status unreadable(const fs::path& path, std::string_view why) {
    return make_error(
        errors::kMigrationsUnreadable, absl::StrFormat("read migrations %s: %s", path.string(), why)
    );
}

absl::Status bad_name(const fs::path& path, std::string_view why) {
    return make_error(
        errors::kMigrationName, absl::StrFormat("read migration %s: %s", path.string(), why)
    );
}

std::tm calendar_time(std::uint64_t version) {
    std::tm time{};
    const auto part = [&](std::uint64_t unit, std::uint64_t size) {
        return static_cast<int>(version / unit % size);
    };
    time.tm_year = part(10'000'000'000, 10'000) - 1900;
    time.tm_mon = part(100'000'000, 100) - 1;
    time.tm_mday = part(1'000'000, 100);
    time.tm_hour = part(10'000, 100);
    time.tm_min = part(100, 100);
    time.tm_sec = part(1, 100);
    return time;
}

std::uint64_t version_at(std::int64_t unix_time) {
    const std::time_t seconds = unix_time;
    std::tm time{};
    ::gmtime_r(&seconds, &time);
    std::uint64_t version = 0;
    const auto add = [&](int part, std::uint64_t size) {
        version = version * size + static_cast<std::uint64_t>(part);
    };
    add(time.tm_year + 1900, 1);
    add(time.tm_mon + 1, 100);
    add(time.tm_mday, 100);
    add(time.tm_hour, 100);
    add(time.tm_min, 100);
    add(time.tm_sec, 100);
    return version;
}

std::int64_t unix_time_of(std::uint64_t version) {
    std::tm time = calendar_time(version);
    return ::timegm(&time);
}

bool is_title_character(char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-';
}

absl::StatusOr<std::pair<std::uint64_t, std::string>> read_name(const fs::path& path) {
    const std::string stem = path.stem().string();
    const bool has_digits = stem.size() > kVersionDigits + 1 && stem[kVersionDigits] == '_' &&
                            std::all_of(stem.begin(), stem.begin() + kVersionDigits, [](char c) {
                                return absl::ascii_isdigit(static_cast<unsigned char>(c));
                            });
    if (!has_digits || !std::all_of(stem.begin() + kVersionDigits, stem.end(), is_title_character))
        return bad_name(
            path,
            "its name is not YYYYMMDDHHMMSS_title.sql; let `mosaic migrate new TITLE` make it, or "
            "move "
            "it elsewhere"
        );
    std::uint64_t version = 0;
    if (!absl::SimpleAtoi(stem.substr(0, kVersionDigits), &version) ||
        version_at(unix_time_of(version)) != version)
        return bad_name(path, "its name begins with a moment that no calendar has; rename it");
    return std::pair(version, stem.substr(kVersionDigits + 1));
}

// `-- mosaic: NAME is sharded | is reference | is local to SHARD`
absl::StatusOr<std::optional<std::pair<std::string, DeclaredTable>>> read_declaration(
    std::string_view line, const std::string& place
) {
    constexpr std::string_view kLead = "-- mosaic:";
    std::string text(line);
    absl::StripAsciiWhitespace(&text);
    if (!absl::StartsWith(text, "-- mosaic:"))
        return std::nullopt;
    std::istringstream words(text.substr(kLead.size()));
    std::string name, is, kind, to, shard, more;
    words >> name >> is >> kind >> to >> shard >> more;
    DeclaredTable table;
    const bool is_local = kind == "local" && to == "to" && !shard.empty() && more.empty();
    if (is == "is" && ((to.empty() && (kind == "sharded" || kind == "reference")) || is_local)) {
        table.kind = is_local              ? DeclaredTable::Kind::kLocal
                     : kind == "reference" ? DeclaredTable::Kind::kReference
                                           : DeclaredTable::Kind::kSharded;
        table.shard = shard;
        return std::pair(name, table);
    }
    return make_error(
        errors::kMigrationStatement,
        absl::StrFormat(
            "read migration %s: `%s` is no declaration; write `-- mosaic: TABLE is sharded`, `.. "
            "is "
            "reference` or `.. is local to SHARD`",
            place,
            text
        )
    );
}

absl::StatusOr<std::string> read_text_file(const fs::path& path) {
    std::ifstream in(path, std::ios::binary);
    std::ostringstream text;
    if (in)
        text << in.rdbuf();
    if (!in || in.bad())
        return unreadable(path, absl::StrFormat("%s; check its permissions", std::strerror(errno)));
    return std::move(text).str();
}

// Title as in a file's name.
std::string to_title(std::string_view text) {
    std::string title;
    for (const char c : text) {
        if (absl::ascii_isalnum(static_cast<unsigned char>(c)))
            title.push_back(absl::ascii_tolower(static_cast<unsigned char>(c)));
        else if (!title.empty() && title.back() != '_')
            title.push_back('_');
    }
    while (!title.empty() && title.back() == '_') title.pop_back();
    return title;
}

constexpr std::string_view kNewFile =
    "-- Statements run where their tables live: on all shards, or on a local table's one.\n"
    "-- Once this is applied anywhere, change it no more: write another migration.\n"
    "\n";

// Fails with EEXIST where the file is there already.
int create_file(const fs::path& path, std::string_view text) {
    const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return errno;
    const ssize_t written = ::write(fd, text.data(), text.size());
    const int failed =
        written == static_cast<ssize_t>(text.size()) ? 0 : (written < 0 ? errno : ENOSPC);
    ::close(fd);
    return failed;
}

bool has_version(const fs::path& folder, std::uint64_t version) {
    std::error_code failed;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
        if (absl::StartsWith(at->path().filename().string(), std::to_string(version)))
            return true;
    }
    return false;
}

}  // namespace

absl::StatusOr<MigrationFile> MigrationFile::parse(
    fs::path path, std::string_view text, const sql::Syntax& syntax
) {
    MigrationFile file;
    MOSAIC_ASSIGN_OR_RETURN(auto name, read_name(path));
    file.version_ = name.first;
    file.title_ = std::move(name.second);
    file.path_ = std::move(path);
    for (const std::string_view statement : sql::split_statements(text, syntax)) {
        const std::vector<Token> tokens = tokenize(statement, syntax);
        if (tokens.empty())
            continue;
        const std::size_t begin =
            static_cast<std::size_t>(statement.data() - text.data()) + tokens.front().begin;
        FileStatement& added = file.statements_.emplace_back();
        added.text = statement.substr(tokens.front().begin);
        added.line = 1 + static_cast<int>(std::count(
                             text.begin(), text.begin() + static_cast<std::ptrdiff_t>(begin), '\n'
                         ));
    }
    // Only now do the texts stay where they are.
    for (FileStatement& statement : file.statements_)
        statement.tokens = tokenize(statement.text, syntax);
    int line = 0;
    std::istringstream lines{std::string(text)};
    for (std::string one; std::getline(lines, one);) {
        const std::string place = absl::StrFormat("%s:%d", file.name(), ++line);
        MOSAIC_ASSIGN_OR_RETURN(auto declared, read_declaration(one, place));
        if (declared)
            file.declared_[declared->first] = declared->second;
    }
    return file;
}

std::string MigrationFile::place(std::size_t statement) const {
    return absl::StrFormat("%s:%d", path_.string(), statements_[statement].line);
}

std::string MigrationFile::checksum(std::size_t count) const {
    std::string words;
    std::size_t tokens = 0;
    for (std::size_t i = 0; i < count; ++i) {
        for (const Token& token : statements_[i].tokens) {
            words.push_back(token.is_in_executable_comment ? '!' : ' ');
            words.append(token.text);
            words.push_back(token.kind == TokenKind::kName ? '`' : '\n');
        }
        words.append(";\n");
        tokens += statements_[i].tokens.size();
    }
    return absl::StrFormat("%08x-%d", keys::stable_hash(std::string_view(words)), tokens);
}

std::int64_t MigrationFile::unix_time() const {
    return unix_time_of(version_);
}

absl::StatusOr<std::vector<MigrationFile>> read_folder(
    const fs::path& folder, const sql::Syntax& syntax
) {
    std::error_code failed;
    std::vector<fs::path> paths;
    for (fs::directory_iterator at(folder, failed), end; !failed && at != end;
         at.increment(failed)) {
        if (at->path().extension() == ".sql")
            paths.push_back(at->path());
    }
    if (failed)
        return unreadable(
            folder,
            absl::StrFormat(
                "%s; make one with `mosaic migrate new TITLE`, or name another with --folder",
                failed.message()
            )
        );
    std::sort(paths.begin(), paths.end());
    std::vector<MigrationFile> files;
    for (const fs::path& path : paths) {
        MOSAIC_ASSIGN_OR_RETURN(const std::string text, read_text_file(path));
        MOSAIC_ASSIGN_OR_RETURN(MigrationFile file, MigrationFile::parse(path, text, syntax));
        if (!files.empty() && files.back().version() == file.version())
            return bad_name(
                path,
                absl::StrFormat("%s has the same moment; rename one of them", files.back().name())
            );
        files.push_back(std::move(file));
    }
    return files;
}

absl::StatusOr<fs::path> make_file(
    const fs::path& folder, std::string_view title, std::uint64_t unix_ms
) {
    const std::string name = to_title(title);
    if (name.empty() || name.size() > kTitleBytesMax)
        return make_error(
            errors::kMigrationName,
            absl::StrFormat(
                "make a migration named `%s`: a title has letters or digits, %d bytes at most; "
                "choose "
                "another",
                title,
                kTitleBytesMax
            )
        );
    std::error_code failed;
    fs::create_directories(folder, failed);
    std::int64_t second = static_cast<std::int64_t>(unix_ms / 1000);
    while (has_version(folder, version_at(second))) ++second;
    const fs::path path = folder / absl::StrFormat("%d_%s.sql", version_at(second), name);
    if (const int number = create_file(path, kNewFile); number != 0)
        return make_error(
            errors::kMigrationsUnreadable,
            absl::StrFormat(
                "make migration %s: %s; check the folder", path.string(), std::strerror(number)
            )
        );
    return path;
}

}  // namespace mosaic::migrate
