#include "merge/number.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <system_error>

namespace mosaic::merge {
namespace {

// The farthest from the digits that servers put a point without an exponent (DBL_DIG).
constexpr int kPointMax = 15;
// From here on a column's decimals mean: not fixed.
constexpr int kNotFixed = 31;

template <typename Number>
std::optional<Number> parse_whole(std::string_view text) {
    Number number{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    if (text.empty() || error != std::errc() || stop != end)
        return std::nullopt;
    return number;
}

Decimal absolute(const Decimal& number) {
    if (number >= Decimal())
        return number;
    Decimal negated;
    negated -= number;
    return negated;
}

}  // namespace

CellClass cell_class(const Column& column) {
    switch (column.type) {
        case ColumnType::kNull:
            return CellClass::kNull;
        case ColumnType::kTinyInt:
        case ColumnType::kSmallInt:
        case ColumnType::kMediumInt:
        case ColumnType::kInt:
        case ColumnType::kBigInt:
        case ColumnType::kYear:
            return CellClass::kInteger;
        case ColumnType::kFloat:
            return CellClass::kFloat;
        case ColumnType::kDouble:
            return CellClass::kDouble;
        case ColumnType::kDecimal:
            return CellClass::kDecimal;
        case ColumnType::kDate:
        case ColumnType::kDatetime:
        case ColumnType::kTimestamp:
            return CellClass::kDate;
        case ColumnType::kTime:
            return CellClass::kTime;
        case ColumnType::kBit:
            return CellClass::kBits;
        case ColumnType::kChar:
        case ColumnType::kVarchar:
        case ColumnType::kText:
            return column.is_binary ? CellClass::kBytes : CellClass::kText;
        case ColumnType::kEnum:
        case ColumnType::kSet:
            return CellClass::kText;
        case ColumnType::kJson:
        case ColumnType::kGeometry:
            return CellClass::kOpaque;
    }
    return CellClass::kOpaque;
}

absl::Status type_error(std::string_view what) {
    return make_error(errors::kMergeType, absl::StrFormat("merging rows of shards: %s", what));
}

absl::Status cell_error(std::string_view cell, const Column& column) {
    return type_error(absl::StrFormat(
        "column %s: '%s' is no %s", column.name, cell.substr(0, 40), to_string(column.type)
    ));
}

std::optional<double> parse_double(std::string_view text) {
    const auto number = parse_whole<double>(text);
    return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<std::int64_t> parse_time(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative)
        text.remove_prefix(1);
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || text.size() < colon + 6 || text[colon + 3] != ':')
        return std::nullopt;
    const auto hours = parse_whole<std::uint16_t>(text.substr(0, colon));
    const auto minutes = parse_whole<std::uint8_t>(text.substr(colon + 1, 2));
    const auto seconds = parse_whole<std::uint8_t>(text.substr(colon + 4, 2));
    if (!hours || !minutes || !seconds)
        return std::nullopt;
    std::int64_t time = ((*hours * 60LL + *minutes) * 60 + *seconds) * 1'000'000;
    if (std::string_view rest = text.substr(colon + 6); !rest.empty()) {
        std::string digits(rest.substr(1));
        if (rest[0] != '.' || digits.empty() || digits.size() > 6)
            return std::nullopt;
        digits.resize(6, '0');
        const auto fraction = parse_whole<std::uint32_t>(digits);
        if (!fraction)
            return std::nullopt;
        time += *fraction;
    }
    return is_negative ? -time : time;
}

std::uint64_t parse_bits(std::string_view bytes) {
    std::uint64_t bits = 0;
    for (const char byte : bytes) bits = bits << 8 | static_cast<unsigned char>(byte);
    return bits;
}

std::string print_double(double number, int decimals) {
    char buffer[400];
    char* const end = buffer + sizeof buffer;
    if (decimals < kNotFixed)
        return {buffer, std::to_chars(buffer, end, number, std::chars_format::fixed, decimals).ptr};
    const char* stop = std::to_chars(buffer, end, number, std::chars_format::scientific).ptr;
    const std::string_view text(buffer, static_cast<std::size_t>(stop - buffer));  // -d.ddde+xx
    const std::size_t e = text.find('e');
    const int exponent = std::stoi(std::string(text.substr(e + 1)));
    const int fraction_digits =
        text.find('.') == text.npos ? 0 : static_cast<int>(e - text.find('.') - 1);
    const bool has_point = exponent >= 0 && fraction_digits > exponent;
    if (number == 0 || has_point || (exponent >= -kPointMax && exponent < kPointMax))
        return {buffer, std::to_chars(buffer, end, number, std::chars_format::fixed).ptr};
    return std::string(text.substr(0, e)) + "e" + std::to_string(exponent);
}

int scale_of(std::string_view decimal) {
    const std::size_t point = decimal.find('.');
    return point == std::string_view::npos ? 0 : static_cast<int>(decimal.size() - point - 1);
}

Decimal divide_truncated(const Decimal& a, const Decimal& b) {
    Decimal quotient = Decimal::divide(a, b, 0);
    if (absolute(quotient * b) <= absolute(a))
        return quotient;
    // Rounding went away from zero.
    quotient -= quotient > Decimal() ? Decimal(1) : Decimal(-1);
    return quotient;
}

namespace {

/// Digits after the point that servers compute of a quotient: both sides' own, each filled up to
/// words of nine, and div_precision_increment more where these do not hold them already. The rest
/// is cut off, and only then what is shown is rounded (do_div_mod() of both servers' decimal
/// arithmetic, strings/decimal.c).
int computed_digits(int dividend_scale, int divisor_scale) {
    constexpr int kWord = 9;
    constexpr int kIncrement = 4;  // div_precision_increment; a session may not set it
    const auto filled = [](int digits) { return (digits + kWord - 1) / kWord * kWord; };
    const int dividend = filled(dividend_scale);
    const int divisor = filled(divisor_scale);
    const int more = kIncrement - (dividend - dividend_scale) - (divisor - divisor_scale);
    return filled(dividend + divisor + std::max(0, more));
}

}  // namespace

Decimal divide_marked(const Decimal& a, const Decimal& b, int scale) {
    const Decimal quotient = Decimal::divide(a, b, scale);
    if (quotient * b == a)
        return quotient;
    const Decimal shifted(boost::multiprecision::pow(
        boost::multiprecision::cpp_int(10), static_cast<unsigned>(scale) + 1
    ));
    const Decimal digits = divide_truncated(a * shifted, b);
    const bool is_negative = (a < Decimal()) != (b < Decimal());
    boost::multiprecision::cpp_int units(
        digits.to_string()[0] == '-' ? digits.to_string().substr(1) : digits.to_string()
    );
    if (computed_digits(a.scale(), b.scale()) <= scale)
        units -= units % 10;  // the digit after the last shown is never computed: nothing rounds up
    units = units * 10 + 1;  // the mark: something follows, or the last digit itself does
    return Decimal(is_negative ? -units : units, scale + 2);
}

}  // namespace mosaic::merge
