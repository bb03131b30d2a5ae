#include "migrate/ledger.h"

#include "base/status.h"
#include "inspect/fetch.h"
#include "keys/stable_hash.h"
#include "types/literal.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::migrate {
namespace {

constexpr int kNoSuchTable = 1146;
constexpr int kNoSuchTrigger = 1360;
constexpr std::size_t kErrorBytesMax = 2000;

std::string identifier(std::string_view name) {
    std::string out;
    append_identifier(out, name);
    return out;
}

std::string ledger_of(std::string_view schema) {
    return identifier(schema) + ".`_mosaic_migrations`";
}

std::string literal(const driver::Connection& connection, std::string_view text) {
    std::string out;
    append_text_literal(out, text, connection.facts().backslash);
    return out;
}

std::string text_of(const Batch& rows, std::size_t row, std::size_t column) {
    return std::string(rows.cell(row, column).value_or(std::string_view()));
}

template <typename Number>
Number number_of(const Batch& rows, std::size_t row, std::size_t column) {
    Number number = 0;
    return absl::SimpleAtoi(text_of(rows, row, column), &number) ? number : 0;
}

int errno_of(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail ? detail->mysql_errno : 0;
}

// Never cut within a character.
std::string shortened(const std::string& text) {
    std::size_t end = std::min(text.size(), kErrorBytesMax);
    while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80)
        --end;
    return text.substr(0, end);
}

// What a definition says that is no definition: the next value of AUTO_INCREMENT moves with rows.
std::string without_counter(std::string text) {
    constexpr std::string_view kCounter = " AUTO_INCREMENT=";
    const std::size_t begin = text.find(kCounter);
    if (begin == std::string::npos)
        return text;
    std::size_t end = begin + kCounter.size();
    while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    return text.erase(begin, end - begin);
}

// `missing`: the errno that says that there is none. `column`: where the definition stands.
absl::StatusOr<std::string> print_definition(
    driver::Connection& connection, const std::string& sql, int missing, std::size_t column
) {
    auto rows = inspect::fetch_all(connection, sql, TimePoint::max());
    if (!rows.ok() && errno_of(rows.status()) == missing)
        return "none";
    if (!rows.ok())
        return rows.status();
    const std::string text = without_counter(text_of(*rows, 0, column));
    return absl::StrFormat("%08x-%d", keys::stable_hash(std::string_view(text)), text.size());
}

}  // namespace

absl::Status run_statement(
    driver::Connection& connection, std::string_view schema, std::string_view sql
) {
    MOSAIC_RETURN_IF_ERROR(connection.send({.text = sql, .schema = schema}, driver::Overlap::kAlone)
    );
    Batch batch;
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(const driver::Reply reply, connection.receive());
        bool has_rows = !reply.columns.empty();
        while (has_rows) {
            MOSAIC_ASSIGN_OR_RETURN(has_rows, connection.fetch(batch));
        }
        MOSAIC_ASSIGN_OR_RETURN(const bool has_more, connection.next_result());
        if (!has_more)
            return absl::OkStatus();
    }
}

absl::Status create_ledger(driver::Connection& connection, std::string_view schema) {
    const std::string sql = absl::StrFormat(
        "CREATE TABLE IF NOT EXISTS %s ("
        "version BIGINT UNSIGNED NOT NULL PRIMARY KEY,"
        " title VARCHAR(120) NOT NULL,"
        " checksum VARCHAR(40) NOT NULL COMMENT 'of the statements that are done',"
        " statement_count INT UNSIGNED NOT NULL,"
        " statements_done INT UNSIGNED NOT NULL,"
        " running_checksum VARCHAR(40) NULL COMMENT 'of the statement that was begun',"
        " running_before VARCHAR(2000) NULL COMMENT 'its tables before it',"
        " error TEXT NULL,"
        " started DATETIME NOT NULL,"
        " finished DATETIME NULL"
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_bin",
        ledger_of(schema)
    );
    return run_statement(connection, schema, sql);
}

absl::StatusOr<std::vector<LedgerRow>> read_ledger(
    driver::Connection& connection, std::string_view schema
) {
    const std::string sql = absl::StrFormat(
        "SELECT version, title, checksum, statement_count, statements_done, running_checksum,"
        " running_before, error, started, finished FROM %s ORDER BY version",
        ledger_of(schema)
    );
    auto rows = inspect::fetch_all(connection, sql, TimePoint::max());
    std::vector<LedgerRow> ledger;
    if (!rows.ok() && errno_of(rows.status()) == kNoSuchTable)
        return ledger;
    if (!rows.ok())
        return rows.status();
    for (std::size_t i = 0; i < rows->row_count(); ++i) {
        LedgerRow& row = ledger.emplace_back();
        row.version = number_of<std::uint64_t>(*rows, i, 0);
        row.title = text_of(*rows, i, 1);
        row.checksum = text_of(*rows, i, 2);
        row.statement_count = number_of<std::uint32_t>(*rows, i, 3);
        row.statements_done = number_of<std::uint32_t>(*rows, i, 4);
        if (rows->cell(i, 5))
            row.running = RunningNote{text_of(*rows, i, 5), text_of(*rows, i, 6)};
        row.error = text_of(*rows, i, 7);
        row.started = text_of(*rows, i, 8);
        row.finished = text_of(*rows, i, 9);
    }
    return ledger;
}

absl::Status open_row(
    driver::Connection& connection, std::string_view schema, const LedgerRow& row
) {
    const std::string sql = absl::StrFormat(
        "INSERT IGNORE INTO %s (version, title, checksum, statement_count, statements_done, "
        "started)"
        " VALUES (%d, %s, %s, %d, %d, UTC_TIMESTAMP())",
        ledger_of(schema),
        row.version,
        literal(connection, row.title),
        literal(connection, row.checksum),
        row.statement_count,
        row.statements_done
    );
    return run_statement(connection, schema, sql);
}

absl::Status save_row(
    driver::Connection& connection, std::string_view schema, const LedgerRow& row, RowState state
) {
    const std::string error = shortened(row.error);
    const std::string sql = absl::StrFormat(
        "UPDATE %s SET checksum = %s, statement_count = %d, statements_done = %d,"
        " running_checksum = %s, running_before = %s, error = %s%s WHERE version = %d",
        ledger_of(schema),
        literal(connection, row.checksum),
        row.statement_count,
        row.statements_done,
        row.running ? literal(connection, row.running->checksum) : "NULL",
        row.running ? literal(connection, row.running->fingerprint) : "NULL",
        error.empty() ? "NULL" : literal(connection, error),
        state == RowState::kFinished ? ", finished = UTC_TIMESTAMP()" : "",
        row.version
    );
    return run_statement(connection, schema, sql);
}

absl::StatusOr<std::string> fingerprint(
    driver::Connection& connection, std::string_view schema, const std::vector<std::string>& tables
) {
    std::string all;
    for (const std::string& table : tables) {
        const std::string sql =
            absl::StrFormat("SHOW CREATE TABLE %s.%s", identifier(schema), identifier(table));
        MOSAIC_ASSIGN_OR_RETURN(
            const std::string one, print_definition(connection, sql, kNoSuchTable, 1)
        );
        all += (all.empty() ? "" : " ") + one;
    }
    return all;
}

absl::StatusOr<std::string> fingerprint_of_trigger(
    driver::Connection& connection, std::string_view schema, std::string_view trigger
) {
    const std::string sql =
        absl::StrFormat("SHOW CREATE TRIGGER %s.%s", identifier(schema), identifier(trigger));
    return print_definition(connection, sql, kNoSuchTrigger, 2);
}

}  // namespace mosaic::migrate
