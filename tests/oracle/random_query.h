#pragma once

#include "random_expressions.h"
#include "random_numbers.h"
#include "random_schema.h"
#include "random_tree.h"

#include <optional>
#include <string>
#include <vector>

namespace mosaic::oracle {

/// A query and what it gives to a FROM that it stands in.
struct Derived {
    Query query;
    std::vector<ColumnFacts> columns;
};

/// Makes one SELECT over the tables. What MySQL leaves open (query.md, rule 16) is not asked for
/// where it would spread: orders are total under LIMIT within a statement and in window functions,
/// and of groups of texts only what their collation fixes is used.
class QueryMaker {
public:
    QueryMaker(const std::vector<TableFacts>& tables, Dialect dialect, Choices& choices);

    [[nodiscard]] Query statement();

private:
    struct Output {
        Item item;
        ColumnFacts facts;
    };

    enum class Named : std::uint8_t { kFreely, kAlways };

    // random_from.cc
    void add_from(Select& select, Scope& scope, int depth);
    [[nodiscard]] From first_from(Scope& scope, int depth);
    bool add_join(Select& select, Scope& scope);
    [[nodiscard]] std::optional<Expr> join_condition(
        const Scope& scope, const Source& added, std::size_t& rows
    );
    [[nodiscard]] Source source_of(const TableFacts& table, std::string alias) const;
    std::string new_alias();
    const TableFacts& some_table();
    std::optional<Query> subquery(
        Expressions::Wanted wanted, const Scope& outer, const Expr* compared
    );
    void correlate(Select& select, const Scope& scope, const Scope& outer);

    // random_groups.cc
    [[nodiscard]] Expr aggregate(const Scope& scope);
    [[nodiscard]] Expr exact_aggregate(const Scope& scope);
    [[nodiscard]] Expr text_aggregate(const Scope& scope);
    [[nodiscard]] Expr window(const Scope& scope);
    [[nodiscard]] std::optional<std::vector<Expr>> keys_of(const Scope& scope) const;
    [[nodiscard]] std::optional<Expr> group_expr(const Scope& scope);
    void group(Select& select, const Scope& scope, std::vector<Output>& outputs);
    void add_having(Select& select, const Scope& scope);

    // random_query.cc
    [[nodiscard]] Query query(int depth);
    [[nodiscard]] Derived derived(int depth);
    [[nodiscard]] Query set_operation();
    [[nodiscard]] std::optional<Select> matching_select(const std::vector<ColumnFacts>& like);
    [[nodiscard]] Query with_tables();
    std::vector<Output> add_rows(Select& select, const Scope& scope, Named named);
    [[nodiscard]] Output output_of(const Expr& value, const Scope& scope);
    void add_where(Select& select, const Scope& scope, int depth);
    void add_items(Select& select, std::vector<Output>& outputs, Named named);
    void order(Query& query, const Scope& scope, const std::vector<Output>& outputs);
    void make_total(Query& query, const Scope& scope, const std::vector<Output>& outputs);
    void add_limit(Query& query);
    [[nodiscard]] bool is_groupable(const Expr& value) const;

    const std::vector<TableFacts>& tables_;
    Dialect dialect_;
    Choices& choices_;
    Expressions expressions_;
    std::vector<Source> common_;  ///< What WITH gives and nothing has read yet.
    int aliases_ = 0;
    int names_ = 0;
    int mentions_left_ = 5;
};

}  // namespace mosaic::oracle
