#include "corpus_order.h"

#include "sql/parser.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <utility>

namespace mosaic::oracle {
namespace {

bool is_same(std::string_view a, std::string_view b) {
    return absl::EqualsIgnoreCase(std::string(a), std::string(b));
}

std::optional<std::size_t> position_of(const sql::Expr& item, std::size_t columns) {
    std::size_t position = 0;
    const char* end = item.text.data() + item.text.size();
    if (std::from_chars(item.text.data(), end, position).ptr != end)
        return std::nullopt;
    if (position == 0 || position > columns)
        return std::nullopt;
    return position - 1;
}

/// `ORDER BY t.a` is the output column `a` only where the select list says `t.a` or `a` itself.
bool is_that_column(const sql::Query& query, const sql::Expr& item, std::size_t column) {
    if (item.qualifier.empty())
        return true;
    if (query.select == nullptr || column >= query.select->items.size())
        return false;
    for (const sql::SelectItem& one : query.select->items) {
        if (one.expr->kind == sql::ExprKind::kStar)
            return false;
    }
    const sql::SelectItem& selected = query.select->items[column];
    return selected.alias.empty() && selected.expr->kind == sql::ExprKind::kColumn &&
           is_same(selected.expr->text, item.text) &&
           (selected.expr->qualifier.empty() || is_same(selected.expr->qualifier, item.qualifier));
}

std::optional<std::size_t> column_of(
    const sql::Query& query, const sql::Expr& item, const std::vector<Column>& columns
) {
    if (item.kind == sql::ExprKind::kInteger)
        return position_of(item, columns.size());
    if (item.kind != sql::ExprKind::kColumn)
        return std::nullopt;
    std::optional<std::size_t> found;
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (!is_same(columns[i].name, item.text))
            continue;
        if (found)
            return std::nullopt;
        found = i;
    }
    return found && is_that_column(query, item, *found) ? found : std::nullopt;
}

bool is_position(const sql::OrderItem& item) {
    return item.expr->kind == sql::ExprKind::kInteger;
}

/// A column more before the others would change what the statement means.
bool has_fixed_columns(const sql::Select& select) {
    return select.is_distinct || select.items.front().expr->kind == sql::ExprKind::kStar ||
           std::ranges::any_of(select.group_by, is_position);
}

/// \pre `head` ends with ORDER BY.
std::string without_order_by(std::string_view head) {
    std::string upper = absl::AsciiStrToUpper(std::string(head));
    return std::string(head.substr(0, upper.rfind("ORDER")));
}

}  // namespace

FixedOrder order_of(std::string_view sql, const std::vector<Column>& columns) {
    FixedOrder order;
    sql::Arena arena;
    const auto statement = sql::parse(sql, {}, arena);
    if (!statement.ok() || (*statement)->query == nullptr)
        return order;
    const sql::Query& query = *(*statement)->query;
    for (const sql::OrderItem& item : query.order_by) {
        const std::optional<std::size_t> column = column_of(query, *item.expr, columns);
        order.has_more = !column;
        if (!column)
            break;
        order.columns.kind = Order::Kind::kColumns;
        order.columns.columns.push_back(*column);
    }
    return order;
}

std::vector<KeyedStatement> with_order_keys(std::string_view sql) {
    sql::Arena arena;
    const auto statement = sql::parse(sql, {}, arena);
    if (!statement.ok() || (*statement)->query == nullptr)
        return {};
    const sql::Query& query = *(*statement)->query;
    if (query.order_by.empty() || std::ranges::any_of(query.order_by, is_position))
        return {};
    std::string keys;
    for (const sql::OrderItem& item : query.order_by)
        keys += std::string(sql.substr(item.expr->begin, item.expr->end - item.expr->begin)) + ", ";
    std::vector<KeyedStatement> ways;
    if (query.select != nullptr && !has_fixed_columns(*query.select)) {
        KeyedStatement& way = ways.emplace_back();
        way = {std::string(sql), query.order_by.size(), false};
        way.sql.insert(query.select->items.front().expr->begin, keys);
    }
    if (query.limit == nullptr) {
        const std::size_t begin = query.order_by.front().expr->begin;
        const std::string inner = without_order_by(sql.substr(0, begin));
        ways.push_back(
            {"SELECT " + keys + "answer.* FROM (" + inner + ") AS answer ORDER BY " +
                 std::string(sql.substr(begin)),
             query.order_by.size(),
             true}
        );
    }
    return ways;
}

bool has_same_keys(const std::vector<Row>& rows, const std::vector<Row>& keyed, std::size_t keys) {
    if (rows.size() != keyed.size())
        return false;
    const auto split = static_cast<std::ptrdiff_t>(keys);
    // Equal rows may have several keys: each may be taken once.
    std::map<std::pair<Row, Row>, int> left;
    for (const Row& row : keyed)
        ++left[{Row(row.begin(), row.begin() + split), Row(row.begin() + split, row.end())}];
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Row key(keyed[i].begin(), keyed[i].begin() + split);
        const auto found = left.find({key, rows[i]});
        if (found == left.end() || found->second-- == 0)
            return false;
    }
    return true;
}

}  // namespace mosaic::oracle
