#include "types/literal.h"

#include <charconv>
#include <cstdint>

namespace mosaic {
namespace {

template <typename Number>
void append_number(std::string& out, Number number) {
    char buffer[32];
    const auto end = std::to_chars(buffer, buffer + sizeof buffer, number).ptr;
    out.append(buffer, end);
}

void append_double(std::string& out, double number) {
    char buffer[40];
    const auto end =
        std::to_chars(buffer, buffer + sizeof buffer, number, std::chars_format::scientific).ptr;
    out.append(buffer, end);
}

}  // namespace

void append_bytes_literal(std::string& out, std::string_view bytes) {
    static constexpr char kHex[] = "0123456789abcdef";
    out.append("x'");
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out.push_back(kHex[byte >> 4]);
        out.push_back(kHex[byte & 15]);
    }
    out.push_back('\'');
}

void append_text_literal(std::string& out, std::string_view text, Backslash backslash) {
    out.push_back('\'');
    for (const char c : text) {
        if (c == '\'' || (c == '\\' && backslash == Backslash::kEscapes))
            out.push_back(c);
        out.push_back(c);
    }
    out.push_back('\'');
}

void append_identifier(std::string& out, std::string_view name) {
    out.push_back('`');
    for (const char c : name) {
        if (c == '`')
            out.push_back(c);
        out.push_back(c);
    }
    out.push_back('`');
}

void append_literal(std::string& out, const Value& value, Backslash backslash) {
    switch (value.kind()) {
        case ValueKind::kNull: out.append("NULL"); return;
        case ValueKind::kInt:
            if (value.as_int() < 0)
                out.push_back(' ');
            append_number(out, value.as_int());
            return;
        case ValueKind::kUint: append_number(out, value.as_uint()); return;
        case ValueKind::kDouble:
            if (value.as_double() < 0)
                out.push_back(' ');
            append_double(out, value.as_double());
            return;
        case ValueKind::kDecimal:
            if (value.text().starts_with('-'))
                out.push_back(' ');
            out.append(value.text());
            return;
        case ValueKind::kText: append_text_literal(out, value.text(), backslash); return;
        case ValueKind::kBytes: append_bytes_literal(out, value.text()); return;
    }
}

}  // namespace mosaic
