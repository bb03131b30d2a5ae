#pragma once

#include "plan/bind.h"

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>

#include <utility>
#include <vector>

/// Which rows of a FROM clause meet on one shard.
namespace mosaic::plan {

/// Sharded tables whose shard keys are equal in every row that counts.
class KeyClasses {
public:
    void equate(const BoundTable* a, const BoundTable* b);
    void add(const KeyClasses& other);
    [[nodiscard]] bool same(const BoundTable* a, const BoundTable* b) const;

private:
    std::vector<std::pair<const BoundTable*, const BoundTable*>> pairs_;
};

/// The table whose bare shard key `expr` is; null: it is none. Looks through enclosing queries.
[[nodiscard]] const BoundTable* shard_key_of(const sql::Expr& expr, const Scope& scope);

/// Whether equal shard keys of the two tables, under the server's comparison of the bare columns,
/// are one key of one group.
[[nodiscard]] bool can_colocate(const BoundTable& a, const BoundTable& b);

/// Adds the equalities `a.key = b.key` among the conjuncts of `condition`.
void add_equalities(const sql::Expr* condition, const Scope& scope, KeyClasses& classes);

/// Where the ownership filter of each sharded table belongs: the outer join that it is the inner
/// side of; null: WHERE.
using FilterHomes = std::vector<std::pair<const BoundTable*, const sql::TableRef*>>;

/// Proves that every row of the FROM clause is made on exactly one shard, of rows there:
///   - all sharded tables that no outer join extends with NULLs are in one class by WHERE, ON of
///     inner joins and USING, and there is one (`outer`: or the class of that table);
///   - the inner side of an outer join holds no sharded table, or only such as its own ON (or
///   WHERE,
///     which drops rows extended with NULLs) puts into the class of the preserved side.
/// Adds to `classes` what holds in every row, and says where the filters go.
[[nodiscard]] absl::Status check_joins(
    const sql::Select& select,
    const Scope& scope,
    const BoundTable* outer,
    KeyClasses& classes,
    FilterHomes& homes
);

}  // namespace mosaic::plan
