#pragma once

#include "migrate/tokens.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mosaic::migrate {

enum class StatementKind : std::uint8_t {
    kCreateTable,
    kAlterTable,
    kDropTable,
    kRenameTable,
    kTruncate,
    kCreateIndex,
    kDropIndex,
    kCreateTrigger,
    kDropTrigger,
    kInsert,  ///< And REPLACE.
    kUpdate,
    kDelete,
};

/// Whether it changes rows, in a transaction, and not a definition.
[[nodiscard]] bool changes_rows(StatementKind kind);

/// What must be known of a statement to ship it.
struct Scanned {
    StatementKind kind = StatementKind::kCreateTable;
    /// Must live in one place; the first is the one the statement is about.
    std::vector<std::string> tables;
    std::vector<std::string> referenced;  ///< Of foreign keys.
    std::string trigger;                  ///< kCreateTrigger, kDropTrigger
    bool makes_auto_increment = false;
    bool holds_query = false;  ///< Reads other rows than those it changes.
    /// What would give each copy of a reference table another value, as written: `UUID`; else
    /// empty.
    std::string unsteady;
};

/// Finds a statement's kind and tables. Its grammar is the server's business.
///
/// \return For what cannot be shipped, an error that says why and what to do instead; it has no
///     error id yet: who knows file and line adds it.
[[nodiscard]] absl::StatusOr<Scanned> scan(std::span<const Token> tokens);

}  // namespace mosaic::migrate
