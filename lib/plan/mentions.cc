#include "plan/mentions.h"

#include "plan/faults.h"
#include "plan/plan.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <span>

namespace mosaic::plan {
namespace {

/// The names that the WITH clauses around a query hide.
struct Hidden {
    std::span<const sql::Cte> names;
    const Hidden* outer = nullptr;
};

bool is_hidden(const Hidden* hidden, std::string_view name) {
    for (; hidden != nullptr; hidden = hidden->outer) {
        for (const sql::Cte& cte : hidden->names) {
            if (absl::EqualsIgnoreCase(
                    absl::string_view(cte.name.data(), cte.name.size()),
                    absl::string_view(name.data(), name.size())
                ))
                return true;
        }
    }
    return false;
}

class Walker {
public:
    explicit Walker(Mentions& out) : out_(out) {}

    void walk(const sql::Statement& statement) {
        if (statement.query != nullptr)
            query(*statement.query, nullptr);
        if (statement.insert != nullptr)
            insert(*statement.insert);
        if (statement.update != nullptr)
            update(*statement.update);
        if (statement.del != nullptr)
            del(*statement.del);
    }

    void expr(const sql::Expr* expr, const Hidden* hidden) {
        if (expr == nullptr)
            return;
        note(*expr);
        for (const sql::Expr* argument : expr->args) this->expr(argument, hidden);
        if (expr->query != nullptr)
            query(*expr->query, hidden);
        order(expr->order_by, hidden);
        this->expr(expr->separator, hidden);
        window(expr->window, hidden);
    }

private:
    void note(const sql::Expr& expr) {
        using Kind = sql::ExprKind;
        if (expr.kind == Kind::kColumn)
            out_.columns.push_back(expr.text);
        if (expr.kind == Kind::kParameter)
            out_.parameters.push_back(&expr);
        if ((expr.kind == Kind::kColumn || expr.kind == Kind::kStar) && !expr.schema.empty())
            out_.qualified.push_back(&expr);
        if (expr.kind == Kind::kFunction || expr.kind == Kind::kSystemVariable ||
            expr.kind == Kind::kUserVariable || expr.kind == Kind::kAssign ||
            expr.kind == Kind::kMatch)
            out_.calls.push_back(&expr);
    }

    void order(std::span<const sql::OrderItem> items, const Hidden* hidden) {
        for (const sql::OrderItem& item : items) expr(item.expr, hidden);
    }

    void limit(const sql::Limit* limit, const Hidden* hidden) {
        if (limit == nullptr)
            return;
        for (const sql::Expr* number : {limit->count, limit->offset}) {
            if (number != nullptr && number->kind == sql::ExprKind::kParameter)
                out_.limit_parameters.push_back(number->index);
            expr(number, hidden);
        }
    }

    void window(const sql::Window* window, const Hidden* hidden) {
        if (window == nullptr)
            return;
        for (const sql::Expr* part : window->partition_by) expr(part, hidden);
        order(window->order_by, hidden);
    }

    void items(std::span<const sql::SelectItem> items, const Hidden* hidden) {
        for (const sql::SelectItem& item : items) {
            out_.items.push_back(&item);
            out_.has_star = out_.has_star || item.expr->kind == sql::ExprKind::kStar;
            expr(item.expr, hidden);
        }
    }

    void table(const sql::TableRef* ref, const Hidden* hidden) {
        if (ref == nullptr)
            return;
        switch (ref->kind) {
            case sql::TableRef::Kind::kTable:
                if (!ref->schema.empty() || !is_hidden(hidden, ref->name))
                    out_.tables.push_back(ref);
                return;
            case sql::TableRef::Kind::kDerived:
                query(*ref->query, hidden);
                return;
            case sql::TableRef::Kind::kJoin:
                table(ref->left, hidden);
                table(ref->right, hidden);
                out_.has_star = out_.has_star || ref->is_natural;
                out_.columns.insert(
                    out_.columns.end(), ref->using_columns.begin(), ref->using_columns.end()
                );
                expr(ref->on, hidden);
                return;
        }
    }

    // Without RECURSIVE a name hides tables only from what comes after it.
    void query(const sql::Query& query, const Hidden* outer) {
        out_.queries.push_back(&query);
        Hidden hidden{query.with, outer};
        for (std::size_t i = 0; i < query.with.size(); ++i) {
            const Hidden before{query.is_recursive ? query.with : query.with.subspan(0, i), outer};
            this->query(*query.with[i].query, &before);
        }
        if (query.select != nullptr)
            select(*query.select, &hidden);
        if (query.set != nullptr) {
            this->query(*query.set->left, &hidden);
            this->query(*query.set->right, &hidden);
        }
        for (const sql::Expr* row : query.values) expr(row, &hidden);
        order(query.order_by, &hidden);
        limit(query.limit, &hidden);
    }

    void select(const sql::Select& select, const Hidden* hidden) {
        items(select.items, hidden);
        table(select.from, hidden);
        expr(select.where, hidden);
        order(select.group_by, hidden);
        expr(select.having, hidden);
        for (const sql::Select::NamedWindow& named : select.windows) window(named.window, hidden);
    }

    void assignments(std::span<const sql::Assignment> assignments) {
        for (const sql::Assignment& assignment : assignments) {
            expr(assignment.column, nullptr);
            expr(assignment.value, nullptr);
        }
    }

    void insert(const sql::Insert& insert) {
        table(insert.table, nullptr);
        for (const sql::Expr* column : insert.columns) expr(column, nullptr);
        for (const auto& row : insert.rows) {
            for (const sql::Expr* value : row) expr(value, nullptr);
        }
        if (insert.query != nullptr)
            query(*insert.query, nullptr);
        assignments(insert.on_duplicate);
        items(insert.returning, nullptr);
    }

    void update(const sql::Update& update) {
        table(update.table, nullptr);
        assignments(update.assignments);
        expr(update.where, nullptr);
        order(update.order_by, nullptr);
        limit(update.limit, nullptr);
    }

    void del(const sql::Delete& del) {
        for (const sql::TableRef* target : del.targets) out_.targets.push_back(target);
        table(del.table, nullptr);
        expr(del.where, nullptr);
        order(del.order_by, nullptr);
        limit(del.limit, nullptr);
        items(del.returning, nullptr);
    }

    Mentions& out_;
};

absl::Status foreign_schema(
    std::string_view schema,
    std::string_view name,
    std::string_view database,
    const ErrorDetail& detail = {}
) {
    return make_error(
        errors::kForeignSchema,
        absl::StrFormat(
            "bind %s.%s: the schema is not the logical database %s; leave it out, or ask the "
            "server "
            "itself",
            schema,
            name,
            database
        ),
        detail
    );
}

}  // namespace

Mentions mentions_of(const sql::Statement& statement) {
    Mentions mentions;
    Walker(mentions).walk(statement);
    return mentions;
}

Mentions mentions_of(const sql::Expr& expr) {
    Mentions mentions;
    Walker(mentions).expr(&expr, nullptr);
    return mentions;
}

absl::StatusOr<std::vector<std::string>> tables_of(
    const sql::Statement& statement, std::string_view database
) {
    const Mentions mentions = mentions_of(statement);
    std::vector<std::string> names;
    for (const sql::TableRef* ref : mentions.tables) {
        if (!ref->schema.empty() && ref->schema != database)
            return foreign_schema(ref->schema, ref->name, database);
        if (std::find(names.begin(), names.end(), ref->name) == names.end())
            names.emplace_back(ref->name);
    }
    for (const sql::TableRef* target : mentions.targets) {
        if (!target->schema.empty() && target->schema != database)
            return foreign_schema(target->schema, target->name, database);
    }
    for (const sql::Expr* column : mentions.qualified) {
        if (column->schema != database)
            return foreign_schema(
                column->schema, column->qualifier, database, as_server(1054, "42S22")
            );
    }
    return names;
}

}  // namespace mosaic::plan
