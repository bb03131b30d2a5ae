#pragma once

#include "merge/number.h"
#include "merge/specs.h"

#include <absl/status/statusor.h>

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::merge {

/// Turns the keys of a row into bytes that compare (as unsigned bytes) as the server compares the
/// keys: sorting, grouping, DISTINCT, MIN and MAX are all comparisons of such bytes. Equal bytes
/// mean equal keys and the other way round.
///
/// \par Cost
/// What a column's type asks for is decided once, in make(). An integer key takes ten bytes.
class KeyEncoder {
public:
    /// What the bytes are for: texts of FLOAT can tell which one is less, but not whether two are
    /// equal.
    enum class Use : std::uint8_t { kIdentity, kLeast };

    [[nodiscard]] static absl::StatusOr<KeyEncoder> make(
        std::span<const SortKey> keys, std::span<const Column> columns, Use use = Use::kIdentity
    );

    /// Of GROUP BY and DISTINCT: whole values, also where a server sorts by their beginning.
    [[nodiscard]] static absl::StatusOr<KeyEncoder> make(
        std::span<const GroupKey> keys, std::span<const Column> columns
    );

    /// Appends the key of row `row`.
    [[nodiscard]] absl::Status append(std::string& out, const Batch& batch, std::size_t row) const;

    /// Whether a key of the row is NULL.
    [[nodiscard]] bool has_null(const Batch& batch, std::size_t row) const;

private:
    struct Part {
        CellClass cell_class = CellClass::kNull;
        std::size_t column = 0;
        std::size_t text_column = 0;  ///< What is compared: the column, or its weight.
        bool is_descending = false;
        std::string padding;  ///< How the shorter one goes on; empty: it doesn't.
        std::size_t prefix_max = 0;
        Column described;
    };

    [[nodiscard]] static absl::StatusOr<Part> make_part(
        const SortKey& key, std::span<const Column> columns, Use use
    );
    [[nodiscard]] static absl::Status append_value(
        std::string& out, std::string_view cell, const Part& part
    );

    std::vector<Part> parts_;
};

}  // namespace mosaic::merge
