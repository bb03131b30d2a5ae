#pragma once

#include "mosaic/batch.h"

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// Rows as text, for `mosaic sql`.
namespace mosaic::tool {

/// Byte for byte what `mariadb --batch` prints: names as they are; cells with NUL, tab, newline and
/// backslash as `\0 \t \n \\`, else raw; NULL as `NULL`.
void append_tsv_head(std::string& out, const std::vector<Column>& columns);
void append_tsv_row(std::string& out, const Batch& rows, std::size_t row);

/// An object per row, a row per line: numbers exact to the last digit, BIT as a number, bytes as
/// `"0x.."`, everything else as a string, NULL as null. A name that comes again gets `_2`, `_3`.
class JsonRows {
public:
    explicit JsonRows(const std::vector<Column>& columns);

    void append_row(std::string& out, const Batch& rows, std::size_t row) const;

private:
    struct Field {
        std::string name;  ///< As JSON, with quotes.
        Column column;
    };

    std::vector<Field> fields_;
};

/// Appends a JSON string, with its quotes. What is no UTF-8 becomes U+FFFD.
void append_json_string(std::string& out, std::string_view text);

/// `0x0AFF`
void append_hex(std::string& out, std::string_view bytes);

}  // namespace mosaic::tool
