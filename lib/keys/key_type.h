#pragma once

#include "mosaic/batch.h"
#include "mosaic/value.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mosaic::keys {

/// The class of a table group's keys: equal values of one class have equal canonical bytes.
enum class KeyClass : std::uint8_t { kInteger, kBytes, kText };

/// A shard-key column's type, as far as canonical bytes depend on it.
struct KeyType {
    KeyClass key_class = KeyClass::kInteger;
    // kInteger
    int integer_bytes = 8;  ///< 1, 2, 3, 4 or 8.
    bool is_unsigned = false;
    // kBytes and kText
    std::uint32_t length_max = 0;   ///< Bytes (kBytes) or characters (kText).
    bool is_fixed = false;          ///< BINARY(n): zero-filled; CHAR(n): blanks at the end go.
    bool pads_space = false;        ///< kText: 'a' = 'a '; the canonical bytes have no blanks at the end.
    std::string charset;            ///< kText: what the column can hold: utf8mb4, utf8mb3, latin1, ascii.
    std::string collation;          ///< kText

    /// Groups compare these: integer; bytes; text with one padding rule.
    [[nodiscard]] std::string class_name() const;
    friend bool operator==(const KeyType&, const KeyType&) = default;
};

/// The declared column, as information_schema says it.
struct KeyColumn {
    ColumnType type = ColumnType::kNull;
    bool is_unsigned = false;
    bool is_zerofill = false;
    bool is_nullable = false;
    bool is_generated = false;
    bool is_binary = false;
    std::uint32_t length_max = 0;  ///< Characters, or bytes of BINARY and VARBINARY.
    std::string charset;
    std::string collation;
};

/// The key type of a column, or why it may not be a shard key (kKeyTypeRefused, with the remedy).
[[nodiscard]] absl::StatusOr<KeyType> key_type_of(const KeyColumn& column);

/// The canonical bytes (placement.md) of `value` compared with `=` to a column of `type`, when the value
/// names exactly one key: it converts exactly, and no other key equals it under the server's
/// comparison. Empty: it names none or many, so the statement must be sent to all shards.
/// NULL is empty too (nothing equals it).
[[nodiscard]] std::optional<std::string> canonical_for_predicate(
    const KeyType& type, const Value& value
);

/// The canonical bytes of `value` as the column will store it when it is inserted: padded or trimmed
/// as the column does. An error when it does not convert exactly, does not fit, is NULL, or is text
/// that the column's character set lacks.
[[nodiscard]] absl::StatusOr<std::string> canonical_for_insert(
    const KeyType& type, const Value& value
);

/// The canonical bytes of a value as the server returned it from the column.
[[nodiscard]] std::string canonical_of_stored(const KeyType& type, std::string_view stored);

/// An SQL expression that gives CRC32(canonical bytes) for the column expression `column_sql`.
[[nodiscard]] std::string crc32_sql(const KeyType& type, std::string_view column_sql);

}  // namespace mosaic::keys
