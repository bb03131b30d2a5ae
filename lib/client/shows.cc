#include "client/shows.h"

#include "base/status.h"
#include "client/tables.h"
#include "plan/plan.h"
#include "sql/lexer.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <initializer_list>
#include <string_view>
#include <utility>

namespace mosaic::client {
namespace {

using sql::Token;
using sql::TokenKind;

std::string without_quotes(std::string_view quoted) {
    std::string name;
    const char quote = quoted.front();
    for (std::size_t i = 1; i + 1 < quoted.size(); ++i) {
        name += quoted[i];
        if (quoted[i] == quote)
            ++i;  // doubled
    }
    return name;
}

/// Reads what follows SHOW, word by word.
class ShowReader {
public:
    ShowReader(std::string_view text, const sql::Syntax& syntax)
        : text_(text), lexer_(text, syntax) {
        take();
    }

    [[nodiscard]] const Token& peek() const { return token_; }

    void take() { token_ = lexer_.next(); }

    [[nodiscard]] bool is_at(std::initializer_list<std::string_view> words) const {
        return token_.kind == TokenKind::kWord &&
               std::ranges::any_of(words, [&](std::string_view word) {
                   return sql::same_word(token_.text, word);
               });
    }

    bool accept(std::initializer_list<std::string_view> words) {
        if (!is_at(words))
            return false;
        take();
        return true;
    }

    bool accept_dot() {
        const bool is_dot = token_.kind == TokenKind::kSymbol && token_.text == ".";
        if (is_dot)
            take();
        return is_dot;
    }

    /// A name without its quotes.
    std::optional<std::string> name() {
        if (token_.kind != TokenKind::kWord && token_.kind != TokenKind::kQuotedName)
            return std::nullopt;
        std::string name(token_.text);
        if (token_.kind == TokenKind::kQuotedName)
            name = without_quotes(name);
        take();
        return name;
    }

    /// The text behind LIKE, without its quotes; it stays to be taken.
    std::optional<std::string> pattern() {
        take();
        if (token_.kind != TokenKind::kText)
            return std::nullopt;
        return without_quotes(token_.text);
    }

    /// All that is left, as written; none: it asks other tables.
    std::optional<std::string> rest() {
        const std::size_t begin = token_.begin;
        for (; token_.kind != TokenKind::kEnd && token_.kind != TokenKind::kBad; take()) {
            if (is_at({"SELECT"}))
                return std::nullopt;
        }
        return std::string(text_.substr(std::min(begin, text_.size())));
    }

private:
    std::string_view text_;
    sql::Lexer lexer_;
    Token token_;
};

/// The table that a SHOW is about.
struct Subject {
    std::string table;
    std::string schema;  ///< Empty: not said.
};

/// `t`, `s.t`, and `t FROM s` where `may_follow`.
std::optional<Subject> read_subject(ShowReader& reader, bool may_follow) {
    std::optional<std::string> name = reader.name();
    if (!name)
        return std::nullopt;
    Subject subject{*std::move(name), {}};
    if (reader.accept_dot()) {
        subject.schema = std::exchange(subject.table, {});
        name = reader.name();
        if (!name)
            return std::nullopt;
        subject.table = *std::move(name);
    }
    if (may_follow && reader.accept({"FROM", "IN"})) {
        name = reader.name();
        if (!name)
            return std::nullopt;
        subject.schema = *std::move(name);
    }
    return subject;
}

/// `head`: up to the table. What comes behind it is kept.
absl::StatusOr<std::optional<Show>> about_table(
    std::string head, ShowReader& reader, bool may_follow, const topology::Topology& topology
) {
    const std::optional<Subject> subject = read_subject(reader, may_follow);
    const std::optional<std::string> rest = subject ? reader.rest() : std::nullopt;
    if (!rest)
        return std::nullopt;
    if (!subject->schema.empty() && subject->schema != topology.database)
        return make_error(
            errors::kForeignSchema,
            absl::StrFormat(
                "show table %s.%s: there is one database, %s",
                subject->schema,
                subject->table,
                topology.database
            )
        );
    const topology::Table* table = topology.find_table(subject->table);
    if (table == nullptr)
        return plan::unknown_table(subject->table, topology);
    Show show{std::move(head), shards_that_know(topology, *table)};
    append_identifier(show.text, table->name);
    show.text += ' ' + *rest;
    return show;
}

/// SHOW [FULL] TABLES: shards have other tables too, ours and local ones that are not there, so one
/// is asked to choose among the names.
absl::StatusOr<std::optional<Show>> about_tables(
    bool is_full, ShowReader& reader, const topology::Topology& topology
) {
    if (reader.accept({"FROM", "IN"})) {
        const std::optional<std::string> schema = reader.name();
        if (!schema || *schema != topology.database)
            return std::nullopt;
    }
    const bool is_like = reader.is_at({"LIKE"});
    const std::optional<std::string> pattern = is_like ? reader.pattern() : std::nullopt;
    const std::optional<std::string> rest = reader.rest();
    if (!rest)
        return std::nullopt;
    std::string column;
    append_identifier(column, "Tables_in_" + topology.database);
    std::string label;
    append_identifier(
        label, "Tables_in_" + topology.database + (pattern ? " (" + *pattern + ")" : "")
    );
    Show show{
        "SELECT " + column + " AS " + label + (is_full ? ", Table_type FROM (" : " FROM ("),
        one_shard_of_each_server(topology)};
    bool is_first = true;
    for (const auto& [name, table] : topology.tables) {
        show.text += is_first ? "SELECT '" : " UNION ALL SELECT '";
        show.text += name + "' COLLATE utf8mb4_general_ci AS " + column;
        if (is_full)
            show.text += ", 'BASE TABLE' AS `Table_type`";
        is_first = false;
    }
    show.text += ") AS t ";
    if (is_like)
        show.text += "WHERE " + column + " LIKE ";
    show.text += *rest + " ORDER BY 1";
    if (is_first)
        return std::nullopt;  // no table at all
    return show;
}

}  // namespace

absl::StatusOr<std::optional<Show>> show_of(
    const sql::Statement& statement, const topology::Topology& topology, const sql::Syntax& syntax
) {
    ShowReader reader(statement.text, syntax);
    ShowReader source(statement.source, syntax);
    if (reader.is_at({"CHARACTER", "CHARSET", "COLLATION", "ENGINES"}))
        return Show{"SHOW " + std::string(statement.text), one_shard_of_each_server(topology)};
    if (reader.accept({"CREATE"})) {
        if (!reader.accept({"TABLE"}))
            return std::nullopt;
        return about_table("SHOW CREATE TABLE ", reader, false, topology);
    }
    std::string head = "SHOW ";
    for (; reader.is_at({"FULL", "EXTENDED"}); reader.take())
        head += std::string(reader.peek().text) + ' ';
    if (reader.accept({"TABLES"}))
        return about_tables(head != "SHOW ", reader, topology);
    const bool is_columns = reader.is_at({"COLUMNS", "FIELDS"});
    if (!is_columns && !reader.is_at({"INDEX", "INDEXES", "KEYS"}))
        return std::nullopt;
    head += std::string(reader.peek().text) + " FROM ";
    reader.take();
    if (!reader.accept({"FROM", "IN"}))
        return std::nullopt;
    // DESCRIBE may name one column behind the table, which SHOW COLUMNS may not.
    const bool is_describe = !source.is_at({"SHOW"});
    return about_table(is_describe ? "DESCRIBE " : head, reader, !is_describe, topology);
}

}  // namespace mosaic::client
