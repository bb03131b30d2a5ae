#include "plan/gather_source.h"

#include "plan/gather_filter.h"
#include "plan/gather_subtree.h"
#include "plan/scatter_tree.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace mosaic::plan {

using sql::Expr;
using sql::ExprKind;

namespace {

enum class Indexed : std::uint8_t { kUniquely, kAnyhow };

bool is_indexed(const schema::TableDef& table, std::string_view column, Indexed how) {
    for (const schema::IndexDef& index : table.indexes) {
        if (how == Indexed::kUniquely && !index.is_unique)
            continue;
        for (const std::string& part : index.columns) {
            if (is_same_name(part, column))
                return true;
        }
    }
    return false;
}

/// How a column's values travel (query.md, rule 6); no value: not exactly.
std::optional<Carried> carried(const schema::ColumnDef& column, bool is_mariadb) {
    if (column.is_other)
        return std::nullopt;
    switch (column.type) {
        case ColumnType::kFloat:
        case ColumnType::kDouble:
            return Carried::kDouble;
        case ColumnType::kTimestamp:
            return Carried::kInstant;
        case ColumnType::kChar:
        case ColumnType::kVarchar:
        case ColumnType::kText:
            return column.is_binary ? Carried::kBytes : Carried::kText;
        case ColumnType::kJson:
            if (is_mariadb)
                return Carried::kText;
            return std::nullopt;
        case ColumnType::kGeometry:
        case ColumnType::kNull:
            return std::nullopt;
        case ColumnType::kDate:
        case ColumnType::kDatetime:
        case ColumnType::kTime:
            return Carried::kText;
        default:  // NOLINT: BIT, ENUM and SET go as numbers too
            return Carried::kNumber;
    }
}

/// What a NOT NULL column gets whose values nobody reads; empty: that is not known.
std::string_view default_of(const schema::ColumnDef& column) {
    if (column.is_other)
        return {};
    switch (column.type) {
        case ColumnType::kChar:
        case ColumnType::kVarchar:
        case ColumnType::kText:
            return "''";
        case ColumnType::kDate:
        case ColumnType::kDatetime:
            return "'2000-01-01'";
        case ColumnType::kTinyInt:
        case ColumnType::kSmallInt:
        case ColumnType::kMediumInt:
        case ColumnType::kInt:
        case ColumnType::kBigInt:
        case ColumnType::kFloat:
        case ColumnType::kDouble:
        case ColumnType::kDecimal:
            return "0";
        default:  // NOLINT: rare ones are brought
            return {};
    }
}

}  // namespace

absl::StatusOr<GatherSource> SourceMaker::make(
    const BoundTable& table, const Bounds& bounds, std::size_t number
) {
    GatherSource source;
    source.use = table.use;
    source.name = absl::StrFormat("_mosaic_%d", number);
    source.create = of_table("CREATE TEMPORARY TABLE ", source.name, " LIKE ", table, "");
    if (!is_computed(*table.definition)) {
        source.create_plain = of_table(
            "CREATE TEMPORARY TABLE ", source.name, " AS SELECT * FROM ", table, " LIMIT 0"
        );
    }
    std::vector<sql::SelectItem> items;
    MOSAIC_RETURN_IF_ERROR(add_columns(table, source, items));
    MOSAIC_RETURN_IF_ERROR(set_piece(table, bounds, std::move(items), source));
    return source;
}

absl::StatusOr<GatherPiece> SourceMaker::make_lookup(
    const BoundTable& table, const Bounds& bounds, const LinkColumns& columns
) {
    GatherPiece lookup;
    std::vector<sql::SelectItem> items;
    for (const schema::ColumnDef* column : columns)
        items.push_back({.expr = carrier(table, *column), .alias = {}, .source = {}});
    MOSAIC_RETURN_IF_ERROR(set_piece(table, bounds, std::move(items), lookup));
    return lookup;
}

bool SourceMaker::is_computed(const schema::TableDef& definition) {
    return std::any_of(
        definition.columns.begin(),
        definition.columns.end(),
        [](const schema::ColumnDef& column) { return column.is_generated; }
    );
}

void SourceMaker::add_name(sql::Template& out, std::string_view name) {
    out.gaps.push_back(
        {static_cast<std::uint32_t>(out.text.size()), {.kind = sql::Hole::Kind::kSchema}}
    );
    out.text.push_back('.');
    append_identifier(out.text, name);
}

sql::Template SourceMaker::of_table(
    std::string_view begin,
    std::string_view name,
    std::string_view how,
    const BoundTable& table,
    std::string_view end
) {
    sql::Template out;
    out.text = begin;
    add_name(out, name);
    out.text += how;
    add_name(out, table.table->name);
    out.text += end;
    return out;
}

absl::Status SourceMaker::set_piece(
    const BoundTable& table,
    const Bounds& bounds,
    std::vector<sql::SelectItem> items,
    GatherPiece& out
) {
    const Expr* where = nullptr;
    if (bounds.filter != nullptr)
        where = without_schema(*bounds.filter, arena_);
    for (const Expr* condition : bounds.judged) where = both(where, condition);
    out.has_filter = where != nullptr;
    out.kept = where == nullptr ? 1 : guess_kept(*where);
    if (bounds.is_linked) {
        // So that what is put behind is not a part of an OR.
        Expr always;
        always.kind = ExprKind::kTrue;
        where = both(where, arena_.make(always));
    }
    if (items.empty())
        items.push_back({.expr = integer("1"), .alias = {}, .source = {}});
    if (!bounds.judged.empty()) {
        PlanContext context{input_.topology, input_.schema, input_.facts, arena_, plan_};
        MOSAIC_ASSIGN_OR_RETURN(
            const sql::Query* query, select_on_shards(table, items, where, context)
        );
        out.piece = sql::print(*query, print_options(input_.facts));
        return absl::OkStatus();
    }
    sql::TableRef ref;
    ref.name = table.table->name;
    ref.alias = table.name;
    ref.has_schema_hole = true;
    sql::Select select;
    select.items = arena_.copy(items);
    select.from = arena_.make(ref);
    select.where = where;
    select.owned = owned(table, where != nullptr);
    sql::Query query;
    query.select = arena_.make(select);
    out.piece = sql::print(query, print_options(input_.facts));
    return absl::OkStatus();
}

const Expr* SourceMaker::both(const Expr* condition, const Expr* other) {
    if (condition == nullptr)
        return other;
    Expr both;
    both.kind = ExprKind::kBinary;
    both.op = sql::Operator::kAnd;
    both.args = arena_.copy(std::vector<const Expr*>{condition, other});
    return arena_.make(both);
}

bool SourceMaker::is_needed(const schema::TableDef& table, const schema::ColumnDef& column) const {
    if (named_.may_read(column.name))
        return true;
    if (!input_.schema.is_mariadb)
        return is_indexed(table, column.name, Indexed::kAnyhow) || !has_default(column);
    return is_indexed(table, column.name, Indexed::kUniquely) ||
           !(has_default(column) || !default_of(column).empty());
}

bool SourceMaker::has_default(const schema::ColumnDef& column) {
    return column.is_nullable || column.has_default;
}

absl::Status SourceMaker::add_columns(
    const BoundTable& table, GatherSource& source, std::vector<sql::SelectItem>& items
) {
    const schema::TableDef& definition = *table.definition;
    for (const schema::ColumnDef& column : definition.columns) {
        source.all_columns.push_back(column.name);
        if (column.is_generated)
            continue;
        if (!is_computed(definition) && !is_needed(definition, column)) {
            add_default(column, source);
            continue;
        }
        const std::optional<Carried> how = carried(column, input_.schema.is_mariadb);
        if (!how) {
            return refuse(
                errors::kTypeNotMerged,
                absl::StrFormat("table %s", table.name),
                absl::StrFormat(
                    "values of column %s (%s) cannot be carried to another server exactly",
                    column.name,
                    column.type_text
                ),
                "leave the column out, or compare the shard key with a value"
            );
        }
        source.columns += source.columns.empty() ? "" : ", ";
        append_identifier(source.columns, column.name);
        source.filled.push_back(column.name);
        source.carried.push_back(*how);
        items.push_back({.expr = carrier(table, column), .alias = {}, .source = {}});
    }
    return absl::OkStatus();
}

void SourceMaker::add_default(const schema::ColumnDef& column, GatherSource& source) {
    if (has_default(column))
        return;
    sql::Template& out = source.defaults;
    if (out.text.empty()) {
        out.text = "ALTER TABLE ";
        add_name(out, source.name);
    } else {
        out.text.push_back(',');
    }
    out.text += " ALTER COLUMN ";
    append_identifier(out.text, column.name);
    out.text += " SET DEFAULT ";
    out.text += default_of(column);
}

const Expr* SourceMaker::integer(std::string_view digits) {
    Expr number;
    number.kind = ExprKind::kInteger;
    number.text = digits;
    return arena_.make(number);
}

const Expr* SourceMaker::plus(const Expr* expr, ExprKind kind, std::string_view zero) {
    Expr number;
    number.kind = kind;
    number.text = zero;
    Expr sum;
    sum.kind = ExprKind::kBinary;
    sum.op = sql::Operator::kAdd;
    sum.args = arena_.copy(std::vector<const Expr*>{expr, arena_.make(number)});
    return arena_.make(sum);
}

const Expr* SourceMaker::carrier(const BoundTable& table, const schema::ColumnDef& column) {
    Expr plain;
    plain.kind = ExprKind::kColumn;
    plain.qualifier = table.name;
    plain.text = column.name;
    const Expr* value = arena_.make(plain);
    switch (column.type) {
        case ColumnType::kFloat:
            return plus(value, ExprKind::kDouble, "0e0");
        case ColumnType::kBit:
        case ColumnType::kEnum:
        case ColumnType::kSet:
            return plus(value, ExprKind::kInteger, "0");
        case ColumnType::kTimestamp: {
            Expr call;
            call.kind = ExprKind::kFunction;
            call.text = "UNIX_TIMESTAMP";
            call.args = arena_.copy(std::vector<const Expr*>{value});
            return arena_.make(call);
        }
        default:  // NOLINT: the rest is its own text
            return value;
    }
}

std::span<const sql::Hole> SourceMaker::owned(const BoundTable& table, bool has_filter) {
    if (!table.has_use)
        return {};
    const TableUse& use = plan_.uses[table.use];
    if (use.kind != topology::TableKind::kSharded)
        return {};
    std::optional<OwnedFilter::Part> part = owned_part(use, input_.topology);
    if (!part)
        return {};
    sql::Hole hole{.kind = sql::Hole::Kind::kOwned};
    hole.lead = has_filter ? sql::Hole::Lead::kAnd : sql::Hole::Lead::kWhere;
    hole.index = static_cast<std::uint16_t>(plan_.owned.size());
    OwnedFilter filter;
    filter.parts.push_back(*std::move(part));
    plan_.owned.push_back(std::move(filter));
    return arena_.copy(std::vector<sql::Hole>{hole});
}

}  // namespace mosaic::plan
