#include "plan/gather.h"

#include "plan/gather_filter.h"
#include "plan/gather_keys.h"
#include "plan/gather_subtree.h"
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

/// A column whose values the links ask for, by mention.
using LinkColumns = std::vector<const schema::ColumnDef*>;

/// `t`.`c`
std::string column_sql(const BoundTable& table, const schema::ColumnDef& column) {
    std::string sql;
    append_identifier(sql, table.name);
    sql.push_back('.');
    append_identifier(sql, column.name);
    return sql;
}

bool is_unique_alone(const schema::TableDef& table, const schema::ColumnDef& column) {
    return std::any_of(table.indexes.begin(), table.indexes.end(), [&](const auto& index) {
        return index.is_unique && index.columns.size() == 1 &&
               is_same_name(index.columns[0], column.name);
    });
}

/// What bounds the rows of a mention before they are brought.
struct Bounds {
    const Expr* filter = nullptr;  ///< Of its own columns; null: none.
    /// With subqueries, which each shard can judge.
    std::vector<const Expr*> judged;
    bool is_linked = false;  ///< Other rows may bind it too: conditions are added at the end.
};

/// Makes the source of one mention.
class SourceMaker {
public:
    SourceMaker(const PlanInput& input, const NamedColumns& named, Plan& plan)
        : input_(input), arena_(input.arena), named_(named), plan_(plan) {}

    absl::StatusOr<GatherSource> make(
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

    absl::StatusOr<GatherPiece> make_lookup(
        const BoundTable& table, const Bounds& bounds, const LinkColumns& columns
    ) {
        GatherPiece lookup;
        std::vector<sql::SelectItem> items;
        for (const schema::ColumnDef* column : columns)
            items.push_back({.expr = carrier(table, *column), .alias = {}, .source = {}});
        MOSAIC_RETURN_IF_ERROR(set_piece(table, bounds, std::move(items), lookup));
        return lookup;
    }

private:
    static bool is_computed(const schema::TableDef& definition) {
        return std::any_of(
            definition.columns.begin(),
            definition.columns.end(),
            [](const schema::ColumnDef& column) { return column.is_generated; }
        );
    }

    static void add_name(sql::Template& out, std::string_view name) {
        out.gaps.push_back(
            {static_cast<std::uint32_t>(out.text.size()), {.kind = sql::Hole::Kind::kSchema}}
        );
        out.text.push_back('.');
        append_identifier(out.text, name);
    }

    static sql::Template of_table(
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

    absl::Status set_piece(
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

    /// `condition` may be null.
    const Expr* both(const Expr* condition, const Expr* other) {
        if (condition == nullptr)
            return other;
        Expr both;
        both.kind = ExprKind::kBinary;
        both.op = sql::Operator::kAnd;
        both.args = arena_.copy(std::vector<const Expr*>{condition, other});
        return arena_.make(both);
    }

    // What is not read gets a default; unique keys stay whole, as uniqueness and what the server
    // concludes from it are theirs. Where no default may be given, or one might break a CHECK (only
    // MariaDB can be told not to look), the values are brought.
    [[nodiscard]] bool is_needed(const schema::TableDef& table, const schema::ColumnDef& column)
        const {
        if (named_.may_read(column.name))
            return true;
        if (!input_.schema.is_mariadb)
            return is_indexed(table, column.name, Indexed::kAnyhow) || !has_default(column);
        return is_indexed(table, column.name, Indexed::kUniquely) ||
               !(has_default(column) || !default_of(column).empty());
    }

    static bool has_default(const schema::ColumnDef& column) {
        return column.is_nullable || column.has_default;
    }

    absl::Status add_columns(
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

    static void add_default(const schema::ColumnDef& column, GatherSource& source) {
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

namespace {

/// Makes sources and lookups of the mentions, and links them.
class Planner {
public:
    Planner(const PlanInput& input, const Router& router, Plan& plan)
        : input_(input),
          router_(router),
          plan_(plan),
          named_(input.mentions),
          maker_(input, named_, plan) {
        find_mentions();
        links_ = links_of(mentions_, router);
        drop_useless();
    }

    absl::StatusOr<Gather> make() {
        Gather gather;
        std::vector<RenamedTable> renamed;
        // Sources before lookups, as links count them.
        for (std::size_t i = 0; i < mentions_.size(); ++i) {
            if (!mentions_[i].table->has_use)
                continue;
            MOSAIC_ASSIGN_OR_RETURN(
                GatherSource source,
                maker_.make(*mentions_[i].table, bounds(i), gather.sources.size() + 1)
            );
            renamed.push_back({mentions_[i].table->ref, source.name});
            number_[i] = gather.sources.size();
            gather.sources.push_back(std::move(source));
        }
        for (std::size_t i = 0; i < mentions_.size(); ++i) {
            if (mentions_[i].table->has_use || columns_of(i).empty())
                continue;
            number_[i] = gather.sources.size() + gather.lookups.size();
            MOSAIC_ASSIGN_OR_RETURN(
                GatherPiece lookup,
                maker_.make_lookup(*mentions_[i].table, bounds(i), columns_of(i))
            );
            gather.lookups.push_back(std::move(lookup));
        }
        for (const KeyLink& link : links_) add(link, gather);
        MOSAIC_ASSIGN_OR_RETURN(
            gather.finish, with_renamed_tables(input_.statement, input_.mentions, renamed)
        );
        return gather;
    }

private:
    void find_mentions() {
        for (const Scope& scope : router_.scopes()) {
            for (const BoundTable& table : scope.tables) {
                if (table.table != nullptr)
                    mentions_.push_back({&table, &scope, conditions_on(table, scope, router_)});
            }
        }
        number_.resize(mentions_.size());
    }

    // A lookup that nothing binds gives all values of its table, which as a rule are those that
    // there are; and nothing is brought of a lookup, so a link to one that gives none is no use.
    void drop_useless() {
        for (bool is_changed = true; is_changed;) {
            const std::size_t count = links_.size();
            std::erase_if(links_, [&](const KeyLink& link) {
                const bool is_idle_source =
                    is_lookup(link.from) && filter(link.from) == nullptr && !is_linked(link.from);
                const bool is_idle_target = is_lookup(link.to) && columns_of(link.to).empty();
                const bool is_computed = !is_lookup(link.from) && link.from_column->is_generated;
                return is_idle_source || is_idle_target || is_computed;
            });
            is_changed = links_.size() != count;
        }
    }

    [[nodiscard]] bool is_lookup(std::size_t mention) const {
        return !mentions_[mention].table->has_use;
    }

    [[nodiscard]] bool is_linked(std::size_t mention) const {
        return std::any_of(links_.begin(), links_.end(), [&](const KeyLink& link) {
            return link.to == mention;
        });
    }

    [[nodiscard]] LinkColumns columns_of(std::size_t mention) const {
        LinkColumns columns;
        for (const KeyLink& link : links_) {
            const bool is_new =
                std::find(columns.begin(), columns.end(), link.from_column) == columns.end();
            if (link.from == mention && is_new)
                columns.push_back(link.from_column);
        }
        return columns;
    }

    const Expr* filter(std::size_t mention) {
        const GatherMention& of = mentions_[mention];
        return filter_of(*of.table, *of.scope, of.conditions, input_.arena);
    }

    Bounds bounds(std::size_t mention) {
        const GatherMention& of = mentions_[mention];
        const PlanContext context{
            input_.topology, input_.schema, input_.facts, input_.arena, plan_};
        return {
            .filter = filter(mention),
            .judged = conditions_for_shards(*of.table, *of.scope, of.conditions, router_, context),
            .is_linked = is_linked(mention)};
    }

    /// Where the piece of a mention gives a column.
    [[nodiscard]] std::size_t position_of(
        std::size_t mention, const schema::ColumnDef& column, const Gather& gather
    ) const {
        if (is_lookup(mention)) {
            const LinkColumns columns = columns_of(mention);
            const auto at = std::find(columns.begin(), columns.end(), &column);
            return static_cast<std::size_t>(at - columns.begin());
        }
        const std::vector<std::string>& filled = gather.sources[number_[mention]].filled;
        const auto at = std::find(filled.begin(), filled.end(), column.name);
        return static_cast<std::size_t>(at - filled.begin());
    }

    void add(const KeyLink& link, Gather& gather) const {
        const BoundTable& table = *mentions_[link.to].table;
        GatherLink out;
        out.column = column_sql(table, *link.to_column);
        out.from_text = column_sql(*mentions_[link.from].table, *link.from_column);
        out.is_shard_key = table.table->kind == topology::TableKind::kSharded &&
                           is_same_name(table.table->shard_key, link.to_column->name);
        out.is_unique = is_unique_alone(*table.definition, *link.to_column);
        out.is_from_unique =
            is_unique_alone(*mentions_[link.from].table->definition, *link.from_column);
        out.from = number_[link.from];
        out.from_column = position_of(link.from, *link.from_column, gather);
        const std::size_t to = number_[link.to];
        GatherPiece& piece =
            is_lookup(link.to) ? gather.lookups[to - gather.sources.size()] : gather.sources[to];
        piece.links.push_back(std::move(out));
    }

    const PlanInput& input_;
    const Router& router_;
    Plan& plan_;
    const NamedColumns named_;
    SourceMaker maker_;
    std::vector<GatherMention> mentions_;
    std::vector<KeyLink> links_;
    std::vector<std::size_t> number_;  ///< By mention: of its source or lookup.
};

}  // namespace

absl::StatusOr<Gather> plan_gather(const PlanInput& input, const Router& router, Plan& plan) {
    MOSAIC_RETURN_IF_ERROR(check_local(plan));
    return Planner(input, router, plan).make();
}

}  // namespace mosaic::plan
