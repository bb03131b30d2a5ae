#include "random_tree.h"

#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <absl/strings/str_split.h>

#include <algorithm>

namespace mosaic::oracle {
namespace {

/// Prints a tree and collects the values of its `?`, in order.
class Printer {
public:
    explicit Printer(Values values) : prints_values_(values == Values::kInText) {}

    std::string print(const Query& query);

    std::vector<BoundValue> take_values() { return std::move(values_); }

    [[nodiscard]] bool converts() const { return converts_; }

private:
    std::string print(const Expr& of);
    std::string print(const Select& select);
    std::string print(const From& from);
    std::string print(const Item& item);
    std::string print_order(const std::vector<OrderBy>& order);

    template <typename T>
    std::string list(const std::vector<T>& of, std::string_view between) {
        std::string text;
        for (const T& each : of) {
            text += text.empty() ? "" : between;
            text += print(each);
        }
        return text;
    }

    std::vector<BoundValue> values_;
    bool prints_values_;
    bool converts_ = false;
};

std::string Printer::print(const Expr& of) {
    converts_ = converts_ || of.converts;
    if (!of.query.empty())
        return "(" + print(of.query.front()) + ")";
    if (of.bound && !prints_values_) {
        values_.push_back(*of.bound);
        return "?";
    }
    std::string text = of.parts.front();
    for (std::size_t i = 0; i < of.args.size(); ++i) text += print(of.args[i]) + of.parts[i + 1];
    return text;
}

std::string Printer::print(const Item& item) {
    return print(item.expr) + (item.alias.empty() ? "" : " AS " + item.alias);
}

std::string Printer::print(const From& from) {
    std::string text = from.derived.empty() ? from.table : "(" + print(from.derived.front()) + ")";
    if (from.alias != from.table)
        text += " AS " + from.alias;
    if (!from.on.empty())
        text += " ON " + list(from.on, " AND ");
    return text;
}

std::string Printer::print(const Select& select) {
    std::string text = select.is_distinct ? "SELECT DISTINCT " : "SELECT ";
    text += list(select.items, ", ");
    for (std::size_t i = 0; i < select.from.size(); ++i) {
        if (i == 0)
            text += "\nFROM ";
        else
            text += select.from[i].join == "," ? ", " : " " + select.from[i].join + " ";
        text += print(select.from[i]);
    }
    if (!select.where.empty())
        text += "\nWHERE " + list(select.where, " AND ");
    for (std::size_t i = 0; i < select.groups.size(); ++i) {
        const GroupBy& group = select.groups[i];
        text += i == 0 ? "\nGROUP BY " : ", ";
        text += group.written.empty() ? print(group.expr) : group.written;
    }
    if (select.has_rollup && !select.groups.empty())
        text += " WITH ROLLUP";
    if (!select.having.empty())
        text += "\nHAVING " + list(select.having, " AND ");
    return text;
}

std::string Printer::print_order(const std::vector<OrderBy>& order) {
    std::string text;
    for (const OrderBy& by : order) {
        text += text.empty() ? "\nORDER BY " : ", ";
        text += print(by.expr) + (by.is_descending ? " DESC" : "");
    }
    return text;
}

// A position or an alias is written when the order's items are: after items were dropped, the ones
// that are left have other positions.
std::vector<OrderBy> written(const Query& query) {
    std::vector<OrderBy> order = query.order;
    const std::vector<Item>& items = query.selects.front().items;
    for (OrderBy& by : order) {
        if (by.written == OrderBy::Written::kExpr || !by.item)
            continue;
        const std::string& alias = items[*by.item].alias;
        std::size_t position = 1;
        for (std::size_t i = 0; i < *by.item; ++i)
            position += std::max<std::size_t>(items[i].star.size(), 1);
        const bool is_alias = by.written == OrderBy::Written::kAlias && !alias.empty();
        by.expr = leaf(by.expr.kind, is_alias ? alias : std::to_string(position));
    }
    return order;
}

std::string Printer::print(const Query& query) {
    std::string text;
    for (const CommonTable& table : query.with) {
        text += text.empty() ? (query.is_recursive ? "WITH RECURSIVE " : "WITH ") : ", ";
        text += table.name + " AS (" + print(table.query.front()) + ")";
    }
    text += text.empty() ? "" : "\n";
    for (std::size_t i = 0; i < query.selects.size(); ++i) {
        if (i > 0)
            text += "\n" + query.operations[i - 1] + "\n";
        text += print(query.selects[i]);
    }
    text += print_order(written(query));
    if (query.limit)
        text += "\nLIMIT " + *query.limit;
    if (query.limit && query.offset)
        text += " OFFSET " + *query.offset;
    return text;
}

std::vector<Expr> columns_of(const Select& select) {
    std::vector<Expr> columns;
    for (const Item& item : select.items) {
        if (item.star.empty())
            columns.push_back(item.expr);
        else
            columns.insert(columns.end(), item.star.begin(), item.star.end());
        for (std::size_t i = columns.size() - std::max<std::size_t>(item.star.size(), 1);
             select.is_distinct && i < columns.size();
             ++i)
            columns[i].shown = shown_as_group(columns[i]);
    }
    for (Expr& column : columns) column.is_computed |= select.has_rollup;
    return columns;
}

std::vector<Expr> columns_of(const Query& query) {
    std::vector<Expr> columns = columns_of(query.selects.front());
    const bool makes_one = std::ranges::any_of(query.operations, [](const std::string& operation) {
        return operation != "UNION ALL";
    });
    for (std::size_t i = 1; i < query.selects.size(); ++i) {
        const std::vector<Expr> others = columns_of(query.selects[i]);
        for (std::size_t c = 0; c < std::min(columns.size(), others.size()); ++c) {
            columns[c].shown = std::max(columns[c].shown, others[c].shown);
            columns[c].is_computed |= others[c].is_computed;
            if (others[c].kind == Kind::kDouble)
                columns[c].kind = Kind::kDouble;
        }
    }
    for (Expr& column : columns) column.shown = makes_one ? shown_as_group(column) : column.shown;
    return columns;
}

/// Fills order, and makes texts that it compares shown by weight, where rows may tie.
void note_order(const Query& query, std::vector<Expr>& columns, Case& of) {
    if (query.order.empty())
        return;
    of.order.kind = query.is_total ? Order::Kind::kExact : Order::Kind::kColumns;
    if (query.is_total)
        return;
    const std::vector<Item>& items = query.selects.front().items;
    for (const OrderBy& by : query.order) {
        if (!by.item)
            break;
        std::size_t column = 0;
        for (std::size_t i = 0; i < *by.item; ++i)
            column += std::max<std::size_t>(items[i].star.size(), 1);
        of.order.columns.push_back(column);
        columns[column].shown = shown_as_group(columns[column]);
    }
    if (of.order.columns.empty())
        of.order.kind = Order::Kind::kNone;
}

}  // namespace

Expr expr(Kind kind, std::string_view text, std::vector<Expr> args) {
    Expr made;
    made.kind = kind;
    made.parts = absl::StrSplit(absl::string_view(text.data(), text.size()), '$');
    for (const Expr& arg : args) made.shown = std::max(made.shown, arg.shown);
    made.args = std::move(args);
    made.is_computed = true;
    return made;
}

Expr leaf(Kind kind, std::string text) {
    Expr made;
    made.kind = kind;
    made.parts = {std::move(text)};
    return made;
}

bool is_loose(std::string_view collation) {
    return collation != "utf8mb4_nopad_bin" && collation != "utf8mb4_0900_bin";
}

Shown shown_as_group(const Expr& value) {
    if (value.kind == Kind::kText && is_loose(value.collation))
        return Shown::kByWeight;
    return value.kind == Kind::kDouble ? Shown::kNearly : value.shown;
}

Case case_of(const Query& query, std::string where, Values values) {
    Case of;
    of.where = std::move(where);
    Printer printer(values);
    of.sql = printer.print(query);
    of.values = printer.take_values();
    of.may_warn_otherwise = printer.converts();
    std::vector<Expr> columns = columns_of(query);
    note_order(query, columns, of);
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (columns[i].shown == Shown::kNearly)
            of.approximate.push_back(i);
        if (columns[i].shown == Shown::kByWeight)
            of.collations[i] = columns[i].collation;
        if (columns[i].is_computed)
            of.computed.push_back(i);
    }
    return of;
}

std::string pasted(const Case& of) {
    const auto join = [](const auto& list, const auto& write) {
        std::string text;
        for (const auto& each : list) text += (text.empty() ? "" : ", ") + write(each);
        return text;
    };
    const auto position = [](std::size_t column) { return std::to_string(column + 1); };
    std::string text = of.sql + ";\n";
    if (!of.values.empty())
        text +=
            "-- bind: " + join(of.values, [](const auto& bound) { return bound.literal; }) + "\n";
    if (of.order.kind == Order::Kind::kExact)
        text += "-- order: exact\n";
    else if (of.order.kind == Order::Kind::kColumns)
        text += "-- order: " + join(of.order.columns, position) + "\n";
    else if (std::ranges::count(outer_words(of.sql), "ORDER") > 0)
        text += "-- order: none\n";
    for (const auto& [column, collation] : of.collations) {
        const bool is_nopad =
            collation == "utf8mb4_unicode_520_nopad_ci" || collation == "utf8mb4_0900_ai_ci";
        text += absl::StrFormat("-- ci: %d %s\n", column + 1, is_nopad ? "${nopad_ci}" : collation);
    }
    if (!of.computed.empty())
        text += "-- computed: " + join(of.computed, position) + "\n";
    if (of.may_warn_otherwise)
        text += "-- warnings\n";
    if (!of.approximate.empty())
        text += "-- approx: " + join(of.approximate, position) + "\n";
    return text;
}

}  // namespace mosaic::oracle
