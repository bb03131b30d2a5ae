#include "client/session_facts.h"

#include "base/status.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::client {
namespace {

std::string lower(std::string_view text) {
    std::string out(text);
    absl::AsciiStrToLower(&out);
    return out;
}

std::string upper(std::string_view text) {
    std::string out(text);
    absl::AsciiStrToUpper(&out);
    return out;
}

std::set<std::string> modes_of(std::string_view sql_mode) {
    const std::string modes = upper(sql_mode);
    std::set<std::string> out = absl::StrSplit(modes, ',', absl::SkipWhitespace());
    // ANSI is a set of modes under one name.
    if (out.contains("ANSI"))
        out.insert({"REAL_AS_FLOAT", "PIPES_AS_CONCAT", "ANSI_QUOTES", "IGNORE_SPACE"});
    return out;
}

absl::Status refused(std::string_view what, std::string_view why, std::string_view remedy) {
    return make_error(
        errors::kVariableRefused, absl::StrFormat("set %s: %s; %s", what, why, remedy)
    );
}

// The constant that is assigned, in lower case; empty when it is no constant.
std::string constant(const sql::Expr& value) {
    switch (value.kind) {
        case sql::ExprKind::kNull:
            return "null";
        case sql::ExprKind::kTrue:
            return "1";
        case sql::ExprKind::kFalse:
            return "0";
        case sql::ExprKind::kDefault:
            return "default";
        case sql::ExprKind::kInteger:
        case sql::ExprKind::kText:
        case sql::ExprKind::kColumn:
            return lower(value.text);
        default:
            return {};
    }
}

// What connections have already, by variable; any of the values leaves the session as it is.
std::vector<std::string> unchanging_values(std::string_view name, const SessionOptions& session) {
    if (name == "autocommit")
        return {"1", "on", "default"};
    if (name == "character_set_client" || name == "character_set_connection" || name == "names")
        return {"utf8mb4", "default"};
    if (name == "character_set_results")
        return {"utf8mb4", "null", "default"};
    if (name == "time_zone")
        return {lower(session.time_zone)};
    if (name == "sql_select_limit")
        return {"18446744073709551615", "default"};
    if (name == "sql_safe_updates" || name == "sql_auto_is_null" || name == "sql_big_selects")
        return name == "sql_big_selects" ? std::vector<std::string>{"1", "on"}
                                         : std::vector<std::string>{"0", "off"};
    if (name == "net_write_timeout" || name == "net_read_timeout" || name == "wait_timeout" ||
        name == "interactive_timeout")
        return {"default"};
    return {};
}

absl::Status check_assignment(const sql::Assignment& one, const SessionOptions& session) {
    const sql::Expr& variable = *one.column;
    const std::string name = lower(variable.text);
    if (variable.kind == sql::ExprKind::kUserVariable)
        return refused(
            "@" + name,
            "a user variable lives in one server's session",
            "bind the value as a parameter instead"
        );
    if (absl::EqualsIgnoreCase(std::string(variable.qualifier), "global"))
        return refused(
            "global " + name,
            "it would change one server, or all for everybody",
            "change it on the servers themselves"
        );
    const std::string value = constant(*one.value);
    if (name == "sql_mode" && modes_of(value) == modes_of(session.sql_mode))
        return absl::OkStatus();
    const std::vector<std::string> allowed = unchanging_values(name, session);
    if (!value.empty() && std::find(allowed.begin(), allowed.end(), value) != allowed.end())
        return absl::OkStatus();
    return refused(
        name,
        "every connection has the session of the configuration",
        "set it there (session.time_zone, session.sql_mode), or leave it"
    );
}

}  // namespace

plan::SessionFacts session_facts(const SessionOptions& session) {
    const std::set<std::string> modes = modes_of(session.sql_mode);
    plan::SessionFacts facts;
    facts.syntax.ansi_quotes = modes.contains("ANSI_QUOTES");
    facts.syntax.no_backslash_escapes = modes.contains("NO_BACKSLASH_ESCAPES");
    facts.syntax.pipes_as_concat = modes.contains("PIPES_AS_CONCAT");
    facts.syntax.high_not_precedence = modes.contains("HIGH_NOT_PRECEDENCE");
    facts.syntax.ignore_space = modes.contains("IGNORE_SPACE");
    facts.backslash =
        facts.syntax.no_backslash_escapes ? Backslash::kIsLiteral : Backslash::kEscapes;
    return facts;
}

sql::Syntax syntax_of(const driver::ServerFacts& server, sql::Syntax syntax) {
    syntax.is_mariadb = server.kind == driver::ServerKind::kMariaDb;
    // `10.11.19-MariaDB-..` is 101119, `9.7.4-2` is 90704: as executable comments count.
    std::uint32_t version = 0;
    std::uint32_t part = 0;
    int parts = 0;
    for (const char c : server.version + "-") {
        if (absl::ascii_isdigit(static_cast<unsigned char>(c))) {
            part = part * 10 + static_cast<std::uint32_t>(c - '0');
            continue;
        }
        version = version * 100 + part;
        part = 0;
        if (++parts == 3 || c != '.')
            break;
    }
    for (; parts < 3; ++parts) version *= 100;
    syntax.server_version = version;
    return syntax;
}

absl::Status check_set(const sql::Set& set, const SessionOptions& session) {
    if (!set.other.empty())
        return refused(
            set.other,
            "it is not known to leave the session as it is",
            "send BEGIN with what the transaction needs, or configure the servers"
        );
    if (!set.names.empty()) {
        const std::string charset = lower(set.names);
        if (charset != "utf8mb4" && charset != "default")
            return refused(
                "names " + charset,
                "connections speak utf8mb4, and other character sets read quotes otherwise",
                "SET NAMES utf8mb4"
            );
        if (!set.collation.empty())
            return refused(
                "names .. collate " + std::string(set.collation),
                "the collation of literals is the servers' own",
                "write COLLATE where it matters"
            );
    }
    for (const sql::Assignment& one : set.assignments)
        MOSAIC_RETURN_IF_ERROR(check_assignment(one, session));
    return absl::OkStatus();
}

}  // namespace mosaic::client
