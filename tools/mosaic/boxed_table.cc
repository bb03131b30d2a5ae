#include "boxed_table.h"

#include "row_text.h"
#include "utf8.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mosaic::tool {
namespace {

bool is_control(char32_t code) {
    return code < 0x20 || (code >= 0x7F && code < 0xA0);
}

std::string shown_text(std::string_view text) {
    std::string out;
    for (std::size_t at = 0; at < text.size();) {
        const Character character = character_at(text, at);
        const auto code = static_cast<unsigned>(character.code);
        if (character.is_valid && !is_control(character.code))
            out.append(text.substr(at, character.size));
        else if (code == '\n')
            out += "\\n";
        else if (code == '\t')
            out += "\\t";
        else
            absl::StrAppendFormat(&out, "\\x%02X", code);
        at += character.size;
    }
    return out;
}

std::string shown_cell(const Column& column, std::optional<std::string_view> cell) {
    if (!cell)
        return "NULL";
    if (!column.is_binary && column.type != ColumnType::kBit)
        return shown_text(*cell);
    std::string hex;
    append_hex(hex, *cell);
    return hex;
}

bool stands_right(const Column& column) {
    return (column.type >= ColumnType::kTinyInt && column.type <= ColumnType::kDecimal) ||
           column.type == ColumnType::kYear;
}

/// Widths in a terminal's columns.
class Box {
public:
    explicit Box(const Result& result) {
        for (const Column& column : result.columns()) {
            names_.push_back(shown_text(column.name));
            widths_.push_back(display_width(names_.back()));
        }
        for (std::size_t row = 0; row < result.row_count(); ++row) {
            for (std::size_t i = 0; i < widths_.size(); ++i)
                widths_[i] = std::max(widths_[i], display_width(shown(result, row, i)));
        }
    }

    [[nodiscard]] std::string text(const Result& result) const {
        std::string out = rule();
        for (std::size_t i = 0; i < names_.size(); ++i) append_cell(out, i, names_[i], Side::kLeft);
        out += "|\n" + rule();
        for (std::size_t row = 0; row < result.row_count(); ++row) {
            for (std::size_t i = 0; i < names_.size(); ++i) {
                const Side side = stands_right(result.columns()[i]) ? Side::kRight : Side::kLeft;
                append_cell(out, i, shown(result, row, i), side);
            }
            out += "|\n";
        }
        return out + rule();
    }

private:
    enum class Side : std::uint8_t { kLeft, kRight };

    static std::string shown(const Result& result, std::size_t row, std::size_t column) {
        return shown_cell(result.columns()[column], result.cell(row, column));
    }

    [[nodiscard]] std::string rule() const {
        std::string line;
        for (const std::size_t width : widths_) line += '+' + std::string(width + 2, '-');
        return line + "+\n";
    }

    void append_cell(std::string& out, std::size_t column, const std::string& text, Side side)
        const {
        const std::string blanks(widths_[column] - display_width(text), ' ');
        out += "| ";
        out += side == Side::kRight ? blanks + text : text + blanks;
        out += ' ';
    }

    std::vector<std::string> names_;
    std::vector<std::size_t> widths_;
};

}  // namespace

std::string boxed_table(const Result& result) {
    return result.row_count() == 0 ? std::string() : Box(result).text(result);
}

}  // namespace mosaic::tool
