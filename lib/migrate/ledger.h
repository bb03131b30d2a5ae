#pragma once

#include "driver/connection.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// `_mosaic_migrations` in each shard's schema: what was done there.
namespace mosaic::migrate {

/// What the ledger notes before a statement runs that commits by itself, so that a crash between
/// the statement and the next note can be resolved: a definition is changed fully or not at all, so
/// the fingerprint tells which.
struct RunningNote {
    std::string checksum;     ///< Of the statements up to and with this one.
    std::string fingerprint;  ///< Of its tables, before it.
};

/// One migration on one shard.
struct LedgerRow {
    std::uint64_t version = 0;
    std::string title;
    std::string checksum;  ///< Of the statements that are done.
    std::uint32_t statement_count = 0;
    std::uint32_t statements_done = 0;
    std::optional<RunningNote> running;  ///< Statement number statements_done may be done or not.
    std::string error;                   ///< Why the last attempt failed; empty: it did not.
    std::string started;
    std::string finished;  ///< Empty: not yet. UTC, as the server's clock has it.

    [[nodiscard]] bool is_finished() const { return !finished.empty(); }
};

/// Makes the ledger where it is missing.
absl::Status create_ledger(driver::Connection& connection, std::string_view schema);

/// All rows by version. A schema without a ledger has none.
[[nodiscard]] absl::StatusOr<std::vector<LedgerRow>> read_ledger(
    driver::Connection& connection, std::string_view schema
);

/// Adds the row of a migration that begins; one that is there stays as it is.
absl::Status open_row(
    driver::Connection& connection, std::string_view schema, const LedgerRow& row
);

enum class RowState : std::uint8_t { kUnderWay, kFinished };

/// Writes what is done and what runs. kFinished sets the time as well.
absl::Status save_row(
    driver::Connection& connection, std::string_view schema, const LedgerRow& row, RowState state
);

/// What the tables look like on the shard: changes when a statement changes their definition. A
/// table that is missing has one too.
[[nodiscard]] absl::StatusOr<std::string> fingerprint(
    driver::Connection& connection, std::string_view schema, const std::vector<std::string>& tables
);

/// The same for a trigger.
[[nodiscard]] absl::StatusOr<std::string> fingerprint_of_trigger(
    driver::Connection& connection, std::string_view schema, std::string_view trigger
);

/// Runs a statement and reads whatever it gives to the end. Waits as long as it takes.
absl::Status run_statement(
    driver::Connection& connection, std::string_view schema, std::string_view sql
);

}  // namespace mosaic::migrate
