#include "corpus_layout.h"

#include "base/status.h"
#include "inspect/read_table.h"
#include "plan/plan.h"
#include "support/test_servers.h"
#include "types/literal.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>

#include <algorithm>
#include <chrono>
#include <regex>
#include <stdexcept>
#include <utility>

namespace mosaic::oracle {
namespace {

Answer must_answer(OneServer& one, const std::string& sql) {
    Answer answer = one.ask(sql);
    if (!answer.is_ok())
        throw std::runtime_error(sql + ": " + describe(answer, 0));
    return answer;
}

std::string identifier(std::string_view name) {
    std::string text;
    append_identifier(text, name);
    return text;
}

void drop_foreign_keys(OneServer& one, const SpreadTables& tables) {
    for (const auto& [name, table] : tables) {
        for (const schema::ForeignKeyDef& key : table.definition.foreign_keys)
            must_answer(
                one, "ALTER TABLE " + identifier(name) + " DROP FOREIGN KEY " + identifier(key.name)
            );
    }
}

std::vector<std::string> candidates(const schema::TableDef& definition, const Listed* listed) {
    std::vector<std::string> columns;
    if (listed != nullptr && listed->shard_key.size() == 1)
        columns = listed->shard_key;
    for (const schema::IndexDef& index : definition.indexes) {
        if (index.name == "PRIMARY")
            columns.insert(columns.end(), index.columns.begin(), index.columns.end());
    }
    return columns;
}

void choose_key(SpreadTable& table, const Listed* listed) {
    // Those without a listed key are no tables of shards: sequences, unsharded ones, unknown ones.
    if (listed == nullptr || listed->shard_key.empty())
        return;
    for (const std::string& column : candidates(table.definition, listed)) {
        topology::Table as;
        as.name = table.definition.name;
        as.shard_key = column;
        const auto type = plan::shard_key_type(as, table.definition);
        if (!type.ok())
            continue;
        table.shard_key = table.definition.find_column(column)->name;
        table.key_type = *type;
        return;
    }
}

bool has_column(const schema::IndexDef& index, const std::string& column) {
    return std::ranges::any_of(index.columns, [&](const std::string& one) {
        return absl::EqualsIgnoreCase(one, column);
    });
}

std::string table_yaml(const std::string& name, const SpreadTable& table) {
    std::vector<std::string> unchecked;
    for (const schema::IndexDef& index : table.definition.indexes) {
        if (index.is_unique && !has_column(index, table.shard_key))
            unchecked.push_back('"' + index.name + '"');
    }
    return absl::StrFormat(
        "      - {name: \"%s\", shard_key: \"%s\", unchecked_unique: [%s]}\n",
        name,
        table.shard_key,
        absl::StrJoin(unchecked, ", ")
    );
}

}  // namespace

void create_schema(OneServer& one, const Folder& folder) {
    static const std::regex kAutoIncrement("\\s+auto_increment\\b", std::regex::icase);
    for (const std::string& statement : folder.schema)
        must_answer(one, std::regex_replace(statement, kAutoIncrement, ""));
    drop_foreign_keys(one, spread(one, folder));
}

SpreadTables spread(OneServer& one, const Folder& folder) {
    SpreadTables tables;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    for (const Row& row :
         must_answer(one, "SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'").rows) {
        const std::string& name = row[0].value();
        const auto listed = folder.tables.find(name);
        const Listed* as_listed = listed == folder.tables.end() ? nullptr : &listed->second;
        SpreadTable& table = tables[name];
        table.definition =
            test::must(inspect::read_table(one.connection(""), one.database(), name, deadline));
        table.create = must_answer(one, "SHOW CREATE TABLE " + identifier(name)).rows[0][1].value();
        table.is_reference = as_listed != nullptr && as_listed->is_reference;
        choose_key(table, as_listed);
    }
    return tables;
}

std::vector<std::string> views(OneServer& one) {
    std::vector<std::string> statements;
    const std::string schema = identifier(one.database()) + ".";
    for (const Row& row : must_answer(one, "SHOW FULL TABLES WHERE Table_type = 'VIEW'").rows) {
        const std::string name = identifier(row[0].value());
        const std::string create = must_answer(one, "SHOW CREATE VIEW " + name).rows[0][1].value();
        statements.push_back(absl::StrReplaceAll(create, {{schema, ""}}));
    }
    return statements;
}

std::string spread_yaml(const SpreadTables& tables, const std::string& first_shard) {
    std::map<std::string, std::string> groups;
    std::vector<std::string> references;
    std::vector<std::string> locals;
    for (const auto& [name, table] : tables) {
        if (!table.shard_key.empty())
            groups[table.key_type.class_name()] += table_yaml(name, table);
        else if (table.is_reference)
            references.push_back('"' + name + '"');
        else
            locals.push_back('"' + name + "\": " + first_shard);
    }
    std::string yaml = groups.empty() ? "" : "groups:\n";
    int number = 0;
    for (const auto& [key_class, lines] : groups) {
        yaml += absl::StrFormat(
            "  - name: keys_%d  # %s\n    partitioner: hash\n    buckets: 16384\n    tables:\n%s",
            number++,
            key_class,
            lines
        );
    }
    if (!references.empty())
        yaml += "reference_tables: [" + absl::StrJoin(references, ", ") + "]\n";
    if (!locals.empty())
        yaml += "local_tables: {" + absl::StrJoin(locals, ", ") + "}\n";
    return yaml;
}

}  // namespace mosaic::oracle
