#include "plan/scatter_names.h"

#include "plan/faults.h"
#include "plan/scatter_tree.h"
#include "sql/printer.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <functional>
#include <utility>

namespace mosaic::plan {
namespace {

using sql::Expr;
using sql::ExprKind;

absl::Status ambiguous(const Expr& expr, std::string_view clause) {
    return make_error(
        errors::kAmbiguousColumn,
        absl::StrFormat(
            "bind %s in %s: several select items, or an item and a column, have this name; give "
            "the "
            "item an alias of its own",
            expr.text,
            clause
        ),
        as_server(1052, "23000")
    );
}

absl::Status unknown(std::string_view name, std::string_view clause) {
    return make_error(
        errors::kUnknownColumn,
        absl::StrFormat(
            "bind %s in %s: neither a select item nor a column there has this name; correct it",
            name,
            clause
        ),
        as_server(1054, "42S22")
    );
}

bool is_unknown(const absl::Status& status) {
    const std::optional<ErrorDetail> detail = error_detail(status);
    return detail && detail->mysql_errno == 1054;
}

/// A rewrite whose steps may fail.
class Rewriting {
public:
    using Step = std::function<absl::StatusOr<const Expr*>(const Expr&)>;

    Rewriting(sql::Arena& arena, Step step) : arena_(arena), step_(std::move(step)) {}

    absl::StatusOr<const Expr*> run(const Expr& expr) {
        const Expr* result = rewrite(expr, arena_, [&](const Expr& node) -> const Expr* {
            if (!status_.ok())
                return &node;
            absl::StatusOr<const Expr*> replaced = step_(node);
            if (replaced.ok())
                return *replaced;
            status_ = replaced.status();
            return &node;
        });
        if (!status_.ok())
            return status_;
        return result;
    }

private:
    sql::Arena& arena_;
    Step step_;
    absl::Status status_;
};

}  // namespace

absl::StatusOr<Names> Names::make(
    const sql::Select& select, const Scope& scope, sql::Arena& arena
) {
    Names names(scope, arena);
    for (const sql::SelectItem& item : select.items) {
        if (item.expr->kind == ExprKind::kStar) {
            names.has_star_ = true;
            MOSAIC_RETURN_IF_ERROR(names.add_star(item));
            continue;
        }
        NamedItem named;
        MOSAIC_ASSIGN_OR_RETURN(named.expr, names.canonical(*item.expr));
        named.name = item.alias;
        if (!item.has_alias() && item.expr->kind == ExprKind::kColumn)
            named.name = item.expr->text;
        named.written = &item;
        names.items_.push_back(named);
    }
    return names;
}

absl::Status Names::add_star(const sql::SelectItem& item) {
    const std::string_view qualifier = item.expr->qualifier;
    if (qualifier.empty() && !scope_->merged_columns.empty()) {
        return refuse(
            errors::kNeedsGather,
            place("*", item.expr->begin),
            "USING merges columns, and which come first is not worked out here",
            "name the columns, or join with ON"
        );
    }
    bool is_found = false;
    for (const BoundTable& table : scope_->tables) {
        if (!qualifier.empty() && qualifier != table.name)
            continue;
        is_found = true;
        for (const schema::ColumnDef& definition : table.definition->columns) {
            if (definition.is_invisible)
                continue;
            const Expr* expr = column({.table = &table, .column = &definition}, item.expr->begin);
            items_.push_back(
                {.expr = expr, .name = definition.name, .written = &item, .is_of_star = true}
            );
        }
    }
    return is_found ? absl::OkStatus() : unknown(qualifier, "the select list");
}

const Expr* Names::column(const BoundColumn& bound, std::uint32_t begin) const {
    Expr expr;
    expr.begin = begin;
    expr.kind = ExprKind::kColumn;
    expr.qualifier = arena_->copy(bound.table->name);
    expr.text = arena_->copy(std::string_view(bound.column->name));
    return arena_->make(expr);
}

absl::StatusOr<const Expr*> Names::canonical(const Expr& expr) const {
    return Rewriting(
               *arena_,
               [&](const Expr& node) -> absl::StatusOr<const Expr*> {
                   if (node.kind != ExprKind::kColumn)
                       return nullptr;
                   MOSAIC_ASSIGN_OR_RETURN(const BoundColumn bound, resolve(node, *scope_));
                   return bound.table == nullptr ? &node : column(bound, node.begin);
               }
    ).run(expr);
}

absl::StatusOr<const Expr*> Names::expression(const Expr& expr) const {
    return Rewriting(
               *arena_,
               [&](const Expr& node) -> absl::StatusOr<const Expr*> {
                   if (node.kind == ExprKind::kAggregate)
                       return canonical(node);
                   if (node.kind != ExprKind::kColumn)
                       return nullptr;
                   absl::StatusOr<const Expr*> as_column = canonical(node);
                   if (as_column.ok() || !is_unknown(as_column.status()) || !node.qualifier.empty())
                       return as_column;
                   MOSAIC_ASSIGN_OR_RETURN(const std::optional<std::size_t> item, only_item(node));
                   return item ? items_[*item].expr : as_column;
               }
    ).run(expr);
}

std::vector<std::size_t> Names::named(std::string_view name) const {
    std::vector<std::size_t> result;
    for (std::size_t i = 0; i < items_.size(); ++i)
        if (!items_[i].name.empty() && is_same_name(items_[i].name, name))
            result.push_back(i);
    return result;
}

absl::StatusOr<std::optional<std::size_t>> Names::only_item(const Expr& expr) const {
    const std::vector<std::size_t> hits = named(expr.text);
    if (hits.empty())
        return std::nullopt;
    for (const std::size_t hit : hits)
        if (!sql::equal(*items_[hit].expr, *items_[hits.front()].expr))
            return ambiguous(expr, "ORDER BY or GROUP BY");
    return hits.front();
}

std::optional<std::size_t> Names::find(const Expr& canonical) const {
    for (std::size_t i = 0; i < items_.size(); ++i)
        if (sql::equal(*items_[i].expr, canonical))
            return i;
    return std::nullopt;
}

absl::StatusOr<Meaning> Names::position(const Expr& expr, std::string_view clause) const {
    std::size_t number = 0;
    const bool is_number =
        absl::SimpleAtoi(absl::string_view(expr.text.data(), expr.text.size()), &number);
    if (!is_number || number == 0 || number > items_.size())
        return unknown(expr.text, clause);
    return Meaning{.expr = items_[number - 1].expr, .item = number - 1};
}

absl::StatusOr<Meaning> Names::order_item(const Expr& expr) const {
    if (expr.kind == ExprKind::kInteger)
        return position(expr, "ORDER BY");
    if (expr.kind == ExprKind::kColumn && expr.qualifier.empty()) {
        MOSAIC_ASSIGN_OR_RETURN(const std::optional<std::size_t> item, only_item(expr));
        if (item)
            return Meaning{.expr = items_[*item].expr, .item = item};
    }
    Meaning meaning;
    MOSAIC_ASSIGN_OR_RETURN(meaning.expr, expression(expr));
    meaning.item = find(*meaning.expr);
    return meaning;
}

absl::StatusOr<Meaning> Names::group_item(const Expr& expr) const {
    if (expr.kind == ExprKind::kInteger)
        return position(expr, "GROUP BY");
    Meaning meaning;
    MOSAIC_ASSIGN_OR_RETURN(meaning.expr, expression(expr));
    meaning.item = find(*meaning.expr);
    return meaning;
}

absl::StatusOr<const Expr*> Names::having_name(const Expr& expr, const std::vector<Meaning>& keys)
    const {
    std::vector<const Expr*> meanings;
    if (expr.qualifier.empty()) {
        for (const std::size_t item : named(expr.text)) meanings.push_back(items_[item].expr);
    }
    const absl::StatusOr<const Expr*> as_column = canonical(expr);
    if (as_column.ok()) {
        const auto is_it = [&](const Expr& other) { return sql::equal(other, **as_column); };
        bool is_known = find(**as_column).has_value();
        for (const Meaning& key : keys) is_known = is_known || is_it(*key.expr);
        if (is_known)
            meanings.push_back(*as_column);
    }
    if (meanings.empty())
        return unknown(expr.text, "HAVING");
    for (const Expr* meaning : meanings)
        if (!sql::equal(*meaning, *meanings.front()))
            return ambiguous(expr, "HAVING");
    return meanings.front();
}

absl::StatusOr<const Expr*> Names::having(const Expr& expr, const std::vector<Meaning>& keys)
    const {
    return Rewriting(
               *arena_,
               [&](const Expr& node) -> absl::StatusOr<const Expr*> {
                   if (node.kind == ExprKind::kAggregate)
                       return canonical(node);
                   if (node.kind != ExprKind::kColumn)
                       return nullptr;
                   return having_name(node, keys);
               }
    ).run(expr);
}

}  // namespace mosaic::plan
