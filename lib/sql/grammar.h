#pragma once

#include "sql/infixes.h"
#include "sql/lexer.h"

#include <absl/status/status.h>

#include <array>
#include <initializer_list>
#include <optional>
#include <string_view>

namespace mosaic::sql {

/// Recursive descent over one statement; operators by how tightly they bind. Every parse function
/// returns null (or false) when it has failed; the first failure's error is kept, and nothing is
/// parsed after it.
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

    /// The token that was taken; it stays until the next ones are looked at.
    const Token& take() {
        const Token& token = peek();
        if (token.kind == TokenKind::kEnd || token.kind == TokenKind::kBad)
            return token;
        ahead_begin_ = (ahead_begin_ + 1) % ahead_.size();
        --ahead_count_;
        last_end_ = token.end;
        return token;
    }

    bool at_end() { return peek().kind == TokenKind::kEnd; }

    bool at(Terminal terminal, std::size_t ahead = 0) { return peek(ahead).terminal == terminal; }

    bool at_any(std::initializer_list<Terminal> terminals) {
        for (const Terminal one : terminals) {
            if (at(one))
                return true;
        }
        return false;
    }

    bool accept(Terminal terminal) {
        if (!at(terminal))
            return false;
        take();
        return true;
    }

    bool expect(Terminal terminal);
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
    bool at_name() {
        const Token& token = peek();
        return token.kind == TokenKind::kQuotedName ||
               (token.kind == TokenKind::kWord && !token.terminal.is_reserved());
    }

    std::optional<std::string_view> name(std::string_view expected);
    /// After a dot every word is a name.
    std::optional<std::string_view> any_name(std::string_view expected);
    std::string_view name_text(const Token& token);
    std::string_view text_value(std::string_view quoted);
    std::string_view text_value(const Token& quoted);
    bool alias(std::string_view& out, bool may_be_text);
    bool name_list(std::span<const std::string_view>& out);

    // Expressions (expressions.cc)
    const Expr* expr();
    /// The longest expression whose operators all bind tighter than `level` (operators.h).
    const Expr* expr(int level);
    /// Goes on behind a left side that was read already and binds as tight as `left_level`.
    const Expr* operators(const Expr* left, int level, int left_level);
    const Expr* prefixed(int level, int& own_level);
    /// A query, or an expression that begins with one: `(SELECT 1) + 2`.
    const Expr* query_or_expr(const Query*& query_alone);

    /// The operator that stands here: one look tells that there is none.
    Infix infix() {
        const Infix found = infixes::kAll[peek().terminal.number()];
        return found.level == kAssignLevel ? found : infix(found);
    }

    Infix infix(Infix found);
    const Expr* comparison(Operator op, const Expr* left);
    const Expr* is_test(const Expr* left);
    const Expr* predicate(const Expr* left);
    const Expr* pattern(ExprKind kind, const Expr* left, bool is_negated);
    const Expr* in_list(const Expr* left, bool is_negated);
    const Expr* unary(Operator op);
    const Expr* collate(const Expr* left);
    bool expr_list(List<const Expr*>& out);
    bool order_list(std::span<const OrderItem>& out);
    const Expr* binary(Operator op, const Expr* left, const Expr* right);

    Expr* made(ExprKind kind, std::uint32_t begin) {
        Expr* expr = arena_.make<Expr>();
        expr->kind = kind;
        expr->begin = begin;
        expr->end = last_end_;
        return expr;
    }

    std::span<const Expr* const> only(const Expr* arg) {
        return arena_.copy(std::span<const Expr* const>(&arg, 1));
    }

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
    const Expr* stored_function(
        std::string_view schema, std::string_view name, std::uint32_t begin
    );
    const Expr* exists();
    const Expr* keyword_operand(bool& is_one);
    bool type_text(std::string_view& out);

    // Functions (functions.cc)
    const Expr* function();
    const Expr* special_function(Terminal word, std::uint32_t begin, bool& is_one);
    const Expr* trim(std::uint32_t begin);
    const Expr* aggregate(std::string_view name, std::uint32_t begin);
    const Expr* over(const Expr* call);
    const Window* window_spec();

    // Queries (queries.cc)
    bool at_query(std::size_t ahead = 0);
    const Query* query();
    /// Goes on behind a query in parentheses.
    const Query* query_behind(const Query& left);
    const Query* with_tail(const Query& head, const Query* body);
    const Query* set_expr();
    /// Goes on after a left side that was parsed already.
    const Query* set_expr(const Query* left);
    const Query* intersect_expr(const Query* left);
    const Query* query_primary();
    const Select* select();
    bool select_options(Select& out);
    bool select_items(std::span<const SelectItem>& out);
    bool with_clause(Query& out);
    bool at_tail();
    bool tail(Query& out);
    /// Not an expression: a number, a parameter, or a name, which servers refuse later.
    const Expr* limit_number();
    bool limit(const Limit*& out);
    bool fetch(const Limit*& out);
    const Expr* number(std::string_view digits);
    bool locking(std::string_view& out);
    bool windows(Select& out);
    const Query* combine(SetOperator op, const Query* left, const Query* right, bool is_all);

    // Tables (tables.cc)
    const TableRef* table_references();
    const TableRef* joined_table();
    const TableRef* join_behind(const TableRef* left);
    const TableRef* table_factor();
    const TableRef* parenthesised_table(std::uint32_t begin);
    const TableRef* derived(std::uint32_t begin, const Query* query, bool is_lateral);
    const TableRef* table_name(bool has_alias);
    bool at_join();
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
    bool set_item(List<Assignment>& out);
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
[[nodiscard]] bool is_unit(Terminal word);

}  // namespace mosaic::sql
