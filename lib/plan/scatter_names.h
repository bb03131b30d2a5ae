#pragma once

#include "plan/bind.h"

#include <absl/status/statusor.h>

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

/// What names mean in each clause of a SELECT (query.md, rule 13). Tried on MariaDB 10.11 and
/// MySQL 9.7:
///   - ORDER BY of a bare name: a select item of that name first, then a column; several items that
///     differ are an error (1052). A qualified name is a column.
///   - GROUP BY of a bare name: a column first, then an alias.
///   - HAVING: a select item or a column of GROUP BY; where these differ, servers differ too, so it
///   is
///     refused.
///   - Inside an expression, and inside an aggregate, in any clause: a column first; then, outside
///   of
///     aggregates, an alias.
///   - A whole number alone in ORDER BY or GROUP BY is the position of an item, stars expanded.
namespace mosaic::plan {

/// A column of the answer, stars expanded.
struct NamedItem {
    const sql::Expr* expr = nullptr;  ///< Canonical: columns qualified as bound.
    std::string_view name;            ///< Alias, or the column's name; empty: an expression.
    const sql::SelectItem* written = nullptr;
    bool is_of_star = false;
};

/// An expression of a clause, made canonical, and the item that it is.
struct Meaning {
    const sql::Expr* expr = nullptr;
    std::optional<std::size_t> item;
};

/// Canonical expressions have every column as `table`.`column`, spelled as in the schema, and no
/// alias: two that are equal as trees mean the same.
class Names {
public:
    static absl::StatusOr<Names> make(
        const sql::Select& select, const Scope& scope, sql::Arena& arena
    );

    [[nodiscard]] const std::vector<NamedItem>& items() const { return items_; }

    [[nodiscard]] bool has_star() const { return has_star_; }

    /// Only columns: WHERE, select items, arguments of aggregates.
    [[nodiscard]] absl::StatusOr<const sql::Expr*> canonical(const sql::Expr& expr) const;
    /// Columns first, then aliases.
    [[nodiscard]] absl::StatusOr<const sql::Expr*> expression(const sql::Expr& expr) const;
    [[nodiscard]] absl::StatusOr<Meaning> order_item(const sql::Expr& expr) const;
    [[nodiscard]] absl::StatusOr<Meaning> group_item(const sql::Expr& expr) const;
    [[nodiscard]] absl::StatusOr<const sql::Expr*> having(
        const sql::Expr& expr, const std::vector<Meaning>& keys
    ) const;
    /// The first item that equals a canonical expression.
    [[nodiscard]] std::optional<std::size_t> find(const sql::Expr& canonical) const;

private:
    Names(const Scope& scope, sql::Arena& arena) : scope_(&scope), arena_(&arena) {}

    absl::Status add_star(const sql::SelectItem& item);
    [[nodiscard]] absl::StatusOr<Meaning> position(const sql::Expr& expr, std::string_view clause)
        const;
    [[nodiscard]] const sql::Expr* column(const BoundColumn& bound, std::uint32_t begin) const;
    /// Items whose name it is.
    [[nodiscard]] std::vector<std::size_t> named(std::string_view name) const;
    [[nodiscard]] absl::StatusOr<std::optional<std::size_t>> only_item(const sql::Expr& expr) const;
    [[nodiscard]] absl::StatusOr<const sql::Expr*> having_name(
        const sql::Expr& expr, const std::vector<Meaning>& keys
    ) const;

    const Scope* scope_;
    sql::Arena* arena_;
    std::vector<NamedItem> items_;
    bool has_star_ = false;
};

}  // namespace mosaic::plan
