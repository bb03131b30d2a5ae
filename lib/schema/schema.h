#pragma once

#include "base/string_map.h"
#include "mosaic/batch.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What the servers' tables look like: pure data, read by lib/inspect.
namespace mosaic::schema {

struct ColumnDef {
    std::string name;
    ColumnType type = ColumnType::kNull;
    bool is_unsigned = false;
    bool is_zerofill = false;
    bool is_nullable = true;
    bool is_generated = false;
    bool is_auto_increment = false;
    bool is_invisible = false;     ///< No part of `*`.
    bool is_binary = false;        ///< BINARY, VARBINARY, BLOB.
    bool has_default = false;      ///< Or is nullable: an INSERT may leave it out.
    bool is_other = false;         ///< A type outside ColumnType (UUID, INET6, VECTOR ..): never merged.
    std::uint32_t length_max = 0;  ///< Characters, or bytes where is_binary.
    std::uint8_t precision = 0;    ///< DECIMAL
    std::uint8_t scale = 0;        ///< DECIMAL; fractional seconds of TIME, DATETIME, TIMESTAMP.
    std::string charset;           ///< Empty: no text.
    std::string collation;
    std::string type_text;         ///< `decimal(10,2) unsigned`, as the server says it.
};

struct IndexDef {
    std::string name;  ///< PRIMARY, or the key's name.
    bool is_unique = false;
    std::vector<std::string> columns;
};

struct ForeignKeyDef {
    std::string name;
    std::vector<std::string> columns;
    std::string referenced_schema;
    std::string referenced_table;
    std::vector<std::string> referenced_columns;
};

struct TableDef {
    std::string name;
    bool is_view = false;
    std::vector<ColumnDef> columns;  ///< In the table's order.
    std::vector<IndexDef> indexes;
    std::vector<ForeignKeyDef> foreign_keys;
    std::vector<std::string> triggers;

    /// Case-insensitive, as in MySQL. Null: no such column.
    [[nodiscard]] const ColumnDef* find_column(std::string_view name) const;
};

/// How a collation compares.
struct CollationDef {
    std::string name;
    std::string charset;
    bool pads_space = true;    ///< 'a' = 'a '.
    bool is_bytes = false;     ///< Compares like the UTF-8 bytes (utf8mb4_bin, utf8mb3_bin, ascii_bin and kin).
    std::string space_weight;  ///< WEIGHT_STRING(' '): what a shorter weight goes on with when it pads.
};

/// The tables one statement names, and their collations. A snapshot: `version` changes when any
/// definition was read anew.
struct Schema {
    std::uint64_t version = 0;
    bool is_mariadb = true;
    StringMap<std::shared_ptr<const TableDef>> tables;
    StringMap<CollationDef> collations;
    std::string connection_collation;  ///< Of literals; always in `collations`.

    [[nodiscard]] const TableDef* find_table(std::string_view name) const;
    [[nodiscard]] const CollationDef* find_collation(std::string_view name) const;
};

}  // namespace mosaic::schema
