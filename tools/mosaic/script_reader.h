#pragma once

#include "sql/parser.h"

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::tool {

/// Cuts what is read line by line into statements, as they are complete. Holds the statement that
/// is not ended yet, and no more. Understands DELIMITER lines.
class ScriptReader {
public:
    explicit ScriptReader(const sql::Syntax& syntax) : syntax_(syntax) {}

    struct Statement {
        std::string text;
        std::size_t line = 0;  ///< That its first word is in; the first line is 1.
    };

    /// `line` with its newline, if it has one.
    void add(std::string_view line);
    /// There is no more: what is pending is the last statement.
    void end();
    [[nodiscard]] std::optional<Statement> next();

    /// A statement is begun and not ended.
    [[nodiscard]] bool is_pending() const;

    void forget_pending() { pending_.clear(); }

private:
    [[nodiscard]] bool take_delimiter(std::string_view line);
    void cut();
    void take(const std::vector<std::string_view>& statements, std::string_view text);
    [[nodiscard]] std::string with_delimiter(std::string_view text) const;

    sql::Syntax syntax_;
    std::string delimiter_ = ";";
    std::string pending_;
    std::size_t lines_read_ = 0;
    std::size_t pending_line_ = 1;  ///< Of the first byte of pending_.
    std::deque<Statement> complete_;
};

}  // namespace mosaic::tool
