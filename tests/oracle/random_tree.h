#pragma once

#include "corpus.h"

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Generated statements as trees: they print to SQL, say how their answers are compared, and lose
/// parts when a difference is shrunk.
namespace mosaic::oracle {

enum class Kind : std::uint8_t {
    kInteger,
    kDecimal,
    kDouble,
    kText,
    kBytes,
    kDate,
    kTime,
    kDatetime,
    kSymbols,  ///< ENUM, SET
    kBits,
};

/// What MySQL leaves open of a value (query.md, rule 16).
enum class Shown : std::uint8_t {
    kExact,
    kNearly,    ///< A sum of doubles, or one of 0 and -0.
    kByWeight,  ///< One of the texts that the collation holds equal.
};

struct Query;

/// `parts[0] args[0] parts[1] ..`, or a query in parentheses.
struct Expr {
    std::vector<std::string> parts;
    std::vector<Expr> args;
    std::vector<Query> query;         ///< One: the expression is this query.
    std::optional<BoundValue> bound;  ///< It is a `?`.
    Kind kind = Kind::kInteger;
    std::string collation;  ///< kText: what it is compared in; empty: not known.
    Shown shown = Shown::kExact;
    bool converts = false;     ///< It compares a text with a number.
    bool is_computed = false;  ///< No bare column.
    bool is_whole =
        false;  ///< Its parts stay as they are when it is shrunk: an order that must be total.
};

struct Item {
    Expr expr;
    std::string alias;
    std::vector<Expr> star;  ///< Not empty: the item is `*` or `t.*` and gives these columns.
};

struct From {
    std::string join;  ///< `LEFT JOIN`; not said of the first.
    std::string table;
    std::vector<Query> derived;  ///< One: the table is this query.
    std::string alias;
    std::vector<Expr> on;
};

struct GroupBy {
    Expr expr;
    std::string written;  ///< Position or alias, instead of the expression.
};

struct Select {
    bool is_distinct = false;
    std::vector<Item> items;
    std::vector<From> from;
    std::vector<Expr> where;
    std::vector<GroupBy> groups;
    bool has_rollup = false;
    std::vector<Expr> having;
};

struct OrderBy {
    enum class Written : std::uint8_t { kPosition, kAlias, kExpr };
    Expr expr;
    Written written = Written::kExpr;
    std::optional<std::size_t> item;  ///< Of the first SELECT: its value is shown there.
    bool is_descending = false;
};

struct CommonTable {
    std::string name;
    std::vector<Query> query;  ///< One.
};

struct Query {
    std::vector<CommonTable> with;
    bool is_recursive = false;
    std::vector<Select> selects;          ///< Of a set operation; usually one.
    std::vector<std::string> operations;  ///< Between them: `UNION ALL`.
    std::vector<OrderBy> order;
    bool is_total = false;  ///< `order` tells all rows apart.
    std::optional<std::string> limit;
    std::optional<std::string> offset;
};

/// An expression from a text in which `$` stands for the next of `args`.
[[nodiscard]] Expr expr(Kind kind, std::string_view text, std::vector<Expr> args = {});

/// An expression without parts, as it stands.
[[nodiscard]] Expr leaf(Kind kind, std::string text);

enum class Values : std::uint8_t { kBound, kInText };

/// The statement with its notes: values, order, what is compared by less than equality.
[[nodiscard]] Case case_of(const Query& query, std::string where, Values values = Values::kBound);

/// As lines of a .cases file.
[[nodiscard]] std::string pasted(const Case& of);

/// Whether texts that the collation holds equal may differ.
[[nodiscard]] bool is_loose(std::string_view collation);

/// What a value shown stands for when equal ones are made one: by GROUP BY, DISTINCT, UNION.
[[nodiscard]] Shown shown_as_group(const Expr& value);

}  // namespace mosaic::oracle
