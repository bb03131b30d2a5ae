#pragma once

#include "random_numbers.h"
#include "random_schema.h"
#include "random_tree.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::oracle {

/// What FROM gives to the expressions of a SELECT: a table, or a derived one.
struct Source {
    std::string alias;
    std::vector<ColumnFacts> columns;
    std::vector<std::size_t> key;
    std::size_t rows = 0;
    bool may_be_null = false;  ///< An outer join may extend it.
};

/// The names that an expression may use.
struct Scope {
    std::vector<Source> sources;
    const Scope* outer = nullptr;
};

/// A column of a scope.
struct Named {
    const Source* source = nullptr;
    const ColumnFacts* column = nullptr;

    [[nodiscard]] Expr as_expr() const;
};

/// Makes expressions over a scope. What reads other tables is asked of whoever makes queries.
class Expressions {
public:
    /// Which queries the expressions may ask for.
    enum class Wanted : std::uint8_t {
        kRows,      ///< Of one column that compares with the expression given.
        kOneValue,  ///< The same, one row at most.
        kExistence,
        kNumber,  ///< One number, whatever the expression.
    };
    using Ask = std::function<
        std::optional<Query>(Wanted wanted, const Scope& scope, const Expr* compared)>;

    Expressions(Choices& choices, Ask ask) : choices_(choices), ask_(std::move(ask)) {}

    /// Any column; of this kind, if one is given.
    [[nodiscard]] std::optional<Named> column(const Scope& scope, std::optional<Kind> kind = {});
    /// A value for SELECT, of any kind.
    [[nodiscard]] Expr value(const Scope& scope, int depth);
    /// A number whose arithmetic stays in range.
    [[nodiscard]] Expr number(const Scope& scope, int depth);
    [[nodiscard]] Expr condition(const Scope& scope, int depth);
    /// The same for WHERE, where a `?` may stand for a literal: in a select item it would be
    /// another expression than the `?` of GROUP BY.
    [[nodiscard]] Expr where(const Scope& scope, int depth);
    /// A literal to compare the column with, usually one of its values.
    [[nodiscard]] Expr literal(const ColumnFacts& column);

private:
    [[nodiscard]] Expr text_value(const Named& of);
    [[nodiscard]] Expr time_value(const Named& of);
    [[nodiscard]] Expr chosen_value(const Scope& scope, const Named& of, int depth);
    [[nodiscard]] Expr bound_or(Expr literal, const ColumnFacts& column);
    [[nodiscard]] Expr simple_condition(const Named& of);
    [[nodiscard]] Expr list_condition(const Named& of);
    [[nodiscard]] Expr text_condition(const Named& of);
    [[nodiscard]] Expr trap(const Named& of);
    [[nodiscard]] Expr integer_trap(const Named& of);
    [[nodiscard]] Expr pair_condition(const Scope& scope, const Named& of);
    [[nodiscard]] Expr columns_condition(const Scope& scope, const Named& of);
    [[nodiscard]] Expr logic(const Scope& scope, int depth);
    [[nodiscard]] Expr numbers_condition(const Scope& scope);
    [[nodiscard]] std::optional<Expr> query_condition(const Scope& scope, const Named& of);
    std::string comparison();

    Choices& choices_;
    Ask ask_;
    bool may_bind_ = false;
};

}  // namespace mosaic::oracle
