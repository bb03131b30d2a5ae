#include "client/answers.h"

#include "base/status.h"
#include "client/stream_source.h"
#include "exec/streams.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::client {
namespace {

constexpr std::uint16_t kUtf8mb4 = 45;  // utf8mb4_general_ci, as the protocol numbers it

std::unique_ptr<RowStream> one_column(
    std::string name, const std::vector<std::string>& cells, std::uint8_t decimals = 0
) {
    Column column;
    column.decimals = decimals;
    column.name = std::move(name);
    column.type = ColumnType::kVarchar;
    column.length = 64 * 4;
    column.collation = kUtf8mb4;
    Batch batch;
    batch.clear(1);
    for (const std::string& cell : cells) batch.append(cell);
    std::vector<Batch> batches;
    batches.push_back(std::move(batch));
    return std::make_unique<exec::BufferedStream>(
        std::vector<Column>{std::move(column)}, std::move(batches), 0
    );
}

// The words of what follows SHOW, upper case but for names.
std::vector<std::string> words_of(std::string_view text) {
    const std::string copy(text);
    std::vector<std::string> words =
        absl::StrSplit(copy, absl::ByAnyChar(" \t\r\n"), absl::SkipEmpty());
    return words;
}

std::string bare_name(std::string name) {
    if (name.size() >= 2 && name.front() == '`' && name.back() == '`')
        return name.substr(1, name.size() - 2);
    return name;
}

bool is_word(const std::vector<std::string>& words, std::size_t at, const char* word) {
    return at < words.size() && absl::EqualsIgnoreCase(words[at], word);
}

std::unique_ptr<RowStream> show(std::string_view text, const topology::Topology& topology) {
    const std::vector<std::string> words = words_of(text);
    if ((is_word(words, 0, "DATABASES") || is_word(words, 0, "SCHEMAS")) && words.size() == 1)
        return one_column("Database", {topology.database});
    const bool names_database =
        words.size() == 3 && (is_word(words, 1, "FROM") || is_word(words, 1, "IN"));
    if (!is_word(words, 0, "TABLES") || (words.size() != 1 && !names_database))
        return nullptr;
    if (names_database && bare_name(words[2]) != topology.database)
        return nullptr;
    std::vector<std::string> names;
    for (const auto& [name, table] : topology.tables) names.push_back(name);
    std::sort(names.begin(), names.end());
    return one_column("Tables_in_" + topology.database, names);
}

// SELECT DATABASE(), as clients send it after they have connected.
std::unique_ptr<RowStream> select_database(
    const sql::Query& query,
    const topology::Topology& topology,
    const std::function<bool()>& is_mariadb
) {
    if (query.select == nullptr || !query.with.empty() || query.limit != nullptr)
        return nullptr;
    const sql::Select& select = *query.select;
    if (select.from != nullptr || select.where != nullptr || select.having != nullptr ||
        !select.group_by.empty() || select.items.size() != 1)
        return nullptr;
    const sql::SelectItem& item = select.items.front();
    const sql::Expr& call = *item.expr;
    const std::string name(call.text);
    if (call.kind != sql::ExprKind::kFunction || !call.args.empty() || !call.schema.empty() ||
        !(absl::EqualsIgnoreCase(name, "DATABASE") || absl::EqualsIgnoreCase(name, "SCHEMA")))
        return nullptr;
    // Servers say of a text that is computed that its decimals are not fixed, each with its number.
    return one_column(
        std::string(item.alias.empty() ? item.source : item.alias),
        {topology.database},
        is_mariadb() ? 39 : 31
    );
}

}  // namespace

absl::Status check_no_control(const Answer& answer) {
    if (!answer.control)
        return absl::OkStatus();
    return make_error(
        errors::kSessionNeeded,
        absl::StrFormat(
            "run `%s`: it changes a session, and this call has none of its own; use "
            "Client::session(), begin() or transact()",
            answer.control->source
        )
    );
}

absl::StatusOr<Value> limit_of(const Value& value, std::uint16_t index) {
    std::uint64_t number = 0;
    switch (value.kind()) {
        case ValueKind::kNull:
            return Value(std::uint64_t{0});
        case ValueKind::kUint:
            return value;
        case ValueKind::kInt:
            if (value.as_int() >= 0)
                return value;
            break;
        case ValueKind::kText:
            if (absl::SimpleAtoi(
                    absl::string_view(value.text().data(), value.text().size()), &number
                ))
                return Value(number);
            break;
        default:  // NOLINT: no other kind is a whole number
            break;
    }
    return make_error(
        errors::kLimitInvalid,
        absl::StrFormat(
            "bind LIMIT and OFFSET: value %d is not a whole number of at least 0; bind one",
            index + 1
        )
    );
}

absl::Status check_values(const plan::Plan& plan, std::span<const Value> values) {
    if (values.size() != plan.parameter_count)
        return make_error(
            errors::kParameterCount,
            absl::StrFormat(
                "bind values: the statement has %d `?` and %d values were given; give one for each",
                plan.parameter_count,
                values.size()
            )
        );
    for (std::size_t i = 0; i < values.size(); ++i) {
        if (values[i].kind() == ValueKind::kDouble && !std::isfinite(values[i].as_double()))
            return make_error(
                errors::kValueUnsendable,
                absl::StrFormat(
                    "bind value %d: it is not a number or infinite, and SQL has no literal for "
                    "that; "
                    "bind NULL",
                    i + 1
                )
            );
    }
    return absl::OkStatus();
}

absl::Status check_insert_id(const plan::Plan& plan, const Surroundings& in) {
    const bool is_kept = in.last_insert_id != nullptr && plan.access == plan::Access::kRead;
    if (!plan.reads_last_insert_id || is_kept)
        return absl::OkStatus();
    return make_error(
        errors::kFunctionRefused,
        in.last_insert_id == nullptr
            ? "call LAST_INSERT_ID(): it is a session's, and this call has none; use "
              "Client::session(), or Done::last_insert_id"
            : "call LAST_INSERT_ID() in a write that sets it too: which call comes first is one "
              "server's business; bind the value"
    );
}

absl::StatusOr<Done> done_of(Answer answer) {
    MOSAIC_RETURN_IF_ERROR(check_no_control(answer));
    if (answer.rows)
        return make_error(
            errors::kGivesRows, "execute: the statement gives rows; query() or stream() it"
        );
    Done done;
    done.affected_rows = answer.effect.affected_rows;
    done.warnings = answer.effect.warnings;
    done.info = std::move(answer.effect.info);
    done.last_insert_id = answer.first_id;
    if (!done.last_insert_id && answer.effect.insert_id != 0)
        done.last_insert_id = Id(answer.effect.insert_id);
    return done;
}

absl::StatusOr<Stream> stream_of(std::shared_ptr<Client::State> client, Answer answer) {
    MOSAIC_RETURN_IF_ERROR(check_no_control(answer));
    if (!answer.rows)
        return make_error(errors::kNoRows, "stream: the statement gives no rows; execute() it");
    auto source = std::make_unique<Stream::Source>();
    source->client = std::move(client);
    source->connection = std::move(answer.connection);
    source->rows = std::move(answer.rows);
    source->missing_shards = std::move(answer.missing_shards);
    return Stream(std::move(source));
}

std::unique_ptr<RowStream> local_answer(
    const sql::Statement& statement,
    const topology::Topology& topology,
    const std::function<bool()>& is_mariadb
) {
    if (statement.kind == sql::StatementKind::kShow)
        return show(statement.text, topology);
    if (statement.kind == sql::StatementKind::kQuery)
        return select_database(*statement.query, topology, is_mariadb);
    return nullptr;
}

}  // namespace mosaic::client
