#pragma once

#include "sql/lexer.h"

#include <absl/status/status.h>

#include <array>
#include <optional>
#include <string_view>
#include <vector>

namespace mosaic::sql {

/// Recursive descent over one statement. Every parse function returns null (or false) when it has
/// failed; the first failure's error is kept, and nothing is parsed after it.
///
/// Special forms of functions keep their word in Expr::qualifier: EXTRACT(unit FROM x),
/// TIMESTAMPADD and TIMESTAMPDIFF(unit, ..), GET_FORMAT(word, ..), TRIM(LEADING a FROM b) (args: a,
/// b; or b alone), CHAR(.. USING charset), WEIGHT_STRING(x AS ..) (all from AS on). SUBSTRING(a
/// FROM b FOR c) becomes SUBSTRING(a, b, c), POSITION(a IN b) becomes LOCATE(a, b).
class Grammar {
public:
    Grammar(std::string_view text, const Syntax& syntax, Arena& arena);

    const Statement* statement();

    [[nodiscard]] const absl::Status& status() const { return status_; }

private:
    // Tokens (grammar.cc)
    const Token& peek(std::size_t ahead = 0) {
        if (ahead_count_ <= ahead)
            fill(ahead);
        return ahead_[(ahead_begin_ + ahead) % ahead_.size()];
    }

    void fill(std::size_t ahead);
    Token take();

    bool at_end() { return peek().kind == TokenKind::kEnd; }

    // Asked for nearly every token by nearly every rule: the first letter decides most of them.
    bool at_word(std::string_view upper, std::size_t ahead = 0) {
        const Token& token = peek(ahead);
        return token.kind == TokenKind::kWord && token.text.size() == upper.size() &&
               ((token.text.front() ^ upper.front()) & ~0x20) == 0 && same_word(token.text, upper);
    }

    bool at_symbol(std::string_view symbol, std::size_t ahead = 0) {
        const Token& token = peek(ahead);
        return token.kind == TokenKind::kSymbol && token.text.front() == symbol.front() &&
               token.text.size() == symbol.size() && (symbol.size() == 1 || token.text == symbol);
    }

    bool accept_word(std::string_view upper);
    bool accept_symbol(std::string_view symbol);
    bool expect_word(std::string_view upper);
    bool expect_symbol(std::string_view symbol);
    std::nullptr_t fail(
        std::string_view expected, int mysql_errno = 1064, std::string_view sqlstate = "42000"
    );
    std::nullptr_t unsupported(std::string_view what);
    std::nullptr_t too_deep(std::string_view what);

    /// The statement's text from `begin` to the end of the token that was taken last.
    std::string_view since(std::uint32_t begin) const {
        return text_.substr(begin, last_end_ - begin);
    }

    /// Skips to the end; the text from here on.
    std::string_view rest();

    // Names (grammar.cc)
    bool at_name(std::size_t ahead = 0);
    std::optional<std::string_view> name(std::string_view expected);
    /// After a dot every word is a name.
    std::optional<std::string_view> any_name(std::string_view expected);
    std::string_view name_text(const Token& token);
    std::string_view text_value(std::string_view quoted);
    bool alias(std::string_view& out, bool may_be_text);
    bool name_list(std::span<const std::string_view>& out);

    // Expressions (expressions.cc)
    const Expr* expr();
    const Expr* or_expr();
    const Expr* xor_expr();
    const Expr* and_expr();
    const Expr* not_expr();
    const Expr* comparison();
    const Expr* is_test(const Expr* left);
    const Expr* predicate();
    const Expr* in_list(const Expr* left, bool is_negated);
    const Expr* bit_expr(int level);
    const Expr* unary();
    const Expr* postfix(const Expr* expr);
    Operator bit_operator(int& level);
    bool comparison_operator(Operator& op);
    bool expr_list(std::vector<const Expr*>& out, std::string_view end);
    bool order_list(std::span<const OrderItem>& out);
    const Expr* binary(Operator op, const Expr* left, const Expr* right);
    Expr* made(ExprKind kind, std::uint32_t begin);

    // Literals (literals.cc)
    const Expr* literal_or_name();
    const Expr* text_literal(std::string_view introducer, std::uint32_t begin);
    const Expr* bytes_literal(ExprKind kind, std::string_view introducer, std::uint32_t begin);

    // Operands (operands.cc)
    const Expr* primary();
    const Expr* parentheses();
    const Expr* case_expr();
    const Expr* cast();
    const Expr* convert();
    const Expr* match();
    const Expr* interval();
    const Expr* system_variable();
    const Expr* user_variable();
    std::string_view user_variable_name(const Token& token);
    const Expr* column();
    const Expr* exists();
    const Expr* keyword_operand(bool& is_one);
    bool type_text(std::string_view& out);

    // Functions (functions.cc)
    const Expr* function();
    const Expr* special_function(std::string_view name, std::uint32_t begin, bool& is_one);
    const Expr* trim(std::uint32_t begin);
    const Expr* aggregate(std::string_view name, std::uint32_t begin);
    const Expr* over(const Expr* call);
    const Window* window_spec();

    // Queries (queries.cc)
    bool at_query(std::size_t ahead = 0);
    const Query* query();
    const Query* set_expr();
    /// Goes on after a left side that was parsed already.
    const Query* set_expr(const Query* left);
    const Query* intersect_expr();
    const Query* query_primary();
    const Select* select();
    bool select_options(Select& out);
    bool select_items(std::span<const SelectItem>& out);
    bool with_clause(Query& out);
    bool tail(Query& out);
    /// Not an expression: a number, a parameter, or a name, which servers refuse later.
    const Expr* limit_number();
    bool limit(const Limit*& out);
    bool locking(std::string_view& out);
    bool windows(Select& out);
    const Query* combine(SetOperator op, const Query* left, const Query* right, bool is_all);

    // Tables (tables.cc)
    const TableRef* table_references();
    const TableRef* joined_table();
    const TableRef* table_factor();
    const TableRef* parenthesised_table(std::uint32_t begin);
    const TableRef* derived(std::uint32_t begin, const Query* query, bool is_lateral);
    const TableRef* table_name(bool has_alias);
    bool join_kind(TableRef& join);
    bool join_condition(TableRef& join);
    bool index_hints(std::string_view& out);

    // Statements (statements.cc)
    bool body(Statement& out);
    bool insert(Statement& out, bool is_replace);
    bool insert_columns(Insert& out);
    bool insert_source(Insert& out);
    bool insert_rows(Insert& out);
    bool update(Statement& out);
    bool delete_(Statement& out);
    bool set(Statement& out);
    bool set_item(std::vector<Assignment>& out);
    bool assignments(std::span<const Assignment>& out);
    bool other(Statement& out);
    bool explain(Statement& out);
    bool transaction(Statement& out);

    /// Counts nesting while it lives.
    class Depth {
    public:
        explicit Depth(Grammar& grammar) : grammar_(grammar) { ++grammar_.depth_; }

        ~Depth() { --grammar_.depth_; }

        Depth(const Depth&) = delete;
        Depth& operator=(const Depth&) = delete;

        [[nodiscard]] bool is_ok() const { return grammar_.depth_ <= kParseDepthMax; }

    private:
        Grammar& grammar_;
    };

    /// Operators in one chain without parentheses (a OR b OR ..) at most: each nests the tree once.
    static constexpr int kChainMax = 1500;

    std::string_view text_;
    const Syntax& syntax_;
    Arena& arena_;
    Lexer lexer_;
    std::array<Token, 4> ahead_;
    std::size_t ahead_count_ = 0;
    std::size_t ahead_begin_ = 0;
    std::uint32_t last_end_ = 0;
    int depth_ = 0;
    std::uint16_t parameters_ = 0;
    bool has_too_many_parameters_ = false;
    absl::Status status_;
};

/// MICROSECOND, SECOND, .. YEAR_MONTH.
[[nodiscard]] bool is_unit(std::string_view word);

}  // namespace mosaic::sql
