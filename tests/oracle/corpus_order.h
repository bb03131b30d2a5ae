#pragma once

#include "answer.h"
#include "corpus.h"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::oracle {

/// What of an answer's order a statement fixes.
struct FixedOrder {
    Order columns;  ///< By output columns: the items of ORDER BY up to the first of another kind.
    bool has_more = false;  ///< There is such an item.
};

/// \pre `columns` are those of the answer.
[[nodiscard]] FixedOrder order_of(std::string_view sql, const std::vector<Column>& columns);

/// A statement with the items of its ORDER BY before its own columns: its answer shows by what the
/// rows were sorted.
struct KeyedStatement {
    std::string sql;
    std::size_t keys = 0;  ///< Columns that were put before the others.
    /// Names in the keys may mean other columns than in ORDER BY: equal keys show something, others
    /// nothing.
    bool is_guess = false;
};

/// The ways to write it so; the server may refuse one.
[[nodiscard]] std::vector<KeyedStatement> with_order_keys(std::string_view sql);

/// Whether `rows` stand in an order that has the same sequence of keys as `keyed`, the answer to
/// the keyed statement. \pre both have the same rows, keys apart.
[[nodiscard]] bool has_same_keys(
    const std::vector<Row>& rows, const std::vector<Row>& keyed, std::size_t keys
);

}  // namespace mosaic::oracle
