#include "plan/faults.h"
#include "plan/plan.h"
#include "plan/rules.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <algorithm>
#include <string>
#include <vector>

namespace mosaic::plan {
namespace {

bool holds(const std::vector<std::string>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
}

bool holds_column(const std::vector<std::string>& columns, std::string_view name) {
    return std::any_of(columns.begin(), columns.end(), [&](const std::string& column) {
        return is_same_column(column, name);
    });
}

/// Collects what a sharded table has that its shards cannot enforce.
class Checker {
public:
    Checker(
        const topology::Topology& topology,
        const topology::Table& table,
        const schema::TableDef& definition
    )
        : topology_(topology), table_(table), definition_(definition) {}

    absl::Status check() {
        if (definition_.is_view)
            add("it is a view, whose tables are not seen; name its tables instead");
        if (table_.kind == topology::TableKind::kSharded) {
            check_key();
            check_ids();
            check_columns();
            check_unique_keys();
            check_foreign_keys();
            check_triggers();
        }
        if (obstacles_.empty())
            return absl::OkStatus();
        return make_error(
            errors::kTableNotShardable,
            absl::StrFormat(
                "bind table %s.%s: %s",
                topology_.database,
                table_.name,
                absl::StrJoin(obstacles_, "; ")
            )
        );
    }

private:
    void add(std::string obstacle) { obstacles_.push_back(std::move(obstacle)); }

    void check_key() {
        const auto type = shard_key_type(table_, definition_);
        if (!type.ok())
            add(std::string(without_id(type.status())));
    }

    void check_ids() {
        const bool is_prefix = topology_.groups[table_.group].partitioner->name() == "prefix";
        const bool is_composite = table_.ids && table_.ids->scheme == "composite";
        const bool is_id_key = table_.ids && is_same_column(table_.ids->column, table_.shard_key);
        if (table_.ids && definition_.find_column(table_.ids->column) == nullptr)
            add(absl::StrFormat(
                "its ids are for a column %s that it lacks; correct ids.column", table_.ids->column
            ));
        if (is_composite && is_id_key && !is_prefix) {
            add(absl::StrFormat(
                "its shard key %s is its composite id, and partitioner %s does not read the bucket "
                "from it; give its group the partitioner prefix",
                table_.shard_key,
                topology_.groups[table_.group].partitioner->name()
            ));
        }
        // The key of a child is the composite id of its parent, which is in the same group.
        if (is_prefix && is_id_key && !is_composite) {
            add(absl::StrFormat(
                "partitioner prefix reads buckets from composite ids, and its shard key %s is made "
                "by "
                "scheme %s; use scheme composite, or partitioner hash",
                table_.shard_key,
                table_.ids->scheme
            ));
        }
        if (is_prefix && !is_id_key && !group_has_root()) {
            add(absl::StrFormat(
                "partitioner prefix reads buckets from composite ids, and no table of group %s "
                "makes "
                "one as its shard key; give the root table ids of scheme composite, or use "
                "partitioner "
                "hash",
                topology_.groups[table_.group].name
            ));
        }
    }

    [[nodiscard]] bool group_has_root() const {
        return std::any_of(
            topology_.tables.begin(),
            topology_.tables.end(),
            [&](const auto& entry) {
                const topology::Table& other = entry.second;
                return other.kind == topology::TableKind::kSharded && other.group == table_.group &&
                       other.ids && other.ids->scheme == "composite" &&
                       is_same_column(other.ids->column, other.shard_key);
            }
        );
    }

    void check_columns() {
        for (const schema::ColumnDef& column : definition_.columns) {
            if (column.is_auto_increment) {
                add(absl::StrFormat(
                    "column %s is AUTO_INCREMENT, and each shard would count by itself; drop "
                    "AUTO_INCREMENT and give the table ids (uuid, ticket or composite)",
                    column.name
                ));
            }
        }
    }

    // Ids of a key scheme are unique over all shards by themselves.
    void check_unique_keys() {
        for (const schema::IndexDef& index : definition_.indexes) {
            const bool is_scheme_only = table_.ids && index.columns.size() == 1 &&
                                        is_same_column(index.columns.front(), table_.ids->column);
            if (!index.is_unique || holds_column(index.columns, table_.shard_key) ||
                is_scheme_only || holds(table_.unchecked_unique, index.name))
                continue;
            add(absl::StrFormat(
                "unique key %s (%s) lacks the shard key %s, so two shards could hold one value; "
                "add "
                "%s to it, or name it in unchecked_unique if the program sees to it",
                index.name,
                absl::StrJoin(index.columns, ", "),
                table_.shard_key,
                table_.shard_key
            ));
        }
    }

    void check_foreign_keys() {
        for (const schema::ForeignKeyDef& key : definition_.foreign_keys) {
            const topology::Table* other = topology_.find_table(key.referenced_table);
            if (other != nullptr && other->kind == topology::TableKind::kReference)
                continue;
            const bool is_same_group = other != nullptr &&
                                       other->kind == topology::TableKind::kSharded &&
                                       other->group == table_.group;
            if (!is_same_group) {
                add(absl::StrFormat(
                    "foreign key %s refers to table %s, which is not in its group; drop it, or put "
                    "both tables in one group",
                    key.name,
                    key.referenced_table
                ));
            } else if (!pairs_shard_keys(key, *other)) {
                add(absl::StrFormat(
                    "foreign key %s does not pair the shard keys %s.%s and %s.%s, so its row may "
                    "be "
                    "on another shard; drop it, or add that pair to it",
                    key.name,
                    table_.name,
                    table_.shard_key,
                    other->name,
                    other->shard_key
                ));
            }
        }
    }

    [[nodiscard]] bool pairs_shard_keys(
        const schema::ForeignKeyDef& key, const topology::Table& other
    ) const {
        for (std::size_t i = 0; i < key.columns.size() && i < key.referenced_columns.size(); ++i) {
            if (is_same_column(key.columns[i], table_.shard_key) &&
                is_same_column(key.referenced_columns[i], other.shard_key))
                return true;
        }
        return false;
    }

    void check_triggers() {
        for (const std::string& trigger : definition_.triggers) {
            if (holds(table_.triggers, trigger))
                continue;
            add(absl::StrFormat(
                "trigger %s may write to other shards' rows; drop it, or name it in triggers to "
                "vouch "
                "that it changes no shard key and writes only beside its row",
                trigger
            ));
        }
    }

    const topology::Topology& topology_;
    const topology::Table& table_;
    const schema::TableDef& definition_;
    std::vector<std::string> obstacles_;
};

}  // namespace

absl::Status check_table(
    const topology::Topology& topology,
    const topology::Table& table,
    const schema::TableDef& definition
) {
    return Checker(topology, table, definition).check();
}

absl::StatusOr<keys::KeyType> shard_key_type(
    const topology::Table& table, const schema::TableDef& definition
) {
    const schema::ColumnDef* column = definition.find_column(table.shard_key);
    if (column == nullptr) {
        return make_error(
            errors::kKeyTypeRefused,
            absl::StrFormat(
                "find shard key %s of table %s: the table has no such column; correct shard_key",
                table.shard_key,
                table.name
            )
        );
    }
    keys::KeyColumn key;
    key.type = column->is_other ? ColumnType::kNull : column->type;
    key.is_unsigned = column->is_unsigned;
    key.is_zerofill = column->is_zerofill;
    key.is_nullable = column->is_nullable;
    key.is_generated = column->is_generated;
    key.is_binary = column->is_binary;
    key.length_max = column->length_max;
    key.charset = column->charset;
    key.collation = column->collation;
    auto type = keys::key_type_of(key);
    if (type.ok())
        return type;
    return make_error(
        errors::kKeyTypeRefused,
        absl::StrFormat(
            "bind shard key %s.%s (%s): %s",
            table.name,
            column->name,
            column->type_text,
            without_id(type.status())
        )
    );
}

}  // namespace mosaic::plan
