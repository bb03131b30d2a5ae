// module: types
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic {

/// A column's type as the server's protocol reports it, with ENUM and SET told apart by their flags.
enum class ColumnType : std::uint8_t {
    kNull,
    kTinyInt,
    kSmallInt,
    kMediumInt,
    kInt,
    kBigInt,
    kFloat,
    kDouble,
    kDecimal,
    kYear,
    kDate,
    kTime,
    kDatetime,
    kTimestamp,
    kChar,     ///< CHAR, and BINARY when is_binary.
    kVarchar,  ///< VARCHAR, and VARBINARY when is_binary.
    kText,     ///< TINYTEXT to LONGTEXT, and the BLOBs when is_binary.
    kEnum,
    kSet,
    kBit,
    kJson,
    kGeometry,
};

[[nodiscard]] std::string_view to_string(ColumnType type);

/// What a result says of one of its columns.
struct Column {
    std::string name;
    ColumnType type = ColumnType::kNull;
    bool is_unsigned = false;
    bool is_binary = false;      ///< The `binary` character set: bytes, not text.
    std::uint8_t decimals = 0;   ///< Digits after the point; 31 or more: not fixed (FLOAT, DOUBLE).
    std::uint32_t length = 0;    ///< Display length in bytes, as the server says it.
    std::uint16_t collation = 0; ///< Number of the collation that the values are sent in.

    friend bool operator==(const Column&, const Column&) = default;
};

/// Rows as they came from the server: one text per cell, all in one buffer.
///
/// \par Lifetime
/// A cell's view is valid until the batch is changed or destroyed.
/// \par Cost
/// Two allocations a batch, whatever its rows; clear() keeps both.
class Batch {
public:
    /// Forgets all rows; the cells of a row are `column_count` from now on.
    void clear(std::size_t column_count);

    [[nodiscard]] std::size_t row_count() const {
        return column_count_ == 0 ? 0 : cells_.size() / column_count_;
    }
    [[nodiscard]] std::size_t column_count() const { return column_count_; }
    [[nodiscard]] bool empty() const { return cells_.empty(); }
    /// Bytes of the cells, without overhead.
    [[nodiscard]] std::size_t byte_count() const { return bytes_.size(); }

    /// NULL is nullopt.
    [[nodiscard]] std::optional<std::string_view> cell(std::size_t row, std::size_t column) const {
        const Cell& cell = cells_[row * column_count_ + column];
        if (cell.size == kNull)
            return std::nullopt;
        return std::string_view(bytes_).substr(cell.begin, cell.size);
    }

    /// Appends the next cell, in row order. Rows must be filled completely.
    void append(std::string_view text) {
        cells_.push_back({bytes_.size(), static_cast<std::uint32_t>(text.size())});
        bytes_.append(text);
    }
    void append_null() { cells_.push_back({bytes_.size(), kNull}); }
    /// Appends row `row` of `other`, its first column_count() cells.
    void append_row(const Batch& other, std::size_t row);

private:
    static constexpr std::uint32_t kNull = 0xFFFFFFFF;
    struct Cell {
        std::size_t begin;
        std::uint32_t size;
    };

    std::size_t column_count_ = 0;
    std::string bytes_;
    std::vector<Cell> cells_;
};

}  // namespace mosaic
