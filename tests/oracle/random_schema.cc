#include "random_schema.h"

#include "support/test_servers.h"

#include <absl/strings/str_format.h>

#include <map>
#include <set>
#include <stdexcept>

namespace mosaic::oracle {
namespace {

std::vector<Row> rows_of(OneServer& one, const std::string& sql) {
    Answer answer = one.ask(sql);
    test::must(answer.status);
    return std::move(answer.rows);
}

Kind kind_of(const std::string& type) {
    static const std::map<std::string, Kind> kinds = {
        {"tinyint", Kind::kInteger},    {"smallint", Kind::kInteger}, {"mediumint", Kind::kInteger},
        {"int", Kind::kInteger},        {"bigint", Kind::kInteger},   {"year", Kind::kInteger},
        {"decimal", Kind::kDecimal},    {"float", Kind::kDouble},     {"double", Kind::kDouble},
        {"char", Kind::kText},          {"varchar", Kind::kText},     {"text", Kind::kText},
        {"binary", Kind::kBytes},       {"varbinary", Kind::kBytes},  {"blob", Kind::kBytes},
        {"date", Kind::kDate},          {"time", Kind::kTime},        {"datetime", Kind::kDatetime},
        {"timestamp", Kind::kDatetime}, {"enum", Kind::kSymbols},     {"set", Kind::kSymbols},
        {"bit", Kind::kBits},
    };
    const auto found = kinds.find(type);
    if (found == kinds.end())
        throw std::runtime_error("no kind of column for the type " + type);
    return found->second;
}

std::string literal_of(const ColumnFacts& column) {
    switch (column.kind) {
        case Kind::kInteger:
        case Kind::kDecimal:
            return "CAST(" + column.name + " AS CHAR)";
        case Kind::kDouble:
            return "CONCAT(" + column.name + " + 0e0, IF(" + column.name +
                   " + 0e0 LIKE '%e%', '', 'e0'))";
        case Kind::kBits:
            return column.name + " + 0";
        case Kind::kBytes:
            return "CONCAT('x''', HEX(" + column.name + "), '''')";
        case Kind::kText:
        case Kind::kDate:
        case Kind::kTime:
        case Kind::kDatetime:
        case Kind::kSymbols:
            return "QUOTE(" + column.name + ")";
    }
    return {};
}

ColumnFacts column_of(OneServer& one, const std::string& table, const Row& row) {
    ColumnFacts column;
    column.name = row[0].value();
    const std::string& type = row[1].value();
    column.kind = kind_of(type);
    column.collation = column.kind == Kind::kText ? row[3].value_or("") : "";
    column.is_unsigned = row[2].value().find("unsigned") != std::string::npos || type == "year";
    column.is_nullable = row[4] == "YES";
    column.is_big = type == "bigint" || column.kind == Kind::kDouble || row[2] == "decimal(30,10)";
    // One order on all kinds of servers, whatever their collations.
    std::set<std::string> samples;
    for (const Row& value : rows_of(
             one,
             absl::StrFormat(
                 "SELECT %s FROM %s WHERE %s IS NOT NULL", literal_of(column), table, column.name
             )
         ))
        samples.insert(value[0].value());
    column.samples.assign(samples.begin(), samples.end());
    return column;
}

}  // namespace

std::vector<TableFacts> read_tables(OneServer& one, const std::vector<std::string>& names) {
    std::vector<TableFacts> tables;
    for (const std::string& name : names) {
        TableFacts table{.name = name, .columns = {}, .key = {}, .rows = 0};
        const std::string where = absl::StrFormat(
            "WHERE table_schema = '%s' AND table_name = '%s' ", one.database(), name
        );
        for (const Row& row : rows_of(
                 one,
                 "SELECT column_name, data_type, column_type, collation_name, is_nullable, "
                 "column_key "
                 "FROM information_schema.columns " +
                     where + "ORDER BY ordinal_position"
             )) {
            if (row[5] == "PRI")
                table.key.push_back(table.columns.size());
            table.columns.push_back(column_of(one, name, row));
        }
        table.rows = std::stoul(rows_of(one, "SELECT COUNT(*) FROM " + name)[0][0].value());
        tables.push_back(std::move(table));
    }
    return tables;
}

}  // namespace mosaic::oracle
