#include "migrate/scan.h"

#include "base/status.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <initializer_list>
#include <utility>

namespace mosaic::migrate {
namespace {

using std::string_view;

// Their values follow neither the statement's text nor the session's timestamp, so every copy of a
// reference table would get another one.
constexpr string_view kUnsteadyFunctions[] = {
    "BENCHMARK",      "CONNECTION_ID", "DATABASE",   "FOUND_ROWS", "GET_LOCK",     "LASTVAL",
    "LAST_INSERT_ID", "LOAD_FILE",     "NEXTVAL",    "RAND",       "RANDOM_BYTES", "ROW_COUNT",
    "SCHEMA",         "SESSION_USER",  "SLEEP",      "SYSDATE",    "SYSTEM_USER",  "SYS_GUID",
    "USER",           "UUID",          "UUID_SHORT", "UUID_V4",    "UUID_V7",      "VERSION",
};

absl::Status refuse(string_view why) {
    return absl::InvalidArgumentError(absl::StrFormat("%s", why));
}

absl::Status refuse_kind(string_view found) {
    return refuse(absl::StrFormat(
        "it begins with %s, and only CREATE, ALTER, DROP, RENAME and TRUNCATE TABLE, CREATE and "
        "DROP "
        "INDEX, CREATE and DROP TRIGGER, INSERT, REPLACE, UPDATE and DELETE are shipped; run it on "
        "the "
        "servers by hand",
        found
    ));
}

class Scanner {
public:
    explicit Scanner(std::span<const Token> tokens) : tokens_(tokens) {}

    absl::StatusOr<Scanned> run() {
        MOSAIC_RETURN_IF_ERROR(read_head());
        if (std::any_of(
                tokens_.begin(),
                tokens_.begin() + static_cast<std::ptrdiff_t>(at_),
                [](const Token& token) { return token.is_in_executable_comment; }
            ))
            return refuse(
                "its table cannot be told: an executable comment stands before the name; write it "
                "without"
            );
        MOSAIC_RETURN_IF_ERROR(read_rest());
        return std::move(found_);
    }

private:
    [[nodiscard]] const Token* peek(std::size_t ahead = 0) const {
        return at_ + ahead < tokens_.size() ? &tokens_[at_ + ahead] : nullptr;
    }

    [[nodiscard]] bool next_is(string_view word) const {
        const Token* token = peek();
        return token != nullptr && token->is(word);
    }

    bool accept(string_view word) {
        const bool is_next = next_is(word);
        if (is_next)
            ++at_;
        return is_next;
    }

    void skip_any(std::initializer_list<string_view> words) {
        while (std::any_of(words.begin(), words.end(), [&](string_view word) {
            return accept(word);
        })) {
        }
    }

    void skip_if_exists() {
        if (accept("IF")) {
            accept("NOT");
            accept("EXISTS");
        }
    }

    absl::StatusOr<std::string> read_name() {
        const Token* token = peek();
        if (token == nullptr || !token->is_name())
            return refuse(absl::StrFormat(
                "a table's name is missing %s; write it there",
                token == nullptr ? "at its end" : absl::StrFormat("before `%s`", token->text)
            ));
        ++at_;
        std::string name = token->name();
        if (const Token* dot = peek(); dot != nullptr && dot->is_symbol('.'))
            return refuse(absl::StrFormat(
                "it names the schema %s, and each shard has a schema of its own; write the table's "
                "name "
                "alone",
                name
            ));
        return name;
    }

    absl::Status read_table() {
        MOSAIC_ASSIGN_OR_RETURN(std::string name, read_name());
        found_.tables.push_back(std::move(name));
        return absl::OkStatus();
    }

    absl::Status read_head() {
        if (accept("CREATE"))
            return read_create();
        if (accept("DROP"))
            return read_drop();
        if (accept("ALTER")) {
            skip_any({"ONLINE", "OFFLINE", "IGNORE"});
            found_.kind = StatementKind::kAlterTable;
            return read_after_table("ALTER");
        }
        if (accept("RENAME"))
            return read_rename();
        if (accept("TRUNCATE")) {
            found_.kind = StatementKind::kTruncate;
            accept("TABLE");
            return read_table();
        }
        if (accept("INSERT") || accept("REPLACE")) {
            found_.kind = StatementKind::kInsert;
            skip_any({"LOW_PRIORITY", "DELAYED", "HIGH_PRIORITY", "IGNORE", "INTO"});
            return read_table();
        }
        if (accept("UPDATE"))
            return read_update();
        if (accept("DELETE"))
            return read_delete();
        return refuse_kind(peek() == nullptr ? string_view("nothing") : peek()->text);
    }

    absl::Status read_after_table(string_view verb) {
        if (!accept("TABLE"))
            return refuse_kind(absl::StrFormat("%s %s", verb, peek() == nullptr ? "" : peek()->text)
            );
        skip_if_exists();
        return read_table();
    }

    absl::Status read_create() {
        if (accept("OR"))
            accept("REPLACE");
        if (next_is("TEMPORARY"))
            return refuse("a temporary table ends with the connection; leave TEMPORARY out");
        skip_any({"ONLINE", "OFFLINE", "UNIQUE", "FULLTEXT", "SPATIAL", "VECTOR"});
        if (accept("INDEX")) {
            found_.kind = StatementKind::kCreateIndex;
            return read_after_on();
        }
        if (next_is("DEFINER"))
            skip_definer();
        if (accept("TRIGGER")) {
            found_.kind = StatementKind::kCreateTrigger;
            skip_if_exists();
            MOSAIC_ASSIGN_OR_RETURN(found_.trigger, read_name());
            return read_after_on();
        }
        found_.kind = StatementKind::kCreateTable;
        return read_after_table("CREATE");
    }

    // DEFINER = user@host, where `user` may be CURRENT_USER or quoted.
    void skip_definer() {
        while (peek() != nullptr && !next_is("TRIGGER") && !next_is("TABLE")) ++at_;
    }

    absl::Status read_after_on() {
        while (peek() != nullptr && !next_is("ON")) ++at_;
        accept("ON");
        return read_table();
    }

    absl::Status read_drop() {
        if (accept("INDEX")) {
            found_.kind = StatementKind::kDropIndex;
            return read_after_on();
        }
        if (accept("TRIGGER")) {
            found_.kind = StatementKind::kDropTrigger;
            skip_if_exists();
            MOSAIC_ASSIGN_OR_RETURN(found_.trigger, read_name());
            return absl::OkStatus();
        }
        if (next_is("TEMPORARY"))
            return refuse("a temporary table ends with the connection; leave the statement out");
        found_.kind = StatementKind::kDropTable;
        MOSAIC_RETURN_IF_ERROR(read_after_table("DROP"));
        return read_no_more_tables();
    }

    absl::Status read_rename() {
        found_.kind = StatementKind::kRenameTable;
        MOSAIC_RETURN_IF_ERROR(read_after_table("RENAME"));
        if (!accept("TO"))
            return refuse("RENAME TABLE has no TO; write `RENAME TABLE a TO b`");
        MOSAIC_RETURN_IF_ERROR(read_table());
        return read_no_more_tables();
    }

    // Of two a crash could leave one done, which nobody could tell afterwards.
    absl::Status read_no_more_tables() {
        if (const Token* comma = peek(); comma != nullptr && comma->is_symbol(','))
            return refuse("it names several tables; write a statement for each");
        return absl::OkStatus();
    }

    absl::Status read_update() {
        found_.kind = StatementKind::kUpdate;
        skip_any({"LOW_PRIORITY", "IGNORE"});
        MOSAIC_RETURN_IF_ERROR(read_table());
        for (std::size_t ahead = 0; peek(ahead) != nullptr && !peek(ahead)->is("SET"); ++ahead) {
            if (peek(ahead)->is_symbol(',') || peek(ahead)->is("JOIN"))
                return refuse("it updates several tables; write a statement for each");
        }
        return absl::OkStatus();
    }

    absl::Status read_delete() {
        found_.kind = StatementKind::kDelete;
        skip_any({"LOW_PRIORITY", "QUICK", "IGNORE"});
        if (!accept("FROM"))
            return refuse("it deletes through a join; write `DELETE FROM table WHERE ..`");
        MOSAIC_RETURN_IF_ERROR(read_table());
        const Token* next = peek();
        if (next != nullptr && (next->is_symbol(',') || next->is("USING") || next->is("JOIN")))
            return refuse("it deletes through a join; write `DELETE FROM table WHERE ..`");
        return absl::OkStatus();
    }

    absl::Status read_rest() {
        int depth = 0;
        const std::size_t begin = at_;
        // A trigger's body is not read: whoever names the trigger in the configuration vouches for
        // it.
        if (found_.kind == StatementKind::kCreateTrigger)
            return absl::OkStatus();
        for (; at_ < tokens_.size(); ++at_) {
            const Token& token = tokens_[at_];
            if (token.is_symbol('('))
                ++depth;
            else if (token.is_symbol(')'))
                --depth;
            note_query(token);
            note_unsteady(token);
            if (changes_rows(found_.kind))
                continue;
            const Token* next = peek(1);
            if (token.is("AUTO_INCREMENT") &&
                (next == nullptr || !(next->is_symbol('=') || next->kind == TokenKind::kNumber)))
                found_.makes_auto_increment = true;
            MOSAIC_RETURN_IF_ERROR(read_other_names(token, depth, begin));
        }
        return absl::OkStatus();
    }

    // Other tables that a definition names.
    absl::Status read_other_names(const Token& token, int depth, std::size_t begin) {
        if (token.is("REFERENCES")) {
            ++at_;
            MOSAIC_ASSIGN_OR_RETURN(std::string name, read_name());
            found_.referenced.push_back(std::move(name));
            --at_;
            return absl::OkStatus();
        }
        const bool is_like =
            found_.kind == StatementKind::kCreateTable && token.is("LIKE") && at_ <= begin + 1;
        if (found_.kind != StatementKind::kAlterTable && !is_like)
            return absl::OkStatus();
        const bool is_exchange = token.is("TABLE") && at_ > begin && tokens_[at_ - 1].is("WITH");
        if (is_like || is_exchange || (token.is("RENAME") && depth == 0 && renames_table())) {
            ++at_;
            if (token.is("RENAME") && !accept("TO") && !accept("AS") && peek() != nullptr &&
                peek()->is_symbol('='))
                ++at_;
            MOSAIC_RETURN_IF_ERROR(read_table());
            --at_;
        }
        return absl::OkStatus();
    }

    // ALTER TABLE .. RENAME {COLUMN | INDEX | KEY} is about something inside the table.
    [[nodiscard]] bool renames_table() const {
        const Token* next = peek(1);
        return next != nullptr && !next->is("COLUMN") && !next->is("INDEX") && !next->is("KEY") &&
               !next->is("CONSTRAINT");
    }

    void note_query(const Token& token) {
        const bool may_be_table_query =
            found_.kind == StatementKind::kInsert || found_.kind == StatementKind::kCreateTable;
        if (token.is("SELECT") || (token.is("TABLE") && may_be_table_query))
            found_.holds_query = true;
    }

    void note_unsteady(const Token& token) {
        if (!found_.unsteady.empty())
            return;
        const Token* next = peek(1);
        const bool is_call =
            token.kind == TokenKind::kWord && next != nullptr && next->is_symbol('(');
        const std::string upper = absl::AsciiStrToUpper(std::string(token.text));
        const bool is_sequence =
            (token.is("NEXT") || token.is("PREVIOUS")) && next != nullptr && next->is("VALUE");
        const bool is_listed =
            is_call &&
            std::find(std::begin(kUnsteadyFunctions), std::end(kUnsteadyFunctions), upper) !=
                std::end(kUnsteadyFunctions);
        const bool picks_rows = token.is("LIMIT") && found_.kind != StatementKind::kInsert;
        if (is_listed || is_sequence || picks_rows || token.is("CURRENT_USER") ||
            token.is_symbol('@'))
            found_.unsteady = upper;
    }

    std::span<const Token> tokens_;
    std::size_t at_ = 0;
    Scanned found_;
};

}  // namespace

bool changes_rows(StatementKind kind) {
    return kind == StatementKind::kInsert || kind == StatementKind::kUpdate ||
           kind == StatementKind::kDelete;
}

absl::StatusOr<Scanned> scan(std::span<const Token> tokens) {
    return Scanner(tokens).run();
}

}  // namespace mosaic::migrate
