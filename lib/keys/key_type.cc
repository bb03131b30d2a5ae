#include "keys/key_type.h"

#include "base/status.h"
#include "keys/charset.h"

#include <absl/strings/str_format.h>

#include <array>

namespace mosaic::keys {
namespace {

absl::StatusOr<KeyType> refused(std::string_view what, std::string_view remedy) {
    return make_error(
        errors::kKeyTypeRefused, absl::StrFormat("take a column as shard key: %s; %s", what, remedy)
    );
}

constexpr std::string_view kUseAnother =
    "use an integer, BINARY, VARBINARY, or CHAR or VARCHAR with a _bin collation";

// Bytes of an integer type; empty: no integer.
std::optional<int> integer_bytes_of(ColumnType type) {
    switch (type) {
        case ColumnType::kTinyInt:
            return 1;
        case ColumnType::kSmallInt:
            return 2;
        case ColumnType::kMediumInt:
            return 3;
        case ColumnType::kInt:
            return 4;
        case ColumnType::kBigInt:
            return 8;
        case ColumnType::kNull:
        case ColumnType::kFloat:
        case ColumnType::kDouble:
        case ColumnType::kDecimal:
        case ColumnType::kYear:
        case ColumnType::kDate:
        case ColumnType::kTime:
        case ColumnType::kDatetime:
        case ColumnType::kTimestamp:
        case ColumnType::kChar:
        case ColumnType::kVarchar:
        case ColumnType::kText:
        case ColumnType::kEnum:
        case ColumnType::kSet:
        case ColumnType::kBit:
        case ColumnType::kJson:
        case ColumnType::kGeometry:
            return std::nullopt;
    }
    return std::nullopt;
}

std::string_view type_name(const KeyColumn& column) {
    if (column.type == ColumnType::kNull)
        return "of a type that this library does not know";
    if (column.type == ColumnType::kText && column.is_binary)
        return "BLOB";
    return to_string(column.type);
}

// How a binary collation treats blanks at the end.
struct BinaryCollation {
    bool pads_space;
};

// Empty: the collation is not binary, or not of the charset. `utf8_bin` is utf8mb3's under its old
// name.
std::optional<BinaryCollation> binary_collation(Charset charset, std::string_view name) {
    constexpr std::array<std::string_view, 4> kPadding = {
        "utf8mb4_bin", "utf8mb3_bin", "latin1_bin", "ascii_bin"};
    constexpr std::array<std::string_view, 4> kNotPadding = {
        "utf8mb4_nopad_bin", "utf8mb3_nopad_bin", "latin1_nopad_bin", "ascii_nopad_bin"};
    const auto index = static_cast<std::size_t>(charset);
    if (name == kPadding[index] || (charset == Charset::kUtf8mb3 && name == "utf8_bin"))
        return BinaryCollation{.pads_space = true};
    if (name == kNotPadding[index] || (charset == Charset::kUtf8mb3 && name == "utf8_nopad_bin") ||
        (charset == Charset::kUtf8mb4 && name == "utf8mb4_0900_bin"))
        return BinaryCollation{.pads_space = false};
    return std::nullopt;
}

absl::StatusOr<KeyType> text_type_of(const KeyColumn& column) {
    const std::optional<Charset> charset = charset_of(column.charset);
    if (!charset) {
        return refused(
            absl::StrFormat("its character set is %s", column.charset),
            "use utf8mb4, utf8mb3, latin1 or ascii, with a _bin collation"
        );
    }
    const auto collation = binary_collation(*charset, column.collation);
    if (!collation) {
        return refused(
            absl::StrFormat(
                "its collation %s is not binary, so different texts may be equal", column.collation
            ),
            absl::StrFormat("use %s_bin", column.charset)
        );
    }
    KeyType type;
    type.key_class = KeyClass::kText;
    type.length_max = column.length_max;
    type.is_fixed = column.type == ColumnType::kChar;
    type.pads_space = collation->pads_space;
    type.charset = column.charset;
    type.collation = column.collation;
    return type;
}

}  // namespace

std::string KeyType::class_name() const {
    switch (key_class) {
        case KeyClass::kInteger:
            return "integer";
        case KeyClass::kBytes:
            return "bytes";
        case KeyClass::kText:
            return pads_space ? "text (PAD SPACE)" : "text (NO PAD)";
    }
    return "";
}

absl::StatusOr<KeyType> key_type_of(const KeyColumn& column) {
    if (column.is_nullable)
        return refused("it may be NULL", "declare it NOT NULL");
    if (column.is_generated) {
        return refused("it is a generated column", "use a column that statements give a value to");
    }
    if (const std::optional<int> bytes = integer_bytes_of(column.type)) {
        if (column.is_zerofill)
            return refused("it is ZEROFILL, so it is not returned as its number", "drop ZEROFILL");
        KeyType type;
        type.integer_bytes = *bytes;
        type.is_unsigned = column.is_unsigned;
        return type;
    }
    if (column.type != ColumnType::kChar && column.type != ColumnType::kVarchar)
        return refused(absl::StrFormat("it is %s", type_name(column)), kUseAnother);
    if (!column.is_binary)
        return text_type_of(column);
    KeyType type;
    type.key_class = KeyClass::kBytes;
    type.length_max = column.length_max;
    type.is_fixed = column.type == ColumnType::kChar;
    return type;
}

std::string crc32_sql(const KeyType& type, std::string_view column_sql) {
    if (type.key_class != KeyClass::kText)
        return absl::StrFormat("CRC32(%s)", column_sql);
    if (!type.is_fixed && !type.pads_space)
        return absl::StrFormat("CRC32(CONVERT(%s USING utf8mb4))", column_sql);
    // COALESCE: under sql_mode ORACLE TRIM() gives NULL where nothing is left.
    return absl::StrFormat(
        "COALESCE(CRC32(TRIM(TRAILING ' ' FROM CONVERT(%s USING utf8mb4))), 0)", column_sql
    );
}

}  // namespace mosaic::keys
