#include "inspect/read_table.h"

#include "base/status.h"
#include "inspect/fetch.h"
#include "types/literal.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::inspect {
namespace {

using schema::ColumnDef;
using schema::TableDef;

std::string text_of(const Batch& rows, std::size_t row, std::size_t column) {
    return std::string(rows.cell(row, column).value_or(std::string_view()));
}

std::uint32_t number_of(const Batch& rows, std::size_t row, std::size_t column) {
    std::uint64_t number = 0;
    if (!absl::SimpleAtoi(text_of(rows, row, column), &number))
        return 0;
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(number, 0xFFFFFFFF));
}

struct TypeName {
    const char* name;
    ColumnType type;
    bool is_binary = false;
};

// information_schema.COLUMNS.DATA_TYPE; what is not here is of no type that can be merged.
constexpr TypeName kTypes[] = {
    {"tinyint", ColumnType::kTinyInt},       {"smallint", ColumnType::kSmallInt},
    {"mediumint", ColumnType::kMediumInt},   {"int", ColumnType::kInt},
    {"bigint", ColumnType::kBigInt},         {"float", ColumnType::kFloat},
    {"double", ColumnType::kDouble},         {"decimal", ColumnType::kDecimal},
    {"year", ColumnType::kYear},             {"date", ColumnType::kDate},
    {"time", ColumnType::kTime},             {"datetime", ColumnType::kDatetime},
    {"timestamp", ColumnType::kTimestamp},   {"char", ColumnType::kChar},
    {"varchar", ColumnType::kVarchar},       {"binary", ColumnType::kChar, true},
    {"varbinary", ColumnType::kVarchar, true}, {"tinytext", ColumnType::kText},
    {"text", ColumnType::kText},             {"mediumtext", ColumnType::kText},
    {"longtext", ColumnType::kText},         {"tinyblob", ColumnType::kText, true},
    {"blob", ColumnType::kText, true},       {"mediumblob", ColumnType::kText, true},
    {"longblob", ColumnType::kText, true},   {"enum", ColumnType::kEnum},
    {"set", ColumnType::kSet},               {"bit", ColumnType::kBit},
    {"json", ColumnType::kJson},
};

ColumnDef column_of(const Batch& rows, std::size_t row) {
    ColumnDef column;
    column.name = text_of(rows, row, 0);
    const std::string data_type = absl::AsciiStrToLower(text_of(rows, row, 1));
    column.type_text = text_of(rows, row, 2);
    column.is_nullable = text_of(rows, row, 3) == "YES";
    column.has_default = column.is_nullable || rows.cell(row, 4).has_value();
    const std::string extra = absl::AsciiStrToLower(text_of(rows, row, 5));
    column.length_max = number_of(rows, row, 6);
    column.precision = static_cast<std::uint8_t>(number_of(rows, row, 7));
    column.scale = static_cast<std::uint8_t>(
        rows.cell(row, 8) ? number_of(rows, row, 8) : number_of(rows, row, 9)
    );
    column.charset = text_of(rows, row, 10);
    column.collation = text_of(rows, row, 11);
    const std::string type_text = absl::AsciiStrToLower(column.type_text);
    column.is_unsigned = absl::StrContains(type_text, "unsigned");
    column.is_zerofill = absl::StrContains(type_text, "zerofill");
    column.is_invisible = absl::StrContains(extra, "invisible");
    column.is_auto_increment = absl::StrContains(extra, "auto_increment");
    column.is_generated = absl::StrContains(extra, "generated") && !absl::StrContains(extra, "default_generated");
    const auto* known = std::find_if(std::begin(kTypes), std::end(kTypes), [&](const TypeName& type) {
        return data_type == type.name;
    });
    column.is_other = known == std::end(kTypes);
    if (!column.is_other) {
        column.type = known->type;
        column.is_binary = known->is_binary;
    }
    return column;
}

absl::Status read_columns(
    driver::Connection& connection, const std::string& where, TimePoint deadline, TableDef& table
) {
    const std::string sql =
        "SELECT COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA,"
        " CHARACTER_MAXIMUM_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE, DATETIME_PRECISION,"
        " CHARACTER_SET_NAME, COLLATION_NAME FROM information_schema.COLUMNS WHERE " +
        where + " ORDER BY ORDINAL_POSITION";
    MOSAIC_ASSIGN_OR_RETURN(const Batch rows, fetch_all(connection, sql, deadline));
    for (std::size_t row = 0; row < rows.row_count(); ++row)
        table.columns.push_back(column_of(rows, row));
    return absl::OkStatus();
}

absl::Status read_indexes(
    driver::Connection& connection, const std::string& where, TimePoint deadline, TableDef& table
) {
    const std::string sql =
        "SELECT INDEX_NAME, NON_UNIQUE, COLUMN_NAME FROM information_schema.STATISTICS WHERE " +
        where + " ORDER BY INDEX_NAME, SEQ_IN_INDEX";
    MOSAIC_ASSIGN_OR_RETURN(const Batch rows, fetch_all(connection, sql, deadline));
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
        const std::string name = text_of(rows, row, 0);
        if (table.indexes.empty() || table.indexes.back().name != name)
            table.indexes.push_back({name, text_of(rows, row, 1) == "0", {}});
        table.indexes.back().columns.push_back(text_of(rows, row, 2));
    }
    return absl::OkStatus();
}

absl::Status read_foreign_keys(
    driver::Connection& connection, const std::string& where, TimePoint deadline, TableDef& table
) {
    const std::string sql =
        "SELECT CONSTRAINT_NAME, COLUMN_NAME, REFERENCED_TABLE_SCHEMA, REFERENCED_TABLE_NAME,"
        " REFERENCED_COLUMN_NAME FROM information_schema.KEY_COLUMN_USAGE WHERE " +
        where +
        " AND REFERENCED_TABLE_NAME IS NOT NULL ORDER BY CONSTRAINT_NAME, ORDINAL_POSITION";
    MOSAIC_ASSIGN_OR_RETURN(const Batch rows, fetch_all(connection, sql, deadline));
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
        const std::string name = text_of(rows, row, 0);
        if (table.foreign_keys.empty() || table.foreign_keys.back().name != name) {
            schema::ForeignKeyDef key;
            key.name = name;
            key.referenced_schema = text_of(rows, row, 2);
            key.referenced_table = text_of(rows, row, 3);
            table.foreign_keys.push_back(std::move(key));
        }
        table.foreign_keys.back().columns.push_back(text_of(rows, row, 1));
        table.foreign_keys.back().referenced_columns.push_back(text_of(rows, row, 4));
    }
    return absl::OkStatus();
}

absl::Status read_table_type_and_triggers(
    driver::Connection& connection,
    const std::string& schema_literal,
    const std::string& table_literal,
    TimePoint deadline,
    TableDef& table
) {
    const std::string sql = absl::StrFormat(
        "SELECT 'type', TABLE_TYPE FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND"
        " TABLE_NAME = %s UNION ALL SELECT 'trigger', TRIGGER_NAME FROM information_schema.TRIGGERS"
        " WHERE EVENT_OBJECT_SCHEMA = %s AND EVENT_OBJECT_TABLE = %s",
        schema_literal,
        table_literal,
        schema_literal,
        table_literal
    );
    MOSAIC_ASSIGN_OR_RETURN(const Batch rows, fetch_all(connection, sql, deadline));
    for (std::size_t row = 0; row < rows.row_count(); ++row) {
        if (text_of(rows, row, 0) == "trigger")
            table.triggers.push_back(text_of(rows, row, 1));
        else
            table.is_view = text_of(rows, row, 1) == "VIEW";
    }
    return absl::OkStatus();
}

std::string literal(std::string_view text, const driver::Connection& connection) {
    std::string out;
    append_text_literal(out, text, connection.facts().backslash);
    return out;
}

}  // namespace

absl::StatusOr<TableDef> read_table(
    driver::Connection& connection,
    std::string_view schema_name,
    std::string_view table_name,
    TimePoint deadline
) {
    TableDef table;
    table.name = table_name;
    const std::string in_schema = literal(schema_name, connection);
    const std::string name = literal(table_name, connection);
    const std::string where =
        absl::StrFormat("TABLE_SCHEMA = %s AND TABLE_NAME = %s", in_schema, name);
    MOSAIC_RETURN_IF_ERROR(read_columns(connection, where, deadline, table));
    if (table.columns.empty()) {
        ErrorDetail detail;
        detail.shard = schema_name;
        detail.mysql_errno = 1146;
        detail.sqlstate = "42S02";
        return make_error(
            errors::kTableMissing,
            absl::StrFormat(
                "read table %s of shard %s: there is no such table; create it with `mosaic migrate up`",
                table_name,
                schema_name
            ),
            detail
        );
    }
    MOSAIC_RETURN_IF_ERROR(read_indexes(connection, where, deadline, table));
    MOSAIC_RETURN_IF_ERROR(read_foreign_keys(connection, where, deadline, table));
    MOSAIC_RETURN_IF_ERROR(
        read_table_type_and_triggers(connection, in_schema, name, deadline, table)
    );
    return table;
}

absl::StatusOr<schema::CollationDef> read_collation(
    driver::Connection& connection, std::string_view name, TimePoint deadline
) {
    const bool is_mariadb = connection.facts().kind == driver::ServerKind::kMariaDb;
    const std::string charset(name.substr(0, name.find('_')));
    // MariaDB has no PAD_ATTRIBUTE: there the name tells. Its `uca1400` family pads unless it says
    // nopad, like all others.
    const std::string sql = absl::StrFormat(
        "SELECT %s, WEIGHT_STRING(CONVERT(' ' USING %s) COLLATE %s)%s",
        is_mariadb ? "'" + std::string(absl::StrContains(std::string(name), "nopad") ? "NO PAD" : "PAD SPACE") + "'"
                   : "PAD_ATTRIBUTE",
        charset,
        name,
        is_mariadb ? std::string()
                   : " FROM information_schema.COLLATIONS WHERE COLLATION_NAME = " +
                         literal(name, connection)
    );
    MOSAIC_ASSIGN_OR_RETURN(const Batch rows, fetch_all(connection, sql, deadline));
    if (rows.row_count() != 1)
        return make_error(
            errors::kCollationUnknown,
            absl::StrFormat("read collation %s: the server does not know it", name)
        );
    schema::CollationDef collation;
    collation.name = name;
    collation.charset = charset;
    collation.pads_space = text_of(rows, 0, 0) == "PAD SPACE";
    collation.space_weight = text_of(rows, 0, 1);
    const bool is_unicode = charset == "utf8mb4" || charset == "utf8mb3" || charset == "ascii";
    collation.is_bytes = is_unicode && absl::EndsWith(std::string(name), "_bin");
    return collation;
}

absl::StatusOr<std::string> read_connection_collation(
    driver::Connection& connection, TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(
        const Batch rows, fetch_all(connection, "SELECT @@collation_connection", deadline)
    );
    return text_of(rows, 0, 0);
}

}  // namespace mosaic::inspect
