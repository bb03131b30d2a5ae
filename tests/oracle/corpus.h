#pragma once

#include "mosaic/value.h"

#include <absl/status/statusor.h>

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Statements as data files. A comment line starts with `#`; a statement ends with a line that ends
/// in `;`; the `-- word: ..` lines after it say how it is run and compared:
///
///     # point lookup, rule 1
///     SELECT name, age FROM users WHERE id = ? ORDER BY 2;
///     -- bind: 42
///
/// bind: 42, 'x', NULL, x'00ff', 1.5, 1e0   values of the `?`
/// order: 2, 1     output columns whose sequence ORDER BY fixes; `exact`: it fixes whole rows;
///                 `none`: the ORDER BY is not the statement's own. Needed where ORDER BY names
///                 anything but positions.
/// ci: 1 COLLATION column 1 is compared by weight (query.md, rule 16)
/// approx: 2       column 2 is a sum of doubles (rule 16)
/// error: 1062     the one server must answer with one of these errors
/// refused: MO-3201  what Mosaic may answer instead of the answer
/// best effort     a write that may touch several shards
/// partial         a write that fails; over shards it may have been done in part
/// cleanup         a write whose count of affected rows is not compared
/// computed: 1     which of the text types, or of the integer types, column 1 has is the server's
///                 choice: it depends on whether a temporary table is on the way
/// warnings        how many there are is not compared: values that do not convert
/// session: NAME   runs in the session of this name, which the file's earlier cases began
/// only: mariadb   or mysql: the other kind of server does not know the statement
namespace mosaic::oracle {

enum class Dialect : std::uint8_t { kMariaDb, kMySql };

/// How the order of an answer's rows is compared.
struct Order {
    enum class Kind : std::uint8_t { kNone, kColumns, kExact };
    Kind kind = Kind::kNone;
    std::vector<std::size_t> columns;  ///< kColumns: from 0.
};

struct BoundValue {
    Value value;
    std::string literal;  ///< The same in SQL.
};

struct Case {
    std::string where;    ///< `lookups.cases:12`
    std::string comment;  ///< The `#` lines before it.
    std::string sql;
    std::vector<BoundValue> values;
    Order order;
    std::map<std::size_t, std::string> collations;  ///< By column: compared by weight.
    std::vector<std::size_t> approximate;
    std::vector<std::size_t> computed;
    std::vector<int> errors;
    std::vector<std::string> refusals;
    std::string session;
    bool is_best_effort = false;
    bool may_be_partial = false;
    bool is_cleanup = false;
    /// How often it warns is open: as often as a server looks at a value that does not convert.
    bool may_warn_otherwise = false;
    std::string written_table;  ///< Empty: no write.
};

/// The cases of a file for this kind of server. Every mistake in it is an error that names its
/// line.
[[nodiscard]] absl::StatusOr<std::vector<Case>> read_cases(
    const std::filesystem::path& file, Dialect dialect
);

/// The table that CREATE TABLE, INSERT INTO, REPLACE INTO, UPDATE or DELETE FROM names.
[[nodiscard]] std::string table_of(std::string_view statement);

/// The statement without its own LIMIT (in no parentheses). Empty: it has none.
[[nodiscard]] std::optional<std::string> without_limit(std::string_view statement);

/// The statement in words: in no quotes, comments and parentheses.
[[nodiscard]] std::vector<std::string> outer_words(std::string_view statement);

}  // namespace mosaic::oracle
