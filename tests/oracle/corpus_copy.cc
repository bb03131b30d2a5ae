#include "corpus_copy.h"

#include "support/test_servers.h"
#include "types/literal.h"

#include <absl/strings/str_join.h>

#include <stdexcept>
#include <utility>

namespace mosaic::oracle {
namespace {

// The shards' sessions must take whatever the one server holds, zero dates and zeros as keys too.
constexpr std::string_view kTakesAll = "ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO";

bool is_number(ColumnType type) {
    switch (type) {
        case ColumnType::kTinyInt:
        case ColumnType::kSmallInt:
        case ColumnType::kMediumInt:
        case ColumnType::kInt:
        case ColumnType::kBigInt:
        case ColumnType::kFloat:
        case ColumnType::kDouble:
        case ColumnType::kDecimal:
        case ColumnType::kYear:
            return true;
        default:
            return false;
    }
}

std::vector<const schema::ColumnDef*> written_columns(const SpreadTable& table) {
    std::vector<const schema::ColumnDef*> columns;
    for (const schema::ColumnDef& column : table.definition.columns) {
        if (!column.is_generated)
            columns.push_back(&column);
    }
    return columns;
}

std::string column_list(const SpreadTable& table) {
    std::string list;
    for (const schema::ColumnDef* column : written_columns(table)) {
        list += list.empty() ? "" : ", ";
        append_identifier(list, column->name);
    }
    return list;
}

std::string literal_of(const schema::ColumnDef& column, const Cell& cell) {
    if (!cell)
        return "NULL";
    if (is_number(column.type))
        return *cell;
    std::string literal;
    if (column.is_binary || column.type == ColumnType::kBit)
        append_bytes_literal(literal, *cell);
    else
        append_text_literal(literal, *cell, Backslash::kEscapes);
    return literal;
}

std::string row_literal(const SpreadTable& table, const Row& row) {
    const std::vector<const schema::ColumnDef*> columns = written_columns(table);
    std::vector<std::string> literals;
    for (std::size_t i = 0; i < columns.size(); ++i)
        literals.push_back(literal_of(*columns[i], row.at(i)));
    return "(" + absl::StrJoin(literals, ", ") + ")";
}

}  // namespace

void RowCopier::begin(const SpreadTables& tables) {
    tables_ = tables;
    copied_.clear();
    mark_all();
}

void RowCopier::mark(const std::set<std::string>& tables) {
    for (const std::string& table : tables) {
        if (tables_.contains(table))
            marked_.insert(table);
    }
}

void RowCopier::mark_all() {
    for (const auto& [name, table] : tables_) marked_.insert(name);
}

void RowCopier::copy(const std::string& session) {
    if (marked_.empty())
        return;
    take_settings(session);
    for (const std::string& name : std::exchange(marked_, {})) copy_table(name, session);
}

// TIMESTAMP is read and written in the session's zone.
void RowCopier::take_settings(const std::string& session) {
    Case of;
    of.session = session;
    of.sql = "SELECT @@time_zone";
    const Answer answer = one_.ask(of);
    test::must(answer.status);
    std::string set = "SET SESSION sql_mode = '" + std::string(kTakesAll) + "', time_zone = ";
    append_text_literal(set, answer.rows.at(0).at(0).value(), Backslash::kEscapes);
    for (std::size_t shard = 0; shard < cluster_.topology().shards.size(); ++shard)
        test::must(test::run(cluster_.server_of(shard), set));
}

void RowCopier::copy_table(const std::string& name, const std::string& session) {
    const SpreadTable& table = tables_.at(name);
    Case of;
    of.session = session;
    of.sql = "SELECT " + column_list(table) + " FROM " + one_.database() + ".";
    append_identifier(of.sql, name);
    Answer answer = one_.ask(of);
    if (!answer.is_ok())
        throw std::runtime_error("copying " + name + ": " + describe(answer, 0));
    if (copied_[name] == answer.rows)
        return;
    const std::vector<std::vector<Row>> shards = rows_by_shard(table, answer.rows);
    for (std::size_t shard = 0; shard < shards.size(); ++shard) {
        if (cluster_.lives_on(name, shard))
            write(name, shard, shards[shard]);
    }
    copied_[name] = std::move(answer.rows);
}

std::vector<std::vector<Row>> RowCopier::rows_by_shard(
    const SpreadTable& table, const std::vector<Row>& rows
) const {
    const topology::Topology& topology = cluster_.topology();
    const topology::Table& placed = *topology.find_table(table.definition.name);
    if (placed.kind != topology::TableKind::kSharded)
        return std::vector<std::vector<Row>>(topology.shards.size(), rows);
    std::size_t key = 0;
    for (const schema::ColumnDef* column : written_columns(table)) {
        if (column->name == table.shard_key)
            break;
        ++key;
    }
    std::vector<std::vector<Row>> shards(topology.shards.size());
    for (const Row& row : rows) {
        const std::string canonical =
            keys::canonical_of_stored(table.key_type, row.at(key).value());
        const ShardId shard = test::must(topology::shard_of_key(topology, placed, canonical));
        shards[shard.value].push_back(row);
    }
    for (const auto& [shard, source] : cluster_.copied_from())
        shards[shard].insert(shards[shard].end(), shards[source].begin(), shards[source].end());
    return shards;
}

void RowCopier::write(const std::string& name, std::size_t shard, const std::vector<Row>& rows) {
    const std::string& schema = cluster_.topology().shards[shard].name;
    std::string quoted;
    append_identifier(quoted, name);
    test::must(test::run(cluster_.server_of(shard), "DELETE FROM " + quoted, schema));
    if (rows.empty())
        return;
    const SpreadTable& table = tables_.at(name);
    std::vector<std::string> literals;
    for (const Row& row : rows) literals.push_back(row_literal(table, row));
    test::must(test::run(
        cluster_.server_of(shard),
        "INSERT INTO " + quoted + " (" + column_list(table) + ") VALUES " +
            absl::StrJoin(literals, ", "),
        schema
    ));
}

}  // namespace mosaic::oracle
