#include "driver/columns.h"

#include <algorithm>
#include <limits>

namespace mosaic::driver {
namespace {

constexpr unsigned kBinaryCollation = 63;

ColumnType text_type(const MYSQL_FIELD& field, ColumnType plain) {
    if ((field.flags & ENUM_FLAG) != 0)
        return ColumnType::kEnum;
    if ((field.flags & SET_FLAG) != 0)
        return ColumnType::kSet;
    return plain;
}

ColumnType type_of(const MYSQL_FIELD& field) {
    switch (field.type) {
        case MYSQL_TYPE_NULL:
            return ColumnType::kNull;
        case MYSQL_TYPE_TINY:
            return ColumnType::kTinyInt;
        case MYSQL_TYPE_SHORT:
            return ColumnType::kSmallInt;
        case MYSQL_TYPE_INT24:
            return ColumnType::kMediumInt;
        case MYSQL_TYPE_LONG:
            return ColumnType::kInt;
        case MYSQL_TYPE_LONGLONG:
            return ColumnType::kBigInt;
        case MYSQL_TYPE_FLOAT:
            return ColumnType::kFloat;
        case MYSQL_TYPE_DOUBLE:
            return ColumnType::kDouble;
        case MYSQL_TYPE_DECIMAL:
        case MYSQL_TYPE_NEWDECIMAL:
            return ColumnType::kDecimal;
        case MYSQL_TYPE_YEAR:
            return ColumnType::kYear;
        case MYSQL_TYPE_DATE:
        case MYSQL_TYPE_NEWDATE:
            return ColumnType::kDate;
        case MYSQL_TYPE_TIME:
        case MYSQL_TYPE_TIME2:
            return ColumnType::kTime;
        case MYSQL_TYPE_DATETIME:
        case MYSQL_TYPE_DATETIME2:
            return ColumnType::kDatetime;
        case MYSQL_TYPE_TIMESTAMP:
        case MYSQL_TYPE_TIMESTAMP2:
            return ColumnType::kTimestamp;
        case MYSQL_TYPE_BIT:
            return ColumnType::kBit;
        case MYSQL_TYPE_JSON:
            return ColumnType::kJson;
        case MYSQL_TYPE_ENUM:
            return ColumnType::kEnum;
        case MYSQL_TYPE_SET:
            return ColumnType::kSet;
        case MYSQL_TYPE_TINY_BLOB:
        case MYSQL_TYPE_MEDIUM_BLOB:
        case MYSQL_TYPE_LONG_BLOB:
        case MYSQL_TYPE_BLOB:
            return ColumnType::kText;
        case MYSQL_TYPE_VARCHAR:
        case MYSQL_TYPE_VAR_STRING:
            return text_type(field, ColumnType::kVarchar);
        case MYSQL_TYPE_STRING:
            return text_type(field, ColumnType::kChar);
        case MYSQL_TYPE_GEOMETRY:
            return ColumnType::kGeometry;
        case MAX_NO_FIELD_TYPES:
            break;
    }
    return ColumnType::kText;  // a type newer than this connector: its text is still exact
}

// Numbers and dates are sent in the binary character set too, but they are no bytes.
bool holds_bytes(ColumnType type) {
    return type == ColumnType::kChar || type == ColumnType::kVarchar || type == ColumnType::kText ||
           type == ColumnType::kEnum || type == ColumnType::kSet || type == ColumnType::kBit ||
           type == ColumnType::kGeometry;
}

// Servers flag YEAR and TIMESTAMP unsigned too, which says nothing.
bool is_number(ColumnType type) {
    return (type >= ColumnType::kTinyInt && type <= ColumnType::kDecimal) ||
           type == ColumnType::kBit;
}

template <typename Narrow>
Narrow narrow(unsigned long number) {
    constexpr unsigned long kMax = std::numeric_limits<Narrow>::max();
    return static_cast<Narrow>(std::min(number, kMax));
}

}  // namespace

std::vector<Column> columns_of(const MYSQL_FIELD* fields, unsigned count) {
    std::vector<Column> columns(count);
    for (unsigned i = 0; i < count; ++i) {
        const MYSQL_FIELD& field = fields[i];
        Column& column = columns[i];
        column.name.assign(field.name, field.name_length);
        column.type = type_of(field);
        column.is_unsigned = (field.flags & UNSIGNED_FLAG) != 0 && is_number(column.type);
        column.is_binary = field.charsetnr == kBinaryCollation && holds_bytes(column.type);
        column.decimals = narrow<std::uint8_t>(field.decimals);
        column.length = narrow<std::uint32_t>(field.length);
        column.collation = narrow<std::uint16_t>(field.charsetnr);
    }
    return columns;
}

}  // namespace mosaic::driver
