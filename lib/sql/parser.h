#pragma once

#include "sql/arena.h"
#include "sql/ast.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace mosaic::sql {

/// How a server reads text: what of sql_mode and dialect changes the grammar.
struct Syntax {
    bool ansi_quotes = false;          ///< "x" is an identifier.
    bool no_backslash_escapes = false;
    bool pipes_as_concat = false;      ///< || joins texts; else it is OR.
    bool high_not_precedence = false;
    bool ignore_space = false;
    bool is_mariadb = true;            ///< Which executable comments are read: /*M!.. */, /*!NNNNN */.
    std::uint32_t server_version = 101100;  ///< 10.11.0: /*!NNNNN .. */ is read when NNNNN is at most this.

    friend bool operator==(const Syntax&, const Syntax&) = default;
};

/// Nesting of parentheses, expressions and subqueries at most; more is refused (kParseTooDeep).
inline constexpr int kParseDepthMax = 200;

/// Reads one statement; a trailing `;` is allowed, more text after it is refused.
///
/// \return A tree in `arena` with views into `text`: both must outlive it. Errors name line and
///     column, what was found and what was expected. kParseUnsupported: it may well be SQL, but it
///     is not of our grammar.
/// Cost: one pass, no allocation for a statement whose nodes fit the arena's first block.
[[nodiscard]] absl::StatusOr<const Statement*> parse(
    std::string_view text, const Syntax& syntax, Arena& arena
);

/// Splits a script at its `;` outside of literals and comments; understands DELIMITER lines.
/// Views into `text`; empty statements are left out.
[[nodiscard]] std::vector<std::string_view> split_statements(
    std::string_view text, const Syntax& syntax
);

}  // namespace mosaic::sql
