#include "golden/plan_world.h"

#include "partition/hash_partitioner.h"
#include "partition/prefix_partitioner.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_split.h>

#include <charconv>
#include <memory>
#include <utility>
#include <vector>

namespace mosaic::tests {
namespace {

constexpr std::uint32_t kBuckets = 16384;

bool has(std::string_view text, std::string_view word) {
    return text.find(word) != std::string_view::npos;
}

/// The numbers between the first parentheses.
std::vector<std::uint32_t> numbers_of(std::string_view text) {
    std::vector<std::uint32_t> numbers;
    const std::size_t open = text.find('(');
    const char* at = open == std::string_view::npos ? nullptr : text.data() + open + 1;
    const char* const end = text.data() + text.size();
    while (at != nullptr) {
        std::uint32_t number = 0;
        const auto [stop, error] = std::from_chars(at, end, number);
        if (error != std::errc())
            break;
        numbers.push_back(number);
        at = stop != end && *stop == ',' ? stop + 1 : nullptr;
    }
    return numbers;
}

struct TypeName {
    std::string_view word;
    ColumnType type;
};

constexpr TypeName kTypes[] = {
    {"tinyint", ColumnType::kTinyInt},
    {"smallint", ColumnType::kSmallInt},
    {"mediumint", ColumnType::kMediumInt},
    {"int", ColumnType::kInt},
    {"bigint", ColumnType::kBigInt},
    {"float", ColumnType::kFloat},
    {"double", ColumnType::kDouble},
    {"decimal", ColumnType::kDecimal},
    {"year", ColumnType::kYear},
    {"date", ColumnType::kDate},
    {"time", ColumnType::kTime},
    {"datetime", ColumnType::kDatetime},
    {"timestamp", ColumnType::kTimestamp},
    {"char", ColumnType::kChar},
    {"binary", ColumnType::kChar},
    {"varchar", ColumnType::kVarchar},
    {"varbinary", ColumnType::kVarchar},
    {"text", ColumnType::kText},
    {"blob", ColumnType::kText},
    {"enum", ColumnType::kEnum},
    {"set", ColumnType::kSet},
    {"bit", ColumnType::kBit},
    {"json", ColumnType::kJson},
};

void set_type(schema::ColumnDef& column, std::string_view text) {
    const std::string_view word = text.substr(0, text.find_first_of(" ("));
    for (const TypeName& name : kTypes) {
        if (name.word == word)
            column.type = name.type;
    }
    column.is_other = column.type == ColumnType::kNull;
    column.is_binary = word == "binary" || word == "varbinary" || word == "blob";
    const std::vector<std::uint32_t> numbers = numbers_of(text);
    if (column.type == ColumnType::kDecimal) {
        column.precision = static_cast<std::uint8_t>(numbers.at(0));
        column.scale = static_cast<std::uint8_t>(numbers.at(1));
    } else if (!numbers.empty()) {
        column.length_max = numbers.front();
    }
    const bool is_text = column.type == ColumnType::kChar || column.type == ColumnType::kVarchar ||
                         column.type == ColumnType::kText || column.type == ColumnType::kEnum ||
                         column.type == ColumnType::kSet;
    if (!is_text || column.is_binary)
        return;
    const std::size_t collate = text.find("collate ");
    column.collation =
        collate == std::string_view::npos
            ? "utf8mb4_general_ci"
            : std::string(text.substr(collate + 8, text.find(' ', collate + 8) - collate - 8));
    column.charset = column.collation.substr(0, column.collation.find('_'));
}

schema::ColumnDef column_of(std::string_view line) {
    schema::ColumnDef column;
    const std::size_t blank = line.find(' ');
    column.name = line.substr(0, blank);
    const std::string_view type = line.substr(blank + 1);
    set_type(column, type);
    column.is_unsigned = has(type, "unsigned");
    column.is_zerofill = has(type, "zerofill");
    column.is_nullable = !has(type, "not null");
    column.is_generated = has(type, "generated");
    column.is_auto_increment = has(type, "auto_increment");
    column.has_default = column.is_nullable || has(type, "default");
    const std::size_t end = type.find(' ');
    column.type_text = type.substr(0, end);
    if (column.is_unsigned)
        column.type_text += " unsigned";
    return column;
}

std::vector<std::string> list_of(std::string_view text) {
    const std::size_t open = text.find('(');
    const std::string list(text.substr(open + 1, text.find(')') - open - 1));
    return absl::StrSplit(list, ", ");
}

std::string word_of(std::string_view text, std::size_t begin) {
    return std::string(text.substr(begin, text.find(' ', begin) - begin));
}

void add_line(schema::TableDef& table, std::string_view line) {
    if (line == "view") {
        table.is_view = true;
    } else if (line.starts_with("primary key ")) {
        table.indexes.push_back({"PRIMARY", true, list_of(line)});
    } else if (line.starts_with("unique ")) {
        table.indexes.push_back({word_of(line, 7), true, list_of(line)});
    } else if (line.starts_with("trigger ")) {
        table.triggers.push_back(word_of(line, 8));
    } else if (line.starts_with("foreign key ")) {
        const std::size_t references = line.find("references ") + 11;
        schema::ForeignKeyDef key;
        key.name = word_of(line, 12);
        key.columns = list_of(line);
        key.referenced_schema = "app_00";
        key.referenced_table = word_of(line, references);
        key.referenced_columns = list_of(line.substr(references));
        table.foreign_keys.push_back(std::move(key));
    } else {
        table.columns.push_back(column_of(line));
    }
}

topology::TableGroup group_of(
    std::string name, std::shared_ptr<const Partitioner> partitioner, std::uint32_t shard_count
) {
    std::vector<partition::ShardWeight> weights;
    for (std::uint32_t i = 0; i < shard_count; ++i) weights.push_back({ShardId{i}, 1});
    topology::TableGroup group;
    group.name = std::move(name);
    group.partitioner = std::move(partitioner);
    group.map = partition::place_weighted(kBuckets, weights);
    return group;
}

topology::Table sharded(std::string name, std::size_t group, std::string shard_key) {
    topology::Table table;
    table.name = std::move(name);
    table.group = group;
    table.shard_key = std::move(shard_key);
    return table;
}

topology::Table with_ids(topology::Table table, std::string scheme, std::uint32_t type = 0) {
    topology::TableIds ids;
    ids.column = "id";
    ids.scheme = std::move(scheme);
    ids.type = type;
    ids.ticket_name = table.name;
    table.ids = std::move(ids);
    return table;
}

topology::Table whole(std::string name, topology::TableKind kind) {
    topology::Table table;
    table.name = std::move(name);
    table.kind = kind;
    return table;
}

struct TableText {
    std::string_view name;
    std::string_view lines;
};

constexpr TableText kTables[] = {
    {"users",
     "id bigint unsigned not null\nname varchar(50) not null\nemail varchar(80)\n"
     "country char(2) not null\nage int\nbalance decimal(10,2) not null default\n"
     "created datetime(0) not null default\nprimary key (id)"},
    {"orders",
     "id bigint unsigned not null\nuser_id bigint unsigned not null\n"
     "total decimal(10,2) not null\nstatus varchar(20) not null\nplaced datetime(6)\n"
     "primary key (id)\nforeign key orders_user (user_id) references users (id)"},
    {"items",
     "user_id bigint unsigned not null\norder_id bigint unsigned not null\n"
     "line int not null\nproduct varchar(60) collate utf8mb4_bin not null\n"
     "quantity int not null\nprice decimal(10,2)\nprimary key (user_id, order_id, line)"},
    {"visits",
     "user_id int not null\nday date not null\nhits int not null\nprimary key (user_id, day)"},
    {"accounts",
     "code varchar(20) collate utf8mb4_bin not null\nowner varchar(50)\namount decimal(20,4) not "
     "null\n"
     "primary key (code)"},
    {"entries",
     "code varchar(20) collate utf8mb4_bin not null\nnumber int not null\namount decimal(20,4) not "
     "null\n"
     "primary key (code, number)"},
    {"tokens", "token binary(4) not null\nuser_id bigint unsigned not null\nprimary key (token)"},
    {"regions", "id bigint unsigned not null\nname varchar(50) not null\nprimary key (id)"},
    {"parcels",
     "id bigint unsigned not null\nregion_id bigint unsigned not null\narea int not null\n"
     "primary key (id)"},
    {"samples",
     "id bigint not null\nf float\nd double\nn decimal(20,6)\nj json\ne enum\nb bit(8)\nt time(6)\n"
     "ts timestamp(6)\nbin varbinary(16)\ntxt varchar(100)\nu bigint unsigned\ny year\ndt date\n"
     "primary key (id)"},
    {"countries", "code char(2) not null\nname varchar(50) not null\nprimary key (code)"},
    {"currencies", "code char(3) not null\nrate decimal(12,6) not null\nprimary key (code)"},
    {"notes",
     "id int not null auto_increment\nuser_id bigint unsigned\ntext text\nprimary key (id)"},
    {"marks", "id int not null\nnote_id int\nprimary key (id)"},
};

}  // namespace

schema::TableDef table_of(std::string_view name, std::string_view lines) {
    schema::TableDef table;
    table.name = name;
    const std::vector<std::string> all = absl::StrSplit(std::string(lines), '\n');
    for (const std::string& line : all) add_line(table, line);
    return table;
}

topology::Topology plan_topology(std::uint32_t shard_count) {
    topology::Topology topology;
    topology.cluster_id = "golden";
    topology.database = "app";
    topology.epoch = Epoch{1};
    topology.servers.push_back({});
    topology.servers.back().name = "s1";
    for (std::uint32_t i = 0; i < shard_count; ++i)
        topology.shards.push_back({absl::StrFormat("app_%02d", i), ServerId{0}});
    const auto hash = *partition::make_hash_partitioner(kBuckets);
    const auto prefix = *partition::make_prefix_partitioner(kBuckets);
    topology.groups.push_back(group_of("main", hash, shard_count));
    topology.groups.push_back(group_of("accounts", hash, shard_count));
    topology.groups.push_back(group_of("tokens", hash, shard_count));
    topology.groups.push_back(group_of("regions", prefix, shard_count));
    const auto add = [&](topology::Table table) {
        const std::string name = table.name;
        topology.tables[name] = std::move(table);
    };
    add(with_ids(sharded("users", 0, "id"), "ticket"));
    add(with_ids(sharded("orders", 0, "user_id"), "composite", 2));
    add(sharded("items", 0, "user_id"));
    add(sharded("visits", 0, "user_id"));
    add(sharded("samples", 0, "id"));
    add(sharded("accounts", 1, "code"));
    add(sharded("entries", 1, "code"));
    add(sharded("tokens", 2, "token"));
    add(with_ids(sharded("regions", 3, "id"), "composite", 1));
    add(with_ids(sharded("parcels", 3, "region_id"), "composite", 3));
    add(whole("countries", topology::TableKind::kReference));
    add(whole("currencies", topology::TableKind::kReference));
    add(whole("notes", topology::TableKind::kLocal));
    add(whole("marks", topology::TableKind::kLocal));
    topology.tables["notes"].shard = ShardId{shard_count > 2 ? 2U : 0U};
    topology.tables["marks"].shard = ShardId{shard_count > 2 ? 2U : 0U};
    return topology;
}

schema::Schema plan_schema() {
    schema::Schema schema;
    schema.version = 1;
    for (const TableText& table : kTables) {
        schema.tables[std::string(table.name)] =
            std::make_shared<const schema::TableDef>(table_of(table.name, table.lines));
    }
    schema.connection_collation = "utf8mb4_general_ci";
    schema.collations["utf8mb4_general_ci"] = {
        "utf8mb4_general_ci", "utf8mb4", true, false, std::string("\x00\x20", 2)};
    schema.collations["utf8mb4_bin"] = {
        "utf8mb4_bin", "utf8mb4", true, true, std::string("\x00\x00\x20", 3)};
    schema.collations["utf8mb4_nopad_bin"] = {"utf8mb4_nopad_bin", "utf8mb4", false, true, ""};
    return schema;
}

}  // namespace mosaic::tests
