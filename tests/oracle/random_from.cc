#include "random_query.h"

#include <algorithm>
#include <map>
#include <utility>

/// FROM, and the queries within conditions.
namespace mosaic::oracle {
namespace {

constexpr std::size_t kRowsMax = 4000;

bool joins_on(const ColumnFacts& a, const ColumnFacts& b) {
    const auto is_number = [](Kind kind) {
        return kind == Kind::kInteger || kind == Kind::kDecimal;
    };
    return (a.kind == b.kind && a.collation == b.collation) ||
           (is_number(a.kind) && is_number(b.kind));
}

bool is_key(const Source& source, std::size_t column) {
    return std::ranges::find(source.key, column) != source.key.end();
}

Expr column_expr(const Source& source, std::size_t column) {
    return mosaic::oracle::Named{&source, &source.columns[column]}.as_expr();
}

}  // namespace

std::string QueryMaker::new_alias() {
    return "t" + std::to_string(++aliases_);
}

const TableFacts& QueryMaker::some_table() {
    static const std::map<std::string, std::size_t> often = {
        {"users", 4},
        {"orders", 4},
        {"items", 3},
        {"kinds", 3},
        {"texts", 3},
        {"products", 2},
        {"accounts", 2},
    };
    std::vector<const TableFacts*> all;
    for (const TableFacts& table : tables_) {
        const auto found = often.find(table.name);
        all.insert(all.end(), found == often.end() ? 1 : found->second, &table);
    }
    return *choices_.pick(all);
}

Source QueryMaker::source_of(const TableFacts& table, std::string alias) const {
    return {
        .alias = std::move(alias),
        .columns = table.columns,
        .key = table.key,
        .rows = table.rows,
        .may_be_null = false,
    };
}

From QueryMaker::first_from(Scope& scope, int depth) {
    From from;
    if (!common_.empty()) {
        Source source = common_.back();
        const bool reads_again = dialect_ == Dialect::kMariaDb && choices_.chance(15);
        if (!reads_again)
            common_.pop_back();
        from.table = source.alias;
        source.alias = from.alias = new_alias();
        scope.sources.push_back(std::move(source));
        return from;
    }
    --mentions_left_;
    if (depth > 0 && mentions_left_ > 0 && choices_.chance(12)) {
        Derived made = derived(depth - 1);
        from.derived = {std::move(made.query)};
        from.alias = new_alias();
        scope.sources.push_back(
            {.alias = from.alias,
             .columns = std::move(made.columns),
             .key = {},
             .rows = 40,
             .may_be_null = false}
        );
        return from;
    }
    const TableFacts& table = some_table();
    from.table = table.name;
    from.alias = choices_.chance(25) && aliases_ == 0 ? table.name : new_alias();
    scope.sources.push_back(source_of(table, from.alias));
    return from;
}

/// `a.x = b.y`, mostly on a key; `rows`: about how many the join gives.
std::optional<Expr> QueryMaker::join_condition(
    const Scope& scope, const Source& added, std::size_t& rows
) {
    struct Pair {
        const Source* source;
        std::size_t a;
        std::size_t b;
    };

    std::vector<Pair> pairs;
    const bool wants_key = choices_.chance(75) || rows > 200;
    for (const Source& source : scope.sources) {
        for (std::size_t a = 0; a < source.columns.size(); ++a) {
            for (std::size_t b = 0; b < added.columns.size(); ++b) {
                const bool has_key = is_key(added, b) &&
                                     (is_key(source, a) || source.columns[a].name.ends_with("_id"));
                if (joins_on(source.columns[a], added.columns[b]) && (has_key || !wants_key))
                    pairs.push_back({&source, a, b});
            }
        }
    }
    if (pairs.empty())
        return std::nullopt;
    const Pair& pair = choices_.pick(pairs);
    const bool is_one = added.key.size() == 1 && added.key.front() == pair.b;
    rows *= is_one ? 1 : std::max<std::size_t>(added.rows / (is_key(added, pair.b) ? 15 : 4), 1);
    Expr left = column_expr(*pair.source, pair.a);
    Expr right = column_expr(added, pair.b);
    if (choices_.chance(30))
        std::swap(left, right);
    return expr(Kind::kInteger, choices_.chance(95) ? "$ = $" : "$ <=> $", {left, right});
}

bool QueryMaker::add_join(Select& select, Scope& scope) {
    static const std::vector<std::string> joins = {
        "JOIN",
        "JOIN",
        "JOIN",
        "INNER JOIN",
        "LEFT JOIN",
        "LEFT JOIN",
        "LEFT JOIN",
        "RIGHT JOIN",
        ",",
        "STRAIGHT_JOIN",
    };
    const TableFacts& table = some_table();
    Source added = source_of(table, new_alias());
    std::size_t rows = 1;
    for (const Source& source : scope.sources) rows = std::max(rows, source.rows);
    std::optional<Expr> on = join_condition(scope, added, rows);
    if (!on || rows > kRowsMax)
        return false;
    --mentions_left_;
    From from{
        .join = choices_.pick(joins),
        .table = table.name,
        .derived = {},
        .alias = added.alias,
        .on = {}};
    added.may_be_null = from.join == "LEFT JOIN";
    if (from.join == "RIGHT JOIN") {
        for (Source& source : scope.sources) source.may_be_null = true;
    }
    (from.join == "," ? select.where : from.on).push_back(*std::move(on));
    scope.sources.push_back(added);
    if (choices_.chance(25) && from.join != ",")
        from.on.push_back(expressions_.condition(scope, 0));
    scope.sources.back().rows = rows;
    select.from.push_back(std::move(from));
    return true;
}

void QueryMaker::add_from(Select& select, Scope& scope, int depth) {
    select.from.push_back(first_from(scope, depth));
    const std::size_t choice = choices_.below(100);
    const int joins = choice < 52 ? 0 : choice < 86 ? 1 : 2;
    for (int i = 0; i < joins && mentions_left_ > 0; ++i) {
        // A comma binds less than JOIN: the names left of it would not be known in a later ON.
        if (select.from.back().join == ",")
            return;
        static_cast<void>(add_join(select, scope));
    }
}

void QueryMaker::correlate(Select& select, const Scope& scope, const Scope& outer) {
    for (int attempt = 0; attempt < 12; ++attempt) {
        const std::optional<mosaic::oracle::Named> inner = expressions_.column(scope);
        const std::optional<mosaic::oracle::Named> other = expressions_.column(outer);
        const bool is_likely = attempt < 8 && !inner->column->name.ends_with("id");
        if (!other || is_likely || !joins_on(*inner->column, *other->column))
            continue;
        select.where.push_back(expr(
            Kind::kInteger,
            choices_.chance(85) ? "$ = $" : "$ < $",
            {inner->as_expr(), other->as_expr()}
        ));
        return;
    }
}

std::optional<Query> QueryMaker::subquery(
    Expressions::Wanted wanted, const Scope& outer, const Expr* compared
) {
    using Wanted = Expressions::Wanted;
    if (mentions_left_ <= 0)
        return std::nullopt;
    --mentions_left_;
    const TableFacts& table = some_table();
    Scope scope{.sources = {source_of(table, new_alias())}, .outer = &outer};
    Select select;
    select.from.push_back(
        {.join = {}, .table = table.name, .derived = {}, .alias = scope.sources[0].alias, .on = {}}
    );
    std::vector<Expr> fitting;
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
        const Expr each = column_expr(scope.sources[0], i);
        if (compared != nullptr && each.kind == compared->kind &&
            each.collation == compared->collation)
            fitting.push_back(each);
    }
    Expr item = leaf(Kind::kInteger, "1");
    if (wanted == Wanted::kRows || wanted == Wanted::kOneValue) {
        if (fitting.empty())
            return std::nullopt;
        item = choices_.pick(fitting);
        if (wanted == Wanted::kOneValue)
            item = expr(item.kind, choices_.chance(50) ? "MAX($)" : "MIN($)", {item});
    } else if (wanted == Wanted::kNumber) {
        item = exact_aggregate(scope);
    }
    if (choices_.chance(wanted == Wanted::kRows ? 25 : 70))
        correlate(select, scope, outer);
    if (choices_.chance(65))
        select.where.push_back(expressions_.condition(scope, 1));
    if (wanted == Wanted::kRows && choices_.chance(15)) {
        select.groups.push_back({item, ""});
        select.having.push_back(leaf(Kind::kInteger, "COUNT(*) > 1"));
    }
    select.items.push_back({.expr = std::move(item), .alias = {}, .star = {}});
    Query made;
    made.selects = {std::move(select)};
    return made;
}

}  // namespace mosaic::oracle
