// `session`: what every connection is set to, so that each shard reads a statement alike.
#include "config/loading.h"
#include "config/nearest.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <charconv>

namespace mosaic::config {
namespace {

// Modes under which a value is another value to a shard than to the hash.
const std::vector<std::string>& modes_that_change_keys() {
    static const std::vector<std::string> kModes = {
        "EMPTY_STRING_IS_NULL", "ORACLE", "PAD_CHAR_TO_FULL_LENGTH"};
    return kModes;
}

// Names of MariaDB for several modes at once, which the parser would not know are on.
const std::vector<std::string>& names_for_several_modes() {
    static const std::vector<std::string> kModes = {
        "DB2", "MAXDB", "MSSQL", "MYSQL323", "MYSQL40", "POSTGRESQL"};
    return kModes;
}

// Those of MariaDB and MySQL together; which of them it has, a server says itself.
const std::vector<std::string>& allowed_modes() {
    static const std::vector<std::string> kModes = {
        "ALLOW_INVALID_DATES",
        "ANSI",
        "ANSI_QUOTES",
        "ERROR_FOR_DIVISION_BY_ZERO",
        "HIGH_NOT_PRECEDENCE",
        "IGNORE_BAD_TABLE_OPTIONS",
        "IGNORE_SPACE",
        "NO_AUTO_CREATE_USER",
        "NO_AUTO_VALUE_ON_ZERO",
        "NO_BACKSLASH_ESCAPES",
        "NO_DIR_IN_CREATE",
        "NO_ENGINE_SUBSTITUTION",
        "NO_FIELD_OPTIONS",
        "NO_KEY_OPTIONS",
        "NO_TABLE_OPTIONS",
        "NO_UNSIGNED_SUBTRACTION",
        "NO_ZERO_DATE",
        "NO_ZERO_IN_DATE",
        "ONLY_FULL_GROUP_BY",
        "PIPES_AS_CONCAT",
        "REAL_AS_FLOAT",
        "SIMULTANEOUS_ASSIGNMENT",
        "STRICT_ALL_TABLES",
        "STRICT_TRANS_TABLES",
        "TIME_ROUND_FRACTIONAL",
        "TIME_TRUNCATE_FRACTIONAL",
        "TRADITIONAL"};
    return kModes;
}

bool is_one_of(const std::vector<std::string>& words, const std::string& word) {
    return std::find(words.begin(), words.end(), word) != words.end();
}

// Empty: the mode is allowed.
std::string why_refused(const std::string& mode) {
    if (is_one_of(modes_that_change_keys(), mode))
        return "changes what a shard key is, so rows would be looked for on other shards; leave it "
               "out";
    if (is_one_of(names_for_several_modes(), mode))
        return "stands for several modes; write those that you need, such as ANSI_QUOTES";
    if (is_one_of(allowed_modes(), mode))
        return {};
    return absl::StrFormat(
        "is not known%s; allowed are %s", did_you_mean(mode, allowed_modes()), join(allowed_modes())
    );
}

void read_sql_mode(const Loading& loading, const Place* place, std::string& out) {
    std::string text;
    if (!read_text(place, text, loading.mistakes))
        return;
    std::vector<std::string> modes;
    const std::string upper = absl::AsciiStrToUpper(text);
    const std::vector<std::string> parts = absl::StrSplit(upper, ',', absl::SkipWhitespace());
    for (const std::string& part : parts) {
        // Servers take no blank beside a comma.
        std::string mode(absl::StripAsciiWhitespace(part));
        if (const std::string why = why_refused(mode); !why.empty())
            loading.mistakes.add(*place, absl::StrFormat("sql_mode %s %s", mode, why));
        modes.push_back(std::move(mode));
    }
    out.clear();
    for (const std::string& mode : modes) out += (out.empty() ? "" : ",") + mode;
}

// `+02:00`; servers know -13:59 to +14:00.
bool is_offset(std::string_view text) {
    if (text.size() != 6 || text[3] != ':')
        return false;
    int hours = 0;
    int minutes = 0;
    const auto number = [](std::string_view digits, int& out) {
        const char* end = digits.data() + digits.size();
        return digits.front() != '-' &&
               std::from_chars(digits.data(), end, out) == std::from_chars_result{end, {}};
    };
    if (!number(text.substr(1, 2), hours) || !number(text.substr(4), minutes))
        return false;
    return minutes < 60 && (hours < 14 || (hours == 14 && minutes == 0 && text[0] == '+'));
}

void read_time_zone(const Loading& loading, const Place* place, std::string& out) {
    if (!read_text(place, out, loading.mistakes))
        return;
    constexpr std::string_view kRemedy =
        "write an offset from -13:59 to +14:00, such as +00:00, or a zone that all servers know, "
        "such as Europe/Stockholm";
    const char first = out.empty() ? ' ' : out.front();
    if (absl::AsciiStrToUpper(out) == "SYSTEM")
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "%s is not the same time on every server; %s", describe(place->node), kRemedy
            )
        );
    else if (!absl::ascii_isalpha(static_cast<unsigned char>(first)) && !is_offset(out))
        loading.mistakes.add(
            *place, absl::StrFormat("%s is no time zone; %s", describe(place->node), kRemedy)
        );
}

}  // namespace

void load_session(Loading& loading, const Place* place) {
    if (place == nullptr)
        return;
    const MapReader map(*place, {"time_zone", "sql_mode"}, loading.mistakes);
    SessionOptions& session = loading.config.options.session;
    read_time_zone(loading, map.find("time_zone"), session.time_zone);
    read_sql_mode(loading, map.find("sql_mode"), session.sql_mode);
}

}  // namespace mosaic::config
