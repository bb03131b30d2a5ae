#include "mosaic/batch.h"

namespace mosaic {

void Batch::clear(std::size_t column_count) {
    // Room for a row or two at once: most answers are small, and growing to them costs more.
    constexpr std::size_t kFirstBytes = 256;
    constexpr std::size_t kFirstCells = 16;
    column_count_ = column_count;
    bytes_.clear();
    cells_.clear();
    if (cells_.capacity() == 0) {
        bytes_.reserve(kFirstBytes);
        cells_.reserve(kFirstCells);
    }
}

void Batch::append_row(const Batch& other, std::size_t row) {
    for (std::size_t i = 0; i < column_count_; ++i) {
        if (const auto text = other.cell(row, i))
            append(*text);
        else
            append_null();
    }
}

std::string_view to_string(ColumnType type) {
    switch (type) {
        case ColumnType::kNull:
            return "NULL";
        case ColumnType::kTinyInt:
            return "TINYINT";
        case ColumnType::kSmallInt:
            return "SMALLINT";
        case ColumnType::kMediumInt:
            return "MEDIUMINT";
        case ColumnType::kInt:
            return "INT";
        case ColumnType::kBigInt:
            return "BIGINT";
        case ColumnType::kFloat:
            return "FLOAT";
        case ColumnType::kDouble:
            return "DOUBLE";
        case ColumnType::kDecimal:
            return "DECIMAL";
        case ColumnType::kYear:
            return "YEAR";
        case ColumnType::kDate:
            return "DATE";
        case ColumnType::kTime:
            return "TIME";
        case ColumnType::kDatetime:
            return "DATETIME";
        case ColumnType::kTimestamp:
            return "TIMESTAMP";
        case ColumnType::kChar:
            return "CHAR";
        case ColumnType::kVarchar:
            return "VARCHAR";
        case ColumnType::kText:
            return "TEXT";
        case ColumnType::kEnum:
            return "ENUM";
        case ColumnType::kSet:
            return "SET";
        case ColumnType::kBit:
            return "BIT";
        case ColumnType::kJson:
            return "JSON";
        case ColumnType::kGeometry:
            return "GEOMETRY";
    }
    return "";
}

}  // namespace mosaic
