#pragma once

#include "sql/ast.h"
#include "types/literal.h"

#include <cstdint>
#include <string>
#include <vector>

namespace mosaic::sql {

/// Printed SQL with holes: `text` with each hole to be filled in before `text[offset]`.
struct Template {
    struct Gap {
        std::uint32_t offset = 0;
        Hole hole;
        friend bool operator==(const Gap&, const Gap&) = default;
    };
    std::string text;
    std::vector<Gap> gaps;  ///< By offset.

    friend bool operator==(const Template&, const Template&) = default;
};

struct PrintOptions {
    Backslash backslash = Backslash::kEscapes;
    bool pipes_as_concat = false;
    bool high_not_precedence = false;
    /// Parameters print as kValue holes; else as `?`.
    bool parameters_as_holes = false;
};

/// Prints SQL that a server accepts with the same meaning: parse(print(s)) equals s. Identifiers are
/// always quoted; parentheses are put where precedence needs them. A SELECT item without alias keeps
/// none: whoever needs its label adds one.
[[nodiscard]] Template print(const Statement& statement, const PrintOptions& options);
[[nodiscard]] Template print(const Query& query, const PrintOptions& options);
[[nodiscard]] Template print(const Expr& expr, const PrintOptions& options);

/// Equal trees, whatever positions and `source` say.
[[nodiscard]] bool equal(const Expr& a, const Expr& b);
[[nodiscard]] bool equal(const Query& a, const Query& b);
[[nodiscard]] bool equal(const Statement& a, const Statement& b);

}  // namespace mosaic::sql
