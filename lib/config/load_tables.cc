// `groups`, `reference_tables`, `local_tables`: which tables there are, and how each is spread.
#include "config/loading.h"
#include "config/nearest.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <bit>
#include <set>

namespace mosaic::config {
namespace {

using topology::TableIds;
using topology::TableKind;

constexpr std::uint64_t kBucketsMax = 65536;

std::vector<std::string> known_schemes(const Registry& registry) {
    std::vector<std::string> known = {"uuid", "uuid_v4", "ticket", "composite"};
    for (std::string& name : registry.key_scheme_names()) known.push_back(std::move(name));
    return known;
}

void refuse_key_of_other_scheme(
    const Loading& loading, const Place* place, const TableIds& ids, std::string_view scheme
) {
    if (place != nullptr && ids.scheme != scheme)
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "only scheme %s has this key; leave it out with scheme %s", scheme, ids.scheme
            )
        );
}

void read_scheme(const Loading& loading, const Place* place, std::string& out) {
    std::string name;
    if (!read_text(place, name, loading.mistakes))
        return;
    const std::vector<std::string> known = known_schemes(loading.registry);
    if (std::find(known.begin(), known.end(), name) == known.end()) {
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "this program knows no key scheme \"%s\"; it knows %s%s",
                name,
                join(known),
                did_you_mean(name, known)
            )
        );
        return;
    }
    out = name;
}

// Composite types of a group's tables.
struct CompositeTypes {
    std::uint64_t max = (std::uint64_t{1} << keys::CompositeLayout{}.type_bits) - 1;
    std::map<std::uint32_t, std::string> tables;  // whose they are
};

void check_composite_type(
    const Loading& loading,
    const Place& place,
    const topology::Table& table,
    const TableIds& ids,
    CompositeTypes& types
) {
    if (const auto [first, is_new] = types.tables.emplace(ids.type, table.name); !is_new)
        loading.mistakes.add(
            place,
            absl::StrFormat(
                "composite type %d is that of table \"%s\" too; give each table of a group its "
                "own, 0 to %d",
                ids.type,
                first->second,
                types.max
            )
        );
}

// `types`: of the table's group; null: no group, so no composite ids.
std::optional<TableIds> load_ids(
    const Loading& loading, const Place* place, const topology::Table& table, CompositeTypes* types
) {
    if (place == nullptr)
        return std::nullopt;
    MapReader map(*place, {"column", "scheme", "type", "ticket"}, loading.mistakes);
    TableIds ids;
    read_name(loading, map.require("column", "id"), 64, ids.column);
    const Place* scheme = map.require("scheme", "uuid");
    read_scheme(loading, scheme, ids.scheme);
    const Place* type = map.find("type");
    const std::uint64_t type_max = types == nullptr ? CompositeTypes{}.max : types->max;
    const bool is_type_known =
        read_number(type, {0, type_max}, ids.type, loading.mistakes) || type == nullptr;
    read_name(loading, map.find("ticket"), 64, ids.ticket_name);
    if (ids.scheme.empty())
        return ids;
    refuse_key_of_other_scheme(loading, type, ids, "composite");
    refuse_key_of_other_scheme(loading, map.find("ticket"), ids, "ticket");
    if (ids.scheme == "composite" && types != nullptr && is_type_known)
        check_composite_type(loading, type == nullptr ? *place : *type, table, ids, *types);
    if (ids.scheme == "composite" && table.kind != TableKind::kSharded)
        loading.mistakes.add(
            *scheme,
            "a composite id holds its row's bucket, which only a sharded table's rows have; use "
            "uuid or ticket"
        );
    if (ids.scheme == "ticket" && !loading.has_tickets)
        loading.mistakes.add(
            *scheme,
            "tickets come from ticket servers, and the file names none; add `tickets: {servers: "
            "[..]}`, or use uuid"
        );
    return ids;
}

// A table's name, that no other table has.
bool read_table_name(Loading& loading, const Place* place, std::string& out) {
    std::string name;
    if (!read_name(loading, place, 64, name))
        return false;
    const int line = place->mark.line + 1;
    if (const auto [first, is_new] = loading.table_lines.emplace(name, line); !is_new) {
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "table \"%s\" was named before, in line %d; name a table once", name, first->second
            )
        );
        return false;
    }
    out = std::move(name);
    return true;
}

void load_table(Loading& loading, const Place& place, std::size_t group, CompositeTypes& types) {
    MapReader map(
        place, {"name", "shard_key", "ids", "unchecked_unique", "triggers"}, loading.mistakes
    );
    TableSpec spec;
    spec.table.group = group;
    read_table_name(loading, map.require("name", "users"), spec.table.name);
    read_name(loading, map.require("shard_key", "id"), 64, spec.table.shard_key);
    spec.table.ids = load_ids(loading, map.find("ids"), spec.table, &types);
    read_texts(map.find("unchecked_unique"), spec.table.unchecked_unique, loading.mistakes);
    read_texts(map.find("triggers"), spec.table.triggers, loading.mistakes);
    loading.config.tables.push_back(std::move(spec));
}

void read_partitioner(const Loading& loading, const Place* place, std::string& out) {
    std::string name;
    if (!read_text(place, name, loading.mistakes))
        return;
    if (loading.registry.partitioner(name) == nullptr) {
        const std::vector<std::string> known = loading.registry.partitioner_names();
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "this program has no partitioner \"%s\"; it has %s%s; for one of your own, link "
                "your "
                "own `mosaic` program that registers it, see examples/040-own-partitioner",
                name,
                join(known),
                did_you_mean(name, known)
            )
        );
        return;
    }
    out = name;
}

void read_buckets(const Loading& loading, const Place* place, std::uint32_t& out) {
    std::uint32_t number = out;
    if (!read_number(place, {1, kBucketsMax}, number, loading.mistakes))
        return;
    if (!std::has_single_bit(number)) {
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "%d is no power of two; allowed are 1, 2, 4 .. 65536; did you mean %d",
                number,
                std::bit_ceil(number)
            )
        );
        return;
    }
    out = number;
}

// How many bits of a composite id say what; a local part must outlast a failover.
void read_layout(const Loading& loading, const Place* place, GroupSpec& group) {
    if (place == nullptr)
        return;
    const MapReader map(*place, {"reserved", "bucket", "type", "local"}, loading.mistakes);
    keys::CompositeLayout layout;
    const auto read = [&](const char* key, int& bits) {
        const Place* width = map.find(key);
        return width == nullptr || read_number(width, {0, 64}, bits, loading.mistakes);
    };
    // All are read, so that each mistake is told.
    bool are_numbers = read("reserved", layout.reserved_bits);
    are_numbers = read("bucket", layout.bucket_bits) && are_numbers;
    are_numbers = read("type", layout.type_bits) && are_numbers;
    are_numbers = read("local", layout.local_bits) && are_numbers;
    if (!are_numbers)
        return;
    if (const auto flaw = keys::layout_flaw(layout, group.buckets, 0)) {
        loading.mistakes.add(
            *place,
            absl::StrFormat("%s bits of a composite id: %s", keys::to_string(layout), *flaw)
        );
        return;
    }
    const CompositeCounterSpec& counters = loading.config.composite;
    const std::uint64_t local_max = (std::uint64_t{1} << layout.local_bits) - 1;
    if (counters.block_size + counters.failover_jump > local_max) {
        loading.mistakes.add(
            *place,
            absl::StrFormat(
                "a bucket has %d local parts in %d bits, and one failover skips %d of them; give "
                "`local` more bits, or lower composite.failover_jump",
                local_max,
                layout.local_bits,
                counters.block_size + counters.failover_jump
            )
        );
        return;
    }
    group.composite_layout = layout;
}

void load_group(Loading& loading, const Place& place, std::set<std::string>& names) {
    MapReader map(
        place, {"name", "partitioner", "buckets", "composite_layout", "tables"}, loading.mistakes
    );
    GroupSpec group;
    const Place* name = map.require("name", "users");
    if (read_name(loading, name, 64, group.name) && !names.insert(group.name).second)
        loading.mistakes.add(
            *name, absl::StrFormat("group \"%s\" is here twice; give each its own name", group.name)
        );
    read_partitioner(loading, map.find("partitioner"), group.partitioner);
    read_buckets(loading, map.find("buckets"), group.buckets);
    read_layout(loading, map.find("composite_layout"), group);
    CompositeTypes types;
    types.max = (std::uint64_t{1} << group.composite_layout.type_bits) - 1;
    const std::size_t index = loading.config.groups.size();
    loading.config.groups.push_back(std::move(group));
    const Place* tables = map.require("tables", "[{name: users, shard_key: id}]");
    for (const Place& table : read_list(tables, loading.mistakes))
        load_table(loading, table, index, types);
}

// `<database>_00`: two digits or more.
bool is_shard_name(std::string_view name, std::string_view database) {
    if (name.size() < database.size() + 3 || name.substr(0, database.size()) != database ||
        name[database.size()] != '_')
        return false;
    return name.substr(database.size() + 1).find_first_not_of("0123456789") ==
           std::string_view::npos;
}

void read_local_shard(const Loading& loading, const Place& place, std::string& out) {
    const std::string& database = loading.config.database;
    out = place.node.IsScalar() ? place.node.Scalar() : "";
    if (!database.empty() && !is_shard_name(out, database))
        loading.mistakes.add(
            place,
            absl::StrFormat(
                "%s is no shard of database %s; shards are %s_00, %s_01, ..",
                describe(place.node),
                database,
                database,
                database
            )
        );
}

}  // namespace

void load_groups(Loading& loading, const Place* groups) {
    std::set<std::string> names;
    for (const Place& place : read_list(groups, loading.mistakes))
        load_group(loading, place, names);
}

void load_reference_tables(Loading& loading, const Place* tables) {
    for (const Place& place : read_list(tables, loading.mistakes)) {
        TableSpec spec;
        spec.table.kind = TableKind::kReference;
        if (place.node.IsMap()) {
            MapReader map(place, {"name", "ids"}, loading.mistakes);
            read_table_name(loading, map.require("name", "sections"), spec.table.name);
            spec.table.ids = load_ids(loading, map.find("ids"), spec.table, nullptr);
        } else {
            read_table_name(loading, &place, spec.table.name);
        }
        loading.config.tables.push_back(std::move(spec));
    }
}

void load_local_tables(Loading& loading, const Place* tables) {
    for (const auto& [name, mark, place] : read_any_map(tables, loading.mistakes)) {
        TableSpec spec;
        spec.table.kind = TableKind::kLocal;
        const Place key{YAML::Node(name), mark, place.path};
        read_table_name(loading, &key, spec.table.name);
        read_local_shard(loading, place, spec.local_shard);
        loading.config.tables.push_back(std::move(spec));
    }
}

}  // namespace mosaic::config
