#pragma once

#include "one_server.h"
#include "random_tree.h"

#include <string>
#include <vector>

namespace mosaic::oracle {

/// A column that generated statements may use.
struct ColumnFacts {
    std::string name;
    Kind kind = Kind::kInteger;
    std::string collation;
    bool is_nullable = false;
    bool is_unsigned = false;
    bool is_big = false;       ///< Arithmetic on it may leave its type's range.
    bool is_computed = false;  ///< Of a derived table: no bare column.
    Shown shown = Shown::kExact;
    std::vector<std::string> samples;  ///< Its values, as literals.
};

struct TableFacts {
    std::string name;
    std::vector<ColumnFacts> columns;
    std::vector<std::size_t> key;  ///< The columns of a unique key; empty: it has none.
    std::size_t rows = 0;
};

/// What the tables look like and hold, from the one server.
[[nodiscard]] std::vector<TableFacts> read_tables(
    OneServer& one, const std::vector<std::string>& names
);

}  // namespace mosaic::oracle
