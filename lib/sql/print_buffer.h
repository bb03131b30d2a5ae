#pragma once

#include "sql/printer.h"

#include <span>
#include <string_view>

namespace mosaic::sql {

/// Writes a tree as SQL into a Template. One use.
class PrintBuffer {
public:
    explicit PrintBuffer(const PrintOptions& options) : options_(options) {}

    void statement(const Statement& statement);
    void query(const Query& query);
    /// Between parentheses when it binds less tightly than `level`.
    void expr(const Expr& expr, int level = 0);

    [[nodiscard]] Template take() { return std::move(out_); }

private:
    // print_expr.cc
    void expr_plain(const Expr& expr);
    void digits(const Expr& expr, char base);
    void literal(const Expr& expr);
    void unary(const Expr& expr);
    void binary(const Expr& expr);
    void predicate(const Expr& expr);
    void function(const Expr& expr);
    void trim(const Expr& expr);
    void aggregate(const Expr& expr);
    void case_expr(const Expr& expr);
    void window(const Window& window);
    void list(std::span<const Expr* const> exprs);
    void order_by(std::span<const OrderItem> items);

    // printer.cc
    void select(const Select& select);
    void set_side(const Query& side, SetOperator op, bool is_right);
    void table(const TableRef& table);
    void join(const TableRef& table);
    void items(std::span<const SelectItem> items);
    void where(const Expr* where, std::span<const Hole> owned);
    void tail(std::span<const OrderItem> order, const Limit* limit);
    void assignments(std::span<const Assignment> list);
    void insert(const Insert& insert);
    void update(const Update& update);
    void del(const Delete& del);
    void set(const Set& set);

    void put(std::string_view text) { out_.text.append(text); }

    void put(char c) { out_.text.push_back(c); }

    void name(std::string_view name) { append_identifier(out_.text, name); }

    void names(std::span<const std::string_view> list);

    void text(std::string_view value) { append_text_literal(out_.text, value, options_.backslash); }

    void hole(const Hole& hole);

    const PrintOptions& options_;
    Template out_;
};

}  // namespace mosaic::sql
