#include "golden/scatter_fixture.h"

#include "base/status.h"
#include "partition/hash_partitioner.h"
#include "sql/parser.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>

#include <memory>

namespace mosaic::plan {
namespace {

struct ColumnText {
    const char* name;
    const char* type;
};

schema::ColumnDef column_of(const ColumnText& text) {
    schema::ColumnDef column;
    column.name = text.name;
    const std::string_view type = text.type;
    column.type_text = type;
    const auto starts = [&](std::string_view word) { return type.starts_with(word); };
    column.is_nullable = type.find("not null") == type.npos;
    column.is_unsigned = type.find("unsigned") != type.npos;
    const auto as_text = [&](ColumnType kind, std::uint32_t length) {
        column.type = kind;
        column.length_max = length;
        const std::size_t collate = type.find("collate ");
        column.is_binary = collate == type.npos;
        if (column.is_binary)
            return;
        column.collation = type.substr(collate + 8);
        column.collation.resize(std::min(column.collation.find(' '), column.collation.size()));
        column.charset = column.collation.substr(0, column.collation.find('_'));
    };
    const std::size_t open = type.find('(');
    const auto length = static_cast<std::uint32_t>(
        open == type.npos ? 65535 : std::atoi(std::string(type.substr(open + 1)).c_str())
    );
    if (starts("bigint"))
        column.type = ColumnType::kBigInt;
    else if (starts("int"))
        column.type = ColumnType::kInt;
    else if (starts("decimal"))
        column.type = ColumnType::kDecimal;
    else if (starts("double"))
        column.type = ColumnType::kDouble;
    else if (starts("float"))
        column.type = ColumnType::kFloat;
    else if (starts("datetime"))
        column.type = ColumnType::kDatetime;
    else if (starts("date"))
        column.type = ColumnType::kDate;
    else if (starts("timestamp"))
        column.type = ColumnType::kTimestamp;
    else if (starts("time"))
        column.type = ColumnType::kTime;
    else if (starts("bit"))
        column.type = ColumnType::kBit;
    else if (starts("json"))
        column.type = ColumnType::kJson;
    else if (starts("enum"))
        as_text(ColumnType::kEnum, 1);
    else if (starts("set"))
        as_text(ColumnType::kSet, 3);
    else if (starts("varchar") || starts("varbinary"))
        as_text(ColumnType::kVarchar, length);
    else
        as_text(ColumnType::kText, length);
    return column;
}

struct TableText {
    const char* name;
    std::vector<ColumnText> columns;
    std::vector<std::string> primary;
};

const std::vector<TableText>& tables() {
    static const std::vector<TableText> all{
        {"users",
         {{"id", "bigint unsigned not null"},
          {"name", "varchar(40) collate utf8mb4_general_ci"},
          {"country", "varchar(2) collate utf8mb4_general_ci"},
          {"code", "varchar(20) collate utf8mb4_nopad_bin"},
          {"tag", "varchar(20) collate utf8mb4_bin"},
          {"path", "varchar(2000) collate utf8mb4_bin"},
          {"bio", "text collate utf8mb4_general_ci"},
          {"old", "varchar(20) collate latin1_swedish_ci"},
          {"age", "int"},
          {"score", "decimal(10,2)"},
          {"rating", "double"},
          {"ratio", "float"},
          {"born", "date"},
          {"made", "timestamp"},
          {"seen", "datetime(6)"},
          {"lunch", "time(3)"},
          {"kind", "enum('z','a') collate utf8mb4_general_ci"},
          {"flags", "set('x','y') collate utf8mb4_general_ci"},
          {"bits", "bit(8)"},
          {"token", "varbinary(16)"},
          {"avatar", "blob"},
          {"doc", "json"}},
         {"id"}},
        {"orders",
         {{"id", "bigint unsigned not null"},
          {"user_id", "bigint unsigned not null"},
          {"item", "int"},
          {"amount", "decimal(10,2)"},
          {"placed", "date"}},
         {"user_id", "id"}},
        {"presence", {{"user_id", "bigint unsigned not null"}, {"room", "int"}}, {"user_id"}},
        {"countries",
         {{"code", "varchar(2) collate utf8mb4_general_ci not null"},
          {"title", "varchar(40) collate utf8mb4_general_ci"},
          {"size", "int"}},
         {"code"}},
        {"notes", {{"id", "int not null"}, {"text", "varchar(40) collate utf8mb4_bin"}}, {"id"}},
    };
    return all;
}

void add_collation(schema::Schema& schema, schema::CollationDef collation) {
    schema.collations[collation.name] = std::move(collation);
}

topology::TableGroup make_group(std::string name) {
    topology::TableGroup group;
    group.name = std::move(name);
    group.partitioner = partition::make_hash_partitioner(16).value();
    const std::vector<ShardId> owners(16, ShardId{0});
    group.map = partition::PartitionMap(owners);
    return group;
}

std::string show(const Value& value) {
    switch (value.kind()) {
        case ValueKind::kNull:
            return "NULL";
        case ValueKind::kInt:
            return absl::StrFormat("%d", value.as_int());
        case ValueKind::kUint:
            return absl::StrFormat("%d", value.as_uint());
        case ValueKind::kDouble:
            return absl::StrFormat("%ge0", value.as_double());
        case ValueKind::kDecimal:
        case ValueKind::kText:
        case ValueKind::kBytes:
            return std::string(value.text());
    }
    return {};
}

std::string show_values(const KeyList& list) {
    std::vector<std::string> parts;
    for (const ValueRef& ref : list.values)
        parts.push_back(std::holds_alternative<Value>(ref) ? show(std::get<Value>(ref)) : "1");
    return absl::StrJoin(parts, ", ");
}

std::string show_template(const Plan& plan, const sql::Template& text, std::string_view schema) {
    std::string result;
    std::size_t at = 0;
    for (const sql::Template::Gap& gap : text.gaps) {
        result += text.text.substr(at, gap.offset - at);
        at = gap.offset;
        const bool is_shown = schema.empty();
        switch (gap.hole.kind) {
            case sql::Hole::Kind::kSchema:
                result += is_shown ? "{s}" : schema;
                break;
            case sql::Hole::Kind::kValue:
                result += is_shown ? absl::StrFormat("{?%d}", gap.hole.index) : "1";
                break;
            case sql::Hole::Kind::kOwned:
                if (is_shown)
                    result += absl::StrFormat(
                        "{%s%d}",
                        gap.hole.lead == sql::Hole::Lead::kWhere ? "where owned " : "and owned ",
                        gap.hole.index
                    );
                break;
            case sql::Hole::Kind::kKeys:
                result += is_shown ? absl::StrFormat("{keys %d}", gap.hole.index)
                                   : show_values(plan.key_lists[gap.hole.index]);
                break;
            case sql::Hole::Kind::kRows:
                result += "{rows}";
                break;
        }
    }
    return result + text.text.substr(at);
}

std::string show(const merge::Comparison& comparison) {
    using Text = merge::Comparison::Text;
    std::string text;
    switch (comparison.text) {
        case Text::kNone:
            break;
        case Text::kBytes:
            text = " bytes";
            break;
        case Text::kBytesPadded:
            text = " bytes padded";
            break;
        case Text::kWeight:
            text = absl::StrFormat(" weight #%d", comparison.weight);
            break;
        case Text::kWeightPadded:
            text = absl::StrFormat(" weight #%d padded", comparison.weight);
            break;
    }
    if (comparison.prefix_max != 0)
        text += absl::StrFormat(" first %d", comparison.prefix_max);
    return text;
}

std::string show(const merge::GroupKey& key) {
    return absl::StrFormat("#%d%s", key.column, show(key.comparison));
}

std::string show(const merge::SortKey& key) {
    return absl::StrFormat(
        "#%d%s%s", key.column, key.is_descending ? " desc" : "", show(key.comparison)
    );
}

std::string show(const merge::Aggregate& aggregate);
std::string show(const merge::Scalar& scalar);
std::string show(const merge::OutputColumn& output);

template <typename Keys>
std::string show_keys(const Keys& keys) {
    std::vector<std::string> parts;
    for (const auto& key : keys) parts.push_back(show(key));
    return absl::StrJoin(parts, ", ");
}

std::string show(const merge::Scalar& scalar) {
    static constexpr const char* kNames[] = {
        "",    "",       "",        "+",       "-",  "*",        "/",      "div", "mod", "neg",
        "=",   "<=>",    "<>",      "<",       "<=", ">",        ">=",     "and", "or",  "xor",
        "not", "isnull", "notnull", "between", "in", "coalesce", "nullif", "if"};
    using Op = merge::Scalar::Op;
    if (scalar.op == Op::kColumn)
        return absl::StrFormat("#%d", scalar.column);
    if (scalar.op == Op::kLiteral)
        return show(scalar.value);
    if (scalar.op == Op::kParameter)
        return absl::StrFormat("?%d", scalar.column);
    std::vector<std::string> args;
    for (const merge::Scalar& arg : scalar.args) args.push_back(show(arg));
    return absl::StrFormat(
        "%s(%s)", kNames[static_cast<std::size_t>(scalar.op)], absl::StrJoin(args, ", ")
    );
}

std::string show(const merge::Aggregate& aggregate) {
    using Kind = merge::Aggregate::Kind;
    static constexpr const char* kNames[] = {
        "first",
        "count",
        "sum",
        "min",
        "max",
        "avg",
        "count distinct",
        "sum distinct",
        "avg distinct",
        "bit and",
        "bit or",
        "bit xor"};
    std::string text = kNames[static_cast<std::size_t>(aggregate.kind)];
    if (!aggregate.distinct.empty())
        return absl::StrFormat("%s(%s)", text, show_keys(aggregate.distinct));
    if (aggregate.kind == Kind::kAverage)
        return absl::StrFormat(
            "avg(#%d / #%d as #%d)", aggregate.column, aggregate.count, aggregate.type_of
        );
    return absl::StrFormat("%s(#%d%s)", text, aggregate.column, show(aggregate.comparison));
}

std::string show(const merge::Count& count) {
    return count.parameter ? absl::StrFormat("?%d", *count.parameter)
                           : absl::StrFormat("%d", count.value);
}

std::string show(const merge::OutputColumn& output) {
    return output.scalar ? absl::StrFormat("%s as #%d", show(*output.scalar), output.column)
                         : absl::StrFormat("#%d", output.column);
}

std::string show(const merge::MergeSpec& spec) {
    std::string text;
    const auto line = [&](std::string_view name, const std::string& what) {
        if (!what.empty())
            text += absl::StrFormat("%s %s\n", name, what);
    };
    line("sorted by", show_keys(spec.sorted_by));
    if (spec.aggregate) {
        line("group by", spec.aggregate->keys.empty() ? "all" : show_keys(spec.aggregate->keys));
        line("aggregate", show_keys(spec.aggregate->aggregates));
    }
    if (spec.having)
        line("having", show(*spec.having));
    line("distinct", show_keys(spec.distinct));
    line("compute", show_keys(spec.computed));
    line("sort", show_keys(spec.sort));
    if (spec.limit)
        line("limit", absl::StrFormat("%s offset %s", show(*spec.limit), show(spec.offset)));
    line("output", show_keys(spec.output));
    return text;
}

struct Planned {
    absl::StatusOr<Scatter> scatter = absl::UnknownError("");
    Plan plan;
};

Planned plan(const ScatterFixture& fixture, std::string_view statement) {
    Planned result;
    sql::Arena arena;
    const SessionFacts facts;
    const auto parsed = sql::parse(statement, facts.syntax, arena);
    if (!parsed.ok()) {
        result.scatter = parsed.status();
        return result;
    }
    const sql::Query& query = *(*parsed)->query;
    Scope scope;
    if (query.select != nullptr) {
        auto bound = bind_from(query.select->from, nullptr, fixture.topology, fixture.schema);
        if (!bound.ok()) {
            result.scatter = bound.status();
            return result;
        }
        scope = *std::move(bound);
    }
    for (BoundTable& table : scope.tables) {
        table.has_use =
            table.table != nullptr && table.table->kind == topology::TableKind::kSharded;
        table.use = result.plan.uses.size();
        if (table.has_use)
            result.plan.uses.emplace_back();
    }
    PlanContext context{fixture.topology, fixture.schema, facts, arena, result.plan};
    result.scatter = plan_scatter(query, scope, context);
    return result;
}

}  // namespace

ScatterFixture make_scatter_fixture() {
    ScatterFixture fixture;
    topology::Topology& topology = fixture.topology;
    topology.database = "app";
    topology.groups = {make_group("people"), make_group("rooms")};
    const auto add =
        [&](std::string name, topology::TableKind kind, std::size_t group, std::string key) {
            topology::Table table;
            table.name = name;
            table.kind = kind;
            table.group = group;
            table.shard_key = std::move(key);
            topology.tables[name] = std::move(table);
        };
    add("users", topology::TableKind::kSharded, 0, "id");
    add("orders", topology::TableKind::kSharded, 0, "user_id");
    add("presence", topology::TableKind::kSharded, 1, "user_id");
    add("countries", topology::TableKind::kReference, 0, "");
    add("notes", topology::TableKind::kLocal, 0, "");

    for (const TableText& text : tables()) {
        auto definition = std::make_shared<schema::TableDef>();
        definition->name = text.name;
        for (const ColumnText& column : text.columns)
            definition->columns.push_back(column_of(column));
        definition->indexes.push_back(
            {.name = "PRIMARY", .is_unique = true, .columns = text.primary}
        );
        fixture.schema.tables[text.name] = definition;
    }
    add_collation(
        fixture.schema, {"utf8mb4_general_ci", "utf8mb4", true, false, std::string("\0\x20", 2)}
    );
    add_collation(
        fixture.schema, {"utf8mb4_bin", "utf8mb4", true, true, std::string("\0\0\x20", 3)}
    );
    add_collation(fixture.schema, {"utf8mb4_nopad_bin", "utf8mb4", false, true, ""});
    add_collation(fixture.schema, {"latin1_swedish_ci", "latin1", true, false, " "});
    fixture.schema.connection_collation = "utf8mb4_general_ci";
    return fixture;
}

std::string scatter_fixture_ddl() {
    std::string ddl;
    for (const TableText& table : tables()) {
        std::vector<std::string> parts;
        for (const ColumnText& column : table.columns) {
            std::string type = column.type;
            if (const std::size_t at = type.find("collate "); at != type.npos) {
                const std::string charset = type.substr(at + 8, type.find('_', at) - at - 8);
                type.insert(at, absl::StrFormat("character set %s ", charset));
            }
            if (const std::size_t at = type.find("timestamp"); at != type.npos)
                type = "timestamp null";
            parts.push_back(absl::StrFormat("%s %s", column.name, type));
        }
        ddl += absl::StrFormat(
            "create table %s (%s, primary key (%s));\n",
            table.name,
            absl::StrJoin(parts, ", "),
            absl::StrJoin(table.primary, ", ")
        );
    }
    return ddl;
}

std::string explain_scatter(const ScatterFixture& fixture, std::string_view statement) {
    const Planned planned = plan(fixture, statement);
    if (!planned.scatter.ok())
        return std::string(message_of(planned.scatter.status())) + "\n";
    std::string text = show_template(planned.plan, planned.scatter->piece, "") + "\n";
    for (std::size_t i = 0; i < planned.plan.owned.size(); ++i) {
        std::vector<std::string> parts;
        for (const OwnedFilter::Part& part : planned.plan.owned[i].parts)
            parts.push_back(part.bucket_sql);
        text += absl::StrFormat("owned %d: %s\n", i, absl::StrJoin(parts, ", "));
    }
    for (std::size_t i = 0; i < planned.plan.key_lists.size(); ++i)
        text += absl::StrFormat(
            "keys %d: use %d, %d values\n",
            i,
            planned.plan.key_lists[i].use,
            planned.plan.key_lists[i].values.size()
        );
    return text + show(planned.scatter->merge);
}

std::string piece_for(
    const ScatterFixture& fixture, std::string_view statement, std::string_view shard
) {
    const Planned planned = plan(fixture, statement);
    return planned.scatter.ok() ? show_template(planned.plan, planned.scatter->piece, shard)
                                : std::string();
}

absl::StatusOr<merge::MergeSpec> merge_of(
    const ScatterFixture& fixture, std::string_view statement
) {
    Planned planned = plan(fixture, statement);
    if (!planned.scatter.ok())
        return planned.scatter.status();
    return planned.scatter->merge;
}

}  // namespace mosaic::plan
