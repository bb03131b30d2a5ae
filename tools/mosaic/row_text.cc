#include "row_text.h"

#include "utf8.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>

#include <cstdint>
#include <set>

namespace mosaic::tool {
namespace {

bool is_number(ColumnType type) {
    return (type >= ColumnType::kTinyInt && type <= ColumnType::kDecimal) ||
           type == ColumnType::kYear;
}

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t end = at;
    while (end < text.size() && absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) ++end;
    return end - at;
}

// Of what follows the whole digits: `.25e-7`
bool is_fraction_and_exponent(std::string_view text) {
    std::size_t at = 0;
    if (at < text.size() && text[at] == '.') {
        const std::size_t digits = digits_at(text, at + 1);
        if (digits == 0)
            return false;
        at += 1 + digits;
    }
    if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
        ++at;
        if (at < text.size() && (text[at] == '+' || text[at] == '-'))
            ++at;
        const std::size_t digits = digits_at(text, at);
        if (digits == 0)
            return false;
        at += digits;
    }
    return at == text.size();
}

// A number's own digits, without the zeros that ZEROFILL puts in front: JSON forbids them.
void append_json_number(std::string& out, std::string_view text) {
    const std::size_t sign = text.starts_with('-') ? 1 : 0;
    const std::size_t digits = digits_at(text, sign);
    if (digits == 0 || !is_fraction_and_exponent(text.substr(sign + digits))) {
        append_json_string(out, text);
        return;
    }
    std::size_t first = sign;
    while (first + 1 < sign + digits && text[first] == '0') ++first;
    if (sign == 1)
        out += '-';
    out.append(text.substr(first));
}

void append_json_bits(std::string& out, std::string_view bytes) {
    std::uint64_t bits = 0;
    for (const char byte : bytes) bits = bits << 8 | static_cast<unsigned char>(byte);
    absl::StrAppendFormat(&out, "%d", bits);
}

void append_json_cell(std::string& out, const Column& column, std::string_view cell) {
    if (is_number(column.type))
        append_json_number(out, cell);
    else if (column.type == ColumnType::kBit)
        append_json_bits(out, cell);
    else if (column.is_binary) {
        out += '"';
        append_hex(out, cell);
        out += '"';
    } else
        append_json_string(out, cell);
}

void append_tsv_cell(std::string& out, std::string_view cell) {
    constexpr std::string_view kEscaped("\0\t\n\\", 4);
    while (true) {
        const std::size_t plain = cell.find_first_of(kEscaped);
        out.append(cell.substr(0, plain));
        if (plain == std::string_view::npos)
            return;
        const char c = cell[plain];
        out += '\\';
        out += c == '\0' ? '0' : c == '\t' ? 't' : c == '\n' ? 'n' : '\\';
        cell.remove_prefix(plain + 1);
    }
}

// How many bytes of `text` stand in a JSON string as they are: most texts are ASCII.
std::size_t plain_ascii(std::string_view text) {
    std::size_t size = 0;
    while (size < text.size() && text[size] >= ' ' && text[size] != '"' && text[size] != '\\')
        ++size;
    return size;
}

}  // namespace

void append_tsv_head(std::string& out, const std::vector<Column>& columns) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
        if (i > 0)
            out += '\t';
        out += columns[i].name;
    }
    out += '\n';
}

void append_tsv_row(std::string& out, const Batch& rows, std::size_t row) {
    for (std::size_t i = 0; i < rows.column_count(); ++i) {
        if (i > 0)
            out += '\t';
        if (const auto cell = rows.cell(row, i))
            append_tsv_cell(out, *cell);
        else
            out += "NULL";
    }
    out += '\n';
}

JsonRows::JsonRows(const std::vector<Column>& columns) {
    std::set<std::string> taken;
    for (const Column& column : columns) taken.insert(column.name);
    std::set<std::string> used;
    for (const Column& column : columns) {
        std::string name = column.name;
        for (int i = 2; used.contains(name); ++i) {
            name = absl::StrFormat("%s_%d", column.name, i);
            if (taken.contains(name))
                name = column.name;  // Another column's own.
        }
        used.insert(name);
        Field field{.name = {}, .column = column};
        append_json_string(field.name, name);
        fields_.push_back(std::move(field));
    }
}

void JsonRows::append_row(std::string& out, const Batch& rows, std::size_t row) const {
    out += '{';
    for (std::size_t i = 0; i < fields_.size(); ++i) {
        if (i > 0)
            out += ',';
        out += fields_[i].name;
        out += ':';
        if (const auto cell = rows.cell(row, i))
            append_json_cell(out, fields_[i].column, *cell);
        else
            out += "null";
    }
    out += "}\n";
}

void append_json_string(std::string& out, std::string_view text) {
    constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        if (const std::size_t plain = plain_ascii(text.substr(at)); plain > 0) {
            out.append(text.substr(at, plain));
            at += plain;
            continue;
        }
        const char c = text[at];
        const Character character = character_at(text, at);
        if (c == '"' || c == '\\')
            out.append({'\\', c});
        else if (c == '\n')
            out += "\\n";
        else if (c == '\t')
            out += "\\t";
        else if (character.code < 0x20)
            absl::StrAppendFormat(&out, "\\u%04x", static_cast<unsigned>(character.code));
        else
            out.append(character.is_valid ? text.substr(at, character.size) : kReplacement);
        at += character.size;
    }
    out += '"';
}

void append_hex(std::string& out, std::string_view bytes) {
    constexpr char kDigits[] = "0123456789ABCDEF";
    out += "0x";
    for (const char byte : bytes) {
        const auto value = static_cast<unsigned char>(byte);
        out += kDigits[value >> 4];
        out += kDigits[value & 15];
    }
}

}  // namespace mosaic::tool
