#include "random_query.h"

#include <algorithm>
#include <set>
#include <utility>

namespace mosaic::oracle {

QueryMaker::QueryMaker(const std::vector<TableFacts>& tables, Dialect dialect, Choices& choices)
    : tables_(tables),
      dialect_(dialect),
      choices_(choices),
      expressions_(choices, [this](auto wanted, const Scope& scope, const Expr* compared) {
          return subquery(wanted, scope, compared);
      }) {}

/// Whether GROUP BY and DISTINCT of the value have an answer that can be compared.
bool QueryMaker::is_groupable(const Expr& value) const {
    return value.kind != Kind::kText || !value.collation.empty();
}

QueryMaker::Output QueryMaker::output_of(const Expr& value, const Scope& scope) {
    Output output{.item = {.expr = value, .alias = {}, .star = {}}, .facts = {}};
    output.facts.kind = value.kind;
    output.facts.collation = value.collation;
    output.facts.shown = value.shown;
    output.facts.is_computed = value.is_computed;
    output.facts.is_nullable = true;
    output.facts.is_big = true;
    output.facts.is_unsigned = true;
    for (const Source& source : scope.sources) {
        for (const ColumnFacts& column : source.columns) {
            if (!value.parts.empty() && value.parts.front() == source.alias + "." + column.name)
                output.facts.samples = column.samples;
        }
    }
    return output;
}

void QueryMaker::add_where(Select& select, const Scope& scope, int depth) {
    const std::size_t choice = choices_.below(100);
    for (int count = choice < 30 ? 0 : choice < 75 ? 1 : choice < 93 ? 2 : 3; count > 0; --count)
        select.where.push_back(expressions_.where(scope, depth));
}

void QueryMaker::add_items(Select& select, std::vector<Output>& outputs, Named named) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
        Item& item = outputs[i].item;
        if (item.star.empty() && (named == Named::kAlways || choices_.chance(45)))
            item.alias = "c" + std::to_string(++names_);
        outputs[i].facts.name = item.alias;
        select.items.push_back(item);
    }
    for (std::size_t i = 0; i < select.groups.size(); ++i) {
        if (select.groups[i].expr.args.empty() && choices_.chance(85))
            continue;
        const std::string& alias = outputs[i].item.alias;
        if (!alias.empty())
            select.groups[i].written = choices_.chance(50) ? alias : std::to_string(i + 1);
    }
}

std::vector<QueryMaker::Output> QueryMaker::add_rows(
    Select& select, const Scope& scope, Named named
) {
    std::vector<Output> outputs;
    const bool can_distinct = choices_.chance(14);
    for (std::size_t count = choices_.below(4) + 1; count > 0; --count) {
        Expr value = expressions_.value(scope, 2);
        if (!can_distinct && choices_.chance(9))
            value = window(scope);
        if (!can_distinct || is_groupable(value))
            outputs.push_back(output_of(value, scope));
    }
    if (outputs.empty())
        outputs.push_back(output_of(leaf(Kind::kInteger, "1"), scope));
    select.is_distinct = can_distinct;
    if (can_distinct) {
        for (Output& output : outputs) output.facts.shown = shown_as_group(output.item.expr);
    }
    const Source& last = scope.sources.back();
    if (named == Named::kFreely && !can_distinct && choices_.chance(8)) {
        Output star = output_of(leaf(Kind::kInteger, last.alias + ".*"), scope);
        for (const ColumnFacts& column : last.columns)
            star.item.star.push_back(mosaic::oracle::Named{&last, &column}.as_expr());
        if (!star.item.star.empty())
            outputs.push_back(std::move(star));
    }
    return outputs;
}

/// Appends what the order lacks to tell all rows apart, if anything can.
void QueryMaker::make_total(Query& query, const Scope& scope, const std::vector<Output>& outputs) {
    const Select& select = query.selects.front();
    if (select.has_rollup || select.is_distinct || query.selects.size() > 1)
        return;
    std::vector<Expr> keys;
    for (const GroupBy& group : select.groups) keys.push_back(group.expr);
    if (select.groups.empty()) {
        const std::optional<std::vector<Expr>> found = keys_of(scope);
        if (!found)
            return;
        keys = *found;
    }
    if (std::ranges::any_of(keys, [](const Expr& key) { return key.collation == "latin1_bin"; }))
        return;
    for (std::size_t i = 0; i < keys.size(); ++i) {
        OrderBy by{
            .expr = keys[i],
            .written = OrderBy::Written::kExpr,
            .item = {},
            .is_descending = choices_.chance(20)};
        if (!select.groups.empty() && i < outputs.size())
            by.item = i;
        query.order.push_back(std::move(by));
    }
    query.is_total = true;
}

void QueryMaker::order(Query& query, const Scope& scope, const std::vector<Output>& outputs) {
    const Select& select = query.selects.front();
    if (select.has_rollup)
        return;
    std::set<std::size_t> used;
    for (std::size_t count = choices_.below(3) + (choices_.chance(70) ? 1 : 0); count > 0;
         --count) {
        const std::size_t i = choices_.below(outputs.size());
        const Output& output = outputs[i];
        const bool is_open =
            output.item.expr.shown == Shown::kByWeight && !is_groupable(output.item.expr);
        if (!output.item.star.empty() || is_open || !is_groupable(output.item.expr) ||
            !used.insert(i).second)
            continue;
        OrderBy by{
            .expr = output.item.expr,
            .written = {},
            .item = i,
            .is_descending = choices_.chance(40)};
        const std::size_t spelling = choices_.below(3);
        const bool is_set = query.selects.size() > 1;
        // A constant by itself would be a position, and a query among the items has names of its
        // own.
        const bool is_plain =
            output.item.expr.query.empty() &&
            output.item.expr.parts.front().find_first_not_of("0123456789") != std::string::npos;
        by.written = spelling == 0 || !is_plain ? OrderBy::Written::kPosition
                     : spelling == 1 || is_set  ? OrderBy::Written::kAlias
                                                : OrderBy::Written::kExpr;
        if (by.written == OrderBy::Written::kAlias && output.item.alias.empty())
            by.written = OrderBy::Written::kPosition;
        query.order.push_back(std::move(by));
    }
    const bool is_plain = select.groups.empty() && !select.is_distinct && query.selects.size() == 1;
    const bool is_whole = std::ranges::any_of(outputs, [](const Output& output) {
        return output.facts.shown != Shown::kExact;
    });
    if (!is_plain || is_whole || !choices_.chance(12) || select.from.size() > 1)
        return;
    Expr by = expressions_.number(scope, 1);
    if (!by.args.empty() || by.parts.front().find('.') != std::string::npos)
        query.order.push_back(
            {.expr = std::move(by),
             .written = OrderBy::Written::kExpr,
             .item = {},
             .is_descending = false}
        );
}

void QueryMaker::add_limit(Query& query) {
    static const std::vector<std::string> limits = {
        "0",
        "1",
        "2",
        "3",
        "5",
        "10",
        "10",
        "20",
        "100",
        "18446744073709551615",
    };
    static const std::vector<std::string> offsets = {"0", "1", "2", "5", "20", "1000"};
    query.limit = choices_.pick(limits);
    if (choices_.chance(35))
        query.offset = choices_.pick(offsets);
}

Query QueryMaker::query(int depth) {
    Query made;
    made.selects.emplace_back();
    Select& select = made.selects.front();
    Scope scope;
    add_from(select, scope, depth);
    add_where(select, scope, depth);
    std::vector<Output> outputs;
    const std::size_t shape = choices_.below(100);
    if (shape < 34) {
        group(select, scope, outputs);
    } else if (shape < 44) {
        for (std::size_t count = choices_.below(4) + 1; count > 0; --count)
            outputs.push_back(output_of(aggregate(scope), scope));
        if (choices_.chance(15))
            add_having(select, scope);
    } else {
        outputs = add_rows(select, scope, Named::kFreely);
    }
    add_items(select, outputs, Named::kFreely);
    const bool is_one_row = shape >= 34 && shape < 44;
    if (is_one_row)
        return made;
    if (choices_.chance(55))
        order(made, scope, outputs);
    // MariaDB leaves out the OFFSET of DISTINCT constants.
    const bool is_constant =
        select.is_distinct && std::ranges::all_of(outputs, [](const Output& each) {
            const Expr& value = each.item.expr;
            return value.args.empty() && value.query.empty() &&
                   value.parts.front().find('.') == std::string::npos;
        });
    const bool is_limited = choices_.chance(30) && !is_constant;
    if (choices_.chance(is_limited ? 80 : 15))
        make_total(made, scope, outputs);
    if (is_limited)
        add_limit(made);
    return made;
}

Derived QueryMaker::derived(int depth) {
    Derived made;
    Select select;
    Scope scope;
    const bool is_limited = choices_.chance(20);
    if (is_limited) {
        const TableFacts& table = some_table();
        scope.sources.push_back(source_of(table, new_alias()));
        select.from.push_back(
            {.join = {},
             .table = table.name,
             .derived = {},
             .alias = scope.sources[0].alias,
             .on = {}}
        );
    } else {
        add_from(select, scope, 0);
    }
    add_where(select, scope, depth);
    std::vector<Output> outputs;
    if (choices_.chance(45) && !is_limited)
        group(select, scope, outputs);
    else
        outputs = add_rows(select, scope, Named::kAlways);
    add_items(select, outputs, Named::kAlways);
    for (const Output& output : outputs) {
        ColumnFacts facts = output.facts;
        if (facts.shown == Shown::kExact)
            made.columns.push_back(std::move(facts));
    }
    made.query.selects = {std::move(select)};
    if (is_limited && !made.query.selects[0].is_distinct) {
        make_total(made.query, scope, outputs);
        add_limit(made.query);
    }
    return made;
}

/// A SELECT whose columns have the kinds of others.
std::optional<Select> QueryMaker::matching_select(const std::vector<ColumnFacts>& like) {
    if (mentions_left_ <= 0)
        return std::nullopt;
    Select select;
    Scope scope;
    add_from(select, scope, 0);
    add_where(select, scope, 1);
    for (const ColumnFacts& wanted : like) {
        std::vector<Expr> fitting;
        for (const Source& source : scope.sources) {
            for (const ColumnFacts& column : source.columns) {
                if (column.kind == wanted.kind && column.collation == wanted.collation)
                    fitting.push_back(mosaic::oracle::Named{&source, &column}.as_expr());
            }
        }
        Expr item = leaf(wanted.kind, "NULL");
        item.collation = wanted.collation;
        if (!fitting.empty() && choices_.chance(90))
            item = choices_.pick(fitting);
        select.items.push_back({.expr = std::move(item), .alias = {}, .star = {}});
    }
    return select;
}

Query QueryMaker::set_operation() {
    static const std::vector<std::string> operations = {
        "UNION",
        "UNION",
        "UNION ALL",
        "UNION ALL",
        "UNION DISTINCT",
        "INTERSECT",
        "EXCEPT",
        "INTERSECT ALL",
        "EXCEPT ALL",
    };
    Query made;
    made.selects.emplace_back();
    Select& first = made.selects.front();
    Scope scope;
    add_from(first, scope, 0);
    add_where(first, scope, 1);
    std::vector<Output> outputs;
    for (std::size_t count = choices_.below(3) + 1; count > 0; --count) {
        const std::optional<mosaic::oracle::Named> of = expressions_.column(scope);
        const bool is_usable = of && is_groupable(of->as_expr());
        outputs.push_back(output_of(is_usable ? of->as_expr() : leaf(Kind::kInteger, "1"), scope));
    }
    add_items(first, outputs, Named::kFreely);
    std::vector<ColumnFacts> like;
    for (const Output& output : outputs) like.push_back(output.facts);
    const std::size_t count_max = choices_.below(10) < 7 ? 1 : 2;
    for (std::size_t count = count_max; count > 0; --count) {
        if (std::optional<Select> more = matching_select(like)) {
            // MariaDB takes minutes for chains of INTERSECT ALL and EXCEPT ALL.
            const std::size_t known = operations.size() - (count_max > 1 ? 2 : 0);
            made.operations.push_back(operations[choices_.below(known)]);
            made.selects.push_back(*std::move(more));
        }
    }
    if (choices_.chance(60))
        order(made, scope, outputs);
    if (choices_.chance(25))
        add_limit(made);
    return made;
}

Query QueryMaker::with_tables() {
    std::vector<CommonTable> tables;
    const bool is_recursive = choices_.chance(20);
    Source source;
    source.alias = "w";
    if (is_recursive) {
        Query numbers;
        Select one;
        one.items.push_back({.expr = leaf(Kind::kInteger, "1"), .alias = "n", .star = {}});
        Select next;
        next.items.push_back({.expr = leaf(Kind::kInteger, "w.n + 1"), .alias = {}, .star = {}});
        next.from.push_back({.join = {}, .table = "w", .derived = {}, .alias = "w", .on = {}});
        next.where.push_back(leaf(Kind::kInteger, "w.n < 6"));
        numbers.selects = {std::move(one), std::move(next)};
        numbers.operations = {"UNION ALL"};
        tables.push_back({"w", {std::move(numbers)}});
        source.columns.push_back(
            {.name = "n", .kind = Kind::kInteger, .collation = {}, .samples = {"1", "2", "3", "6"}}
        );
        source.key = {0};
        source.rows = 6;
    } else {
        Derived made = derived(1);
        tables.push_back({"w", {std::move(made.query)}});
        source.columns = std::move(made.columns);
        source.rows = 40;
    }
    common_.push_back(std::move(source));
    Query made = query(1);
    made.with = std::move(tables);
    made.is_recursive = is_recursive;
    return made;
}

Query QueryMaker::statement() {
    const std::size_t shape = choices_.below(100);
    if (shape < 14)
        return set_operation();
    if (shape < 22)
        return with_tables();
    return query(2);
}

}  // namespace mosaic::oracle
