#include "plan/scatter_shards.h"

#include "keys/key_type.h"
#include "plan/scatter_tree.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <string>

namespace mosaic::plan {
namespace {

using sql::Expr;

/// `u`.`id`
std::string column_text(std::string_view table, std::string_view column) {
    std::string text;
    append_identifier(text, table);
    text.push_back('.');
    append_identifier(text, column);
    return text;
}

}  // namespace

absl::StatusOr<const sql::Query*> ShardRewriter::rewrite_query(
    const sql::Query& query, const sql::Select* written
) {
    const sql::Select& from = *query.select;
    sql::Select select = from;
    std::vector<sql::SelectItem> items;
    for (const sql::SelectItem& item : from.items) {
        items.push_back(item);
        items.back().expr = expression(item.expr);
    }
    select.items = context_.arena.copy(items);
    select.from = table(from.from);
    select.where = expression(from.where);
    select.owned = owned(
        written, nullptr, from.where == nullptr ? sql::Hole::Lead::kWhere : sql::Hole::Lead::kAnd
    );
    select.group_by = order(from.group_by);
    select.having = expression(from.having);
    std::vector<sql::Select::NamedWindow> windows;
    for (const sql::Select::NamedWindow& named : from.windows) {
        sql::Window window = *named.window;
        std::vector<const Expr*> parts;
        for (const Expr* partition : window.partition_by) parts.push_back(expression(partition));
        window.partition_by = context_.arena.copy(parts);
        window.order_by = order(window.order_by);
        windows.push_back({named.name, context_.arena.make(window)});
    }
    select.windows = context_.arena.copy(windows);
    sql::Query result = query;
    result.select = context_.arena.make(select);
    result.order_by = order(query.order_by);
    if (!status_.ok())
        return status_;
    return context_.arena.make(result);
}

const Expr* ShardRewriter::expression(const Expr* expr) {
    if (expr == nullptr)
        return nullptr;
    return rewrite(*expr, context_.arena, [&](const Expr& node) -> const Expr* {
        if (node.schema.empty() && node.query == nullptr)
            return nullptr;
        Expr copy = node;
        copy.schema = {};
        std::vector<const Expr*> args;
        for (const Expr* arg : node.args) args.push_back(expression(arg));
        copy.args = context_.arena.copy(args);
        if (node.query != nullptr) {
            const auto inner = rewrite_query(*node.query, node.query->select);
            if (inner.ok())
                copy.query = *inner;
            else
                fail(inner.status());
        }
        return context_.arena.make(copy);
    });
}

std::span<const sql::OrderItem> ShardRewriter::order(std::span<const sql::OrderItem> items) {
    std::vector<sql::OrderItem> result;
    for (const sql::OrderItem& item : items)
        result.push_back({expression(item.expr), item.is_descending});
    return context_.arena.copy(result);
}

const sql::TableRef* ShardRewriter::table(const sql::TableRef* ref) {
    if (ref == nullptr)
        return nullptr;
    sql::TableRef copy = *ref;
    if (ref->kind == sql::TableRef::Kind::kTable) {
        copy.schema = {};
        copy.has_schema_hole = true;
    }
    if (ref->kind == sql::TableRef::Kind::kJoin) {
        copy.left = table(ref->left);
        copy.right = table(ref->right);
        copy.on = expression(ref->on);
        copy.owned = owned(nullptr, ref, sql::Hole::Lead::kAnd);
        if (!copy.owned.empty() && ref->on == nullptr) {
            fail(refuse(
                errors::kNeedsGather,
                place("USING", ref->begin),
                "the condition that leaves out rows of other shards needs an ON",
                "write the outer join with ON"
            ));
        }
    }
    return context_.arena.make(copy);
}

std::optional<OwnedFilter::Part> ShardRewriter::part(const BoundTable& bound) {
    const topology::TableGroup& group = context_.topology.groups[bound.table->group];
    const absl::StatusOr<keys::KeyType> type = shard_key_type(*bound.table, *bound.definition);
    if (!type.ok()) {
        fail(type.status());
        return std::nullopt;
    }
    const std::string column_sql = column_text(bound.name, bound.table->shard_key);
    // Without an expression only whole shards move: no shard has rows of others.
    const std::optional<std::string> bucket =
        group.partitioner->bucket_sql(column_sql, keys::crc32_sql(*type, column_sql));
    if (!bucket)
        return std::nullopt;
    return OwnedFilter::Part{.group = bound.table->group, .bucket_sql = *bucket};
}

std::span<const sql::Hole> ShardRewriter::owned(
    const sql::Select* select, const sql::TableRef* join, sql::Hole::Lead lead
) {
    OwnedFilter filter;
    for (const FilterPlace& place : places_) {
        const bool is_here =
            join != nullptr ? place.join == join : place.join == nullptr && place.select == select;
        if (!is_here)
            continue;
        if (std::optional<OwnedFilter::Part> found = part(*place.table))
            filter.parts.push_back(std::move(*found));
    }
    if (filter.parts.empty())
        return {};
    std::vector<sql::Hole> holes(1);
    holes[0].kind = sql::Hole::Kind::kOwned;
    holes[0].lead = lead;
    holes[0].index = static_cast<std::uint16_t>(context_.plan.owned.size());
    context_.plan.owned.push_back(std::move(filter));
    return context_.arena.copy(holes);
}

}  // namespace mosaic::plan
