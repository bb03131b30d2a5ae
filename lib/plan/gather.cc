#include "plan/gather.h"

#include "plan/gather_filter.h"
#include "plan/pass_through.h"
#include "plan/scatter_tree.h"
#include "types/literal.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;

/// The columns that a statement can read, by name alone: a name that stands anywhere in it counts
/// for every table that has one, and a star counts for all.
class NamedColumns {
public:
    explicit NamedColumns(const Mentions& mentions) : reads_all_(mentions.has_star) {
        for (const std::string_view name : mentions.columns) names_.insert(lower(name));
    }

    [[nodiscard]] bool may_read(std::string_view name) const {
        return reads_all_ || names_.contains(lower(name));
    }

private:
    static std::string lower(std::string_view name) {
        return absl::AsciiStrToLower(absl::string_view(name.data(), name.size()));
    }

    bool reads_all_;
    std::set<std::string> names_;
};

bool is_indexed(const schema::TableDef& table, std::string_view column) {
    for (const schema::IndexDef& index : table.indexes) {
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

/// Makes the source of one mention.
class SourceMaker {
public:
    SourceMaker(const PlanInput& input, const NamedColumns& named, Plan& plan)
        : input_(input), arena_(input.arena), named_(named), plan_(plan) {}

    absl::StatusOr<GatherSource> make(
        const BoundTable& table, const Expr* filter, std::size_t number
    ) {
        GatherSource source;
        source.use = table.use;
        source.name = absl::StrFormat("_mosaic_%d", number);
        source.create = create(table, source.name, " LIKE ", "");
        const bool is_computed = std::any_of(
            table.definition->columns.begin(),
            table.definition->columns.end(),
            [](const schema::ColumnDef& column) { return column.is_generated; }
        );
        if (!is_computed)
            source.create_plain = create(table, source.name, " AS SELECT * FROM ", " LIMIT 0");
        sql::Select select;
        MOSAIC_RETURN_IF_ERROR(add_columns(table, source, select));
        sql::TableRef ref;
        ref.name = table.table->name;
        ref.alias = table.name;
        ref.has_schema_hole = true;
        select.from = arena_.make(ref);
        select.where = filter == nullptr ? nullptr : without_schema(*filter, arena_);
        select.owned = owned(table, filter != nullptr);
        sql::Query query;
        query.select = arena_.make(select);
        source.piece = sql::print(query, print_options(input_.facts));
        return source;
    }

private:
    static sql::Template create(
        const BoundTable& table, std::string_view name, std::string_view how, std::string_view end
    ) {
        sql::Template out;
        const auto add_hole = [&] {
            out.gaps.push_back(
                {static_cast<std::uint32_t>(out.text.size()), {.kind = sql::Hole::Kind::kSchema}}
            );
            out.text.push_back('.');
        };
        out.text = "CREATE TEMPORARY TABLE ";
        add_hole();
        append_identifier(out.text, name);
        out.text += how;
        add_hole();
        append_identifier(out.text, table.table->name);
        out.text += end;
        return out;
    }

    // What is not read and may be left out gets its default; keys stay whole, as uniqueness and
    // what the server concludes from it are theirs.
    [[nodiscard]] bool is_needed(const schema::TableDef& table, const schema::ColumnDef& column)
        const {
        return named_.may_read(column.name) || is_indexed(table, column.name) ||
               !(column.is_nullable || column.has_default);
    }

    absl::Status add_columns(const BoundTable& table, GatherSource& source, sql::Select& select) {
        const schema::TableDef& definition = *table.definition;
        const bool is_computed =
            std::any_of(definition.columns.begin(), definition.columns.end(), [](const auto& c) {
                return c.is_generated;
            });
        std::vector<sql::SelectItem> items;
        for (const schema::ColumnDef& column : definition.columns) {
            source.all_columns.push_back(column.name);
            if (column.is_generated || (!is_computed && !is_needed(definition, column)))
                continue;
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
            source.carried.push_back(*how);
            items.push_back({.expr = carrier(table, column), .alias = {}, .source = {}});
        }
        if (items.empty())
            items.push_back({.expr = integer("1"), .alias = {}, .source = {}});
        select.items = arena_.copy(items);
        return absl::OkStatus();
    }

    const Expr* integer(std::string_view digits) {
        Expr number;
        number.kind = ExprKind::kInteger;
        number.text = digits;
        return arena_.make(number);
    }

    const Expr* plus(const Expr* expr, ExprKind kind, std::string_view zero) {
        Expr number;
        number.kind = kind;
        number.text = zero;
        Expr sum;
        sum.kind = ExprKind::kBinary;
        sum.op = sql::Operator::kAdd;
        sum.args = arena_.copy(std::vector<const Expr*>{expr, arena_.make(number)});
        return arena_.make(sum);
    }

    /// The expression whose text gives the column's value exactly.
    const Expr* carrier(const BoundTable& table, const schema::ColumnDef& column) {
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

    std::span<const sql::Hole> owned(const BoundTable& table, bool has_filter) {
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

    const PlanInput& input_;
    sql::Arena& arena_;
    const NamedColumns& named_;
    Plan& plan_;
};

}  // namespace

namespace {

/// A temporary table is made like the table where the query runs, and local tables are in one
/// place.
absl::Status check_local(const Plan& plan) {
    const TableUse* first = nullptr;
    for (const TableUse& use : plan.uses) {
        if (use.kind != topology::TableKind::kLocal)
            continue;
        if (first != nullptr && first->shard != use.shard) {
            return refuse(
                errors::kNeedsGather,
                absl::StrFormat("table %s", use.alias),
                absl::StrFormat("it is local to another shard than %s", first->alias),
                "ask for them one by one"
            );
        }
        first = &use;
    }
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Gather> plan_gather(const PlanInput& input, const Router& router, Plan& plan) {
    MOSAIC_RETURN_IF_ERROR(check_local(plan));
    const NamedColumns named(input.mentions);
    SourceMaker maker(input, named, plan);
    Gather gather;
    std::vector<RenamedTable> renamed;
    for (const Scope& scope : router.scopes()) {
        for (const BoundTable& table : scope.tables) {
            if (!table.has_use)
                continue;
            const Expr* filter = filter_of(table, scope, router, input.arena);
            MOSAIC_ASSIGN_OR_RETURN(
                GatherSource source, maker.make(table, filter, gather.sources.size() + 1)
            );
            renamed.push_back({table.ref, source.name});
            gather.sources.push_back(std::move(source));
        }
    }
    MOSAIC_ASSIGN_OR_RETURN(
        gather.finish, with_renamed_tables(input.statement, input.mentions, renamed)
    );
    return gather;
}

}  // namespace mosaic::plan
