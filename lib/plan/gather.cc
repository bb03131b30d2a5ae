#include "plan/gather.h"

#include "plan/gather_filter.h"
#include "plan/gather_keys.h"
#include "plan/gather_source.h"
#include "plan/gather_subtree.h"
#include "plan/pass_through.h"
#include "plan/scatter_tree.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::plan {
namespace {

using sql::Expr;

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
            gather.finish,
            with_renamed_tables(
                input_.statement, input_.mentions, renamed, input_.schema.is_mariadb
            )
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
