#include "merge/key_encoder.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <bit>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

namespace mosaic::merge {
namespace {

constexpr char kNullMark = 0;
constexpr char kValueMark = 1;

// Classes of sign, in order.
constexpr char kNegative = 0;
constexpr char kZero = 1;
constexpr char kPositive = 2;

void append_big_endian(std::string& out, std::uint64_t bits) {
    char bytes[8];
    for (int i = 7; i >= 0; --i) {
        bytes[i] = static_cast<char>(bits & 0xFF);
        bits >>= 8;
    }
    out.append(bytes, sizeof bytes);
}

void append_signed(std::string& out, std::int64_t number) {
    out.push_back(number < 0 ? kNegative : kPositive);
    append_big_endian(out, static_cast<std::uint64_t>(number));
}

void append_unsigned(std::string& out, std::uint64_t number) {
    out.push_back(kPositive);
    append_big_endian(out, number);
}

bool append_integer(std::string& out, std::string_view cell) {
    const char* end = cell.data() + cell.size();
    if (cell.starts_with('-')) {
        std::int64_t number = 0;
        const auto [stop, error] = std::from_chars(cell.data(), end, number);
        append_signed(out, number);
        return error == std::errc() && stop == end;
    }
    std::uint64_t number = 0;
    const auto [stop, error] = std::from_chars(cell.data(), end, number);
    append_unsigned(out, number);
    return error == std::errc() && stop == end;
}

bool append_double(std::string& out, std::string_view cell) {
    const std::optional<double> number = parse_double(cell);
    if (!number)
        return false;
    const double value = *number == 0 ? 0.0 : *number;  // -0.0 and 0.0 are one group
    const auto bits = std::bit_cast<std::uint64_t>(value);
    append_big_endian(out, value < 0 ? ~bits : bits | (std::uint64_t{1} << 63));
    return true;
}

void invert(std::string& out, std::size_t begin) {
    for (std::size_t i = begin; i < out.size(); ++i) out[i] = static_cast<char>(~out[i]);
}

// Sign, number of digits before the point, digits, end. Zeros that don't count are left out.
bool append_decimal(std::string& out, std::string_view cell) {
    const bool is_negative = cell.starts_with('-');
    if (is_negative)
        cell.remove_prefix(1);
    const std::size_t point = cell.find('.');
    std::string_view whole = cell.substr(0, point);
    std::string_view fraction = point == cell.npos ? std::string_view() : cell.substr(point + 1);
    constexpr std::string_view kDigits = "0123456789";
    if (whole.size() + fraction.size() == 0 || whole.find_first_not_of(kDigits) != cell.npos ||
        fraction.find_first_not_of(kDigits) != cell.npos)
        return false;
    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    fraction = fraction.substr(0, fraction.find_last_not_of('0') + 1);
    if (whole.empty() && fraction.empty()) {
        out.push_back(kZero);
        return true;
    }
    out.push_back(is_negative ? kNegative : kPositive);
    const std::size_t begin = out.size();
    out.push_back(static_cast<char>(whole.size()));  // at most 65, or 81 in MariaDB's sums
    out.append(whole).append(fraction).push_back('\0');
    if (is_negative)
        invert(out, begin);
    return whole.size() < 256;
}

// The bytes, 0 as 0 255, and an end that is less than both.
void append_text(std::string& out, std::string_view text) {
    for (const char byte : text) {
        out.push_back(byte);
        if (byte == '\0')
            out.push_back('\xFF');
    }
    out.append(2, '\0');
}

// Before each byte, and at the end, how what is left compares with padding without end: less,
// equal, greater (0, 1, 2). Nothing follows an equal. So the texts compare as if the shorter one
// went on.
void append_padded(std::string& out, std::string_view text, std::string_view padding) {
    constexpr char kLess = 0;
    constexpr char kEqual = 1;
    constexpr char kGreater = 2;
    const std::size_t begin = out.size();
    out.resize(begin + 2 * text.size() + 1);
    out.back() = kEqual;
    std::size_t end = out.size();
    char rest = kEqual;
    for (std::size_t i = text.size(); i-- > 0;) {
        const auto byte = static_cast<unsigned char>(text[i]);
        const auto pad = static_cast<unsigned char>(padding[i % padding.size()]);
        if (byte != pad)
            rest = byte < pad ? kLess : kGreater;
        out[begin + 2 * i] = rest;
        out[begin + 2 * i + 1] = text[i];
        if (rest == kEqual)
            end = begin + 2 * i + 1;
    }
    out.resize(end);
}

}  // namespace

absl::StatusOr<KeyEncoder::Part> KeyEncoder::make_part(
    const SortKey& key, std::span<const Column> columns, Use use
) {
    const Comparison& comparison = key.comparison;
    if (key.column >= columns.size())
        return type_error(absl::StrFormat("there is no column %d to compare by", key.column));
    const Column& column = columns[key.column];
    Part part{
        .cell_class = cell_class(column),
        .column = key.column,
        .text_column = key.column,
        .is_descending = key.is_descending,
        .padding = {},
        .prefix_max = comparison.prefix_max,
        .described = column};
    const auto refused = [&](std::string_view why) {
        return type_error(
            absl::StrFormat("column %s (%s) %s", column.name, to_string(column.type), why)
        );
    };
    if (part.cell_class == CellClass::kOpaque)
        return refused("cannot be compared");
    if (part.cell_class == CellClass::kFloat && use == Use::kIdentity)
        return refused("is sent as text that does not tell all its values apart; it needs + 0e0");
    if (part.cell_class != CellClass::kText)
        return part;

    using Text = Comparison::Text;
    if (comparison.text == Text::kNone)
        return refused("is text, and its plan does not say how it compares");
    if (comparison.text == Text::kBytesPadded)
        part.padding = " ";
    if (comparison.text == Text::kWeight || comparison.text == Text::kWeightPadded) {
        if (comparison.weight >= columns.size())
            return refused("lacks its column of weights");
        part.text_column = comparison.weight;
    }
    if (comparison.text == Text::kWeightPadded) {
        if (comparison.space_weight.empty())
            return refused("lacks the weight of a blank");
        part.padding = comparison.space_weight;
    }
    return part;
}

absl::StatusOr<KeyEncoder> KeyEncoder::make(
    std::span<const SortKey> keys, std::span<const Column> columns, Use use
) {
    KeyEncoder encoder;
    for (const SortKey& key : keys) {
        MOSAIC_ASSIGN_OR_RETURN(Part part, make_part(key, columns, use));
        encoder.parts_.push_back(std::move(part));
    }
    return encoder;
}

absl::StatusOr<KeyEncoder> KeyEncoder::make(
    std::span<const GroupKey> keys, std::span<const Column> columns
) {
    std::vector<SortKey> whole;
    for (const GroupKey& key : keys) {
        whole.push_back({.column = key.column, .is_descending = false, .comparison = key.comparison}
        );
        whole.back().comparison.prefix_max = 0;
    }
    return make(whole, columns);
}

absl::Status KeyEncoder::append_value(std::string& out, std::string_view cell, const Part& part) {
    bool is_read = true;
    switch (part.cell_class) {
        case CellClass::kInteger:
            is_read = append_integer(out, cell);
            break;
        case CellClass::kDecimal:
            if (scale_of(cell) >
                part.described.decimals) {  // an inexact quotient: as it will print
                const std::optional<Decimal> number = Decimal::parse(cell);
                is_read =
                    number &&
                    append_decimal(out, number->rescaled(part.described.decimals).to_string());
            } else {
                is_read = append_decimal(out, cell);
            }
            break;
        case CellClass::kFloat:
        case CellClass::kDouble:
            is_read = append_double(out, cell);
            break;
        case CellClass::kTime: {
            const std::optional<std::int64_t> time = parse_time(cell);
            is_read = time.has_value();
            append_signed(out, time.value_or(0));
            break;
        }
        case CellClass::kBits:
            is_read = cell.size() <= 8;
            append_unsigned(out, is_read ? parse_bits(cell) : 0);
            break;
        case CellClass::kDate:
        case CellClass::kBytes:
        case CellClass::kText: {
            if (part.prefix_max != 0)
                cell = cell.substr(0, part.prefix_max);
            if (part.padding.empty())
                append_text(out, cell);
            else if (is_read = cell.size() % part.padding.size() == 0; is_read)
                append_padded(out, cell, part.padding);
            break;
        }
        case CellClass::kNull:
        case CellClass::kOpaque:
            is_read = false;
            break;
    }
    return is_read ? absl::OkStatus() : cell_error(cell, part.described);
}

absl::Status KeyEncoder::append(std::string& out, const Batch& batch, std::size_t row) const {
    for (const Part& part : parts_) {
        const std::size_t begin = out.size();
        const auto cell = batch.cell(row, part.text_column);
        if (cell) {
            out.push_back(kValueMark);
            MOSAIC_RETURN_IF_ERROR(append_value(out, *cell, part));
        } else if (part.text_column != part.column && batch.cell(row, part.column)) {
            return type_error(
                absl::StrFormat("column %s: a text came without weight", part.described.name)
            );
        } else {
            out.push_back(kNullMark);
        }
        if (part.is_descending)
            invert(out, begin);
    }
    return absl::OkStatus();
}

bool KeyEncoder::has_null(const Batch& batch, std::size_t row) const {
    for (const Part& part : parts_)
        if (!batch.cell(row, part.column))
            return true;
    return false;
}

}  // namespace mosaic::merge
