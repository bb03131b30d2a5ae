#include "plan/bind.h"

#include "base/status.h"
#include "plan/faults.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <string>

namespace mosaic::plan {
namespace {

bool is_same_name(std::string_view a, std::string_view b) {
    return absl::EqualsIgnoreCase(
        absl::string_view(a.data(), a.size()), absl::string_view(b.data(), b.size())
    );
}

bool holds_name(const std::vector<std::string_view>& names, std::string_view name) {
    return std::any_of(names.begin(), names.end(), [&](std::string_view other) {
        return is_same_name(other, name);
    });
}

/// Whether an enclosing WITH names it. \pre the mention has no schema
bool is_cte(const Scope* scope, std::string_view name) {
    for (; scope != nullptr; scope = scope->outer) {
        if (holds_name(scope->cte_names, name))
            return true;
    }
    return false;
}

/// Fills a scope from the tree of a FROM clause.
class FromBinder {
public:
    FromBinder(const topology::Topology& topology, const schema::Schema& schema, Scope& scope)
        : topology_(topology), schema_(schema), scope_(scope) {}

    absl::Status bind(const sql::TableRef& ref, bool is_null_extended) {
        switch (ref.kind) {
            case sql::TableRef::Kind::kTable:
                return bind_table(ref, is_null_extended);
            case sql::TableRef::Kind::kDerived:
                add({.ref = &ref, .name = ref.alias, .is_null_extended = is_null_extended});
                return absl::OkStatus();
            case sql::TableRef::Kind::kJoin:
                return bind_join(ref, is_null_extended);
        }
        return absl::OkStatus();
    }

private:
    void add(const BoundTable& table) { scope_.tables.push_back(table); }

    absl::Status bind_table(const sql::TableRef& ref, bool is_null_extended) {
        BoundTable bound;
        bound.ref = &ref;
        bound.name = ref.alias.empty() ? ref.name : ref.alias;
        bound.is_null_extended = is_null_extended;
        if (ref.schema.empty() && is_cte(&scope_, ref.name)) {
            add(bound);
            return absl::OkStatus();
        }
        bound.table = topology_.find_table(ref.name);
        if (bound.table == nullptr)
            return unknown_table(ref.name, topology_);
        bound.definition = schema_.find_table(ref.name);
        if (bound.definition == nullptr) {
            return make_error(
                errors::kTableMissing,
                absl::StrFormat(
                    "bind table %s.%s: its definition has not been read; create it on every shard "
                    "that "
                    "holds it",
                    topology_.database,
                    ref.name
                ),
                as_server(1146, "42S02")
            );
        }
        add(bound);
        return absl::OkStatus();
    }

    absl::Status bind_join(const sql::TableRef& ref, bool is_null_extended) {
        const std::size_t begin = scope_.tables.size();
        MOSAIC_RETURN_IF_ERROR(
            bind(*ref.left, is_null_extended || ref.join == sql::JoinKind::kRight)
        );
        const std::size_t middle = scope_.tables.size();
        MOSAIC_RETURN_IF_ERROR(
            bind(*ref.right, is_null_extended || ref.join == sql::JoinKind::kLeft)
        );
        for (const std::string_view column : ref.using_columns)
            scope_.merged_columns.push_back(column);
        if (ref.is_natural)
            merge_common_columns(begin, middle);
        return absl::OkStatus();
    }

    void merge_common_columns(std::size_t begin, std::size_t middle) {
        for (std::size_t i = begin; i < middle; ++i) {
            if (scope_.tables[i].definition == nullptr)
                continue;
            for (const schema::ColumnDef& column : scope_.tables[i].definition->columns) {
                for (std::size_t j = middle; j < scope_.tables.size(); ++j) {
                    const schema::TableDef* other = scope_.tables[j].definition;
                    if (other != nullptr && other->find_column(column.name) != nullptr)
                        scope_.merged_columns.push_back(column.name);
                }
            }
        }
    }

    const topology::Topology& topology_;
    const schema::Schema& schema_;
    Scope& scope_;
};

std::string written_name(const sql::Expr& expr) {
    std::string name;
    for (const std::string_view part : {expr.schema, expr.qualifier}) {
        if (!part.empty())
            name.append(part).append(".");
    }
    return name.append(expr.text);
}

absl::Status ambiguous(const sql::Expr& expr) {
    return make_error(
        errors::kAmbiguousColumn,
        absl::StrFormat(
            "bind column %s: several tables of the statement have it; put the table's name before "
            "it",
            written_name(expr)
        ),
        as_server(1052, "23000")
    );
}

/// What one query's own tables say of a column.
struct Search {
    BoundColumn found;
    bool may_be_derived = false;
};

bool names(const sql::Expr& expr, const BoundTable& table) {
    return expr.qualifier.empty() || expr.qualifier == table.name;
}

absl::StatusOr<Search> search(const sql::Expr& expr, const Scope& scope) {
    const bool is_merged = expr.qualifier.empty() && holds_name(scope.merged_columns, expr.text);
    Search hit;
    for (const BoundTable& table : scope.tables) {
        if (!names(expr, table))
            continue;
        if (table.definition == nullptr) {
            hit.may_be_derived = true;
            continue;
        }
        const schema::ColumnDef* column = table.definition->find_column(expr.text);
        if (column == nullptr)
            continue;
        if (hit.found.table == nullptr) {
            hit.found = {.table = &table, .column = column};
            continue;
        }
        if (!is_merged)
            return ambiguous(expr);
        // A merged column is that of the side that an outer join keeps.
        if (hit.found.table->is_null_extended && !table.is_null_extended)
            hit.found = {.table = &table, .column = column};
    }
    return hit;
}

}  // namespace

absl::Status unknown_table(std::string_view name, const topology::Topology& topology) {
    return make_error(
        errors::kUnknownTable,
        absl::StrFormat(
            "bind table %s.%s: the configuration does not name it; declare it in a group's tables "
            "(with "
            "its shard_key), in reference_tables, or in local_tables",
            topology.database,
            name
        ),
        as_server(1146, "42S02")
    );
}

absl::StatusOr<BoundColumn> resolve(const sql::Expr& expr, const Scope& scope) {
    for (const Scope* in = &scope; in != nullptr; in = in->outer) {
        MOSAIC_ASSIGN_OR_RETURN(Search hit, search(expr, *in));
        // An unqualified name that a derived table may have too is the server's to judge.
        if (hit.found.table != nullptr) {
            hit.found.is_outer = in != &scope;
            return hit.found;
        }
        if (hit.may_be_derived)
            return BoundColumn{};
    }
    return make_error(
        errors::kUnknownColumn,
        absl::StrFormat(
            "bind column %s: no table of the statement has it; correct the name, or the table "
            "before it",
            written_name(expr)
        ),
        as_server(1054, "42S22")
    );
}

absl::StatusOr<Scope> bind_from(
    const sql::TableRef* from,
    const Scope* outer,
    const topology::Topology& topology,
    const schema::Schema& schema
) {
    Scope scope;
    scope.outer = outer;
    if (from != nullptr)
        MOSAIC_RETURN_IF_ERROR(FromBinder(topology, schema, scope).bind(*from, false));
    return scope;
}

}  // namespace mosaic::plan
