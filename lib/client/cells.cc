// How a cell's text is read as a C++ type.
#include "base/status.h"
#include "mosaic/result.h"
#include "mosaic/uuid.h"

#include <absl/strings/str_format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace mosaic {
namespace {

absl::Status cannot_read(
    const Column& column, std::optional<std::string_view> cell, std::string_view type
) {
    constexpr std::size_t kShown = 60;
    const std::string text =
        !cell ? "NULL"
              : "'" + std::string(cell->substr(0, kShown)) + (cell->size() > kShown ? "..'" : "'");
    return make_error(
        errors::kCellConversion,
        absl::StrFormat(
            "read column %s (%s) as %s: %s does not convert%s",
            column.name,
            to_string(column.type),
            type,
            text,
            cell ? "" : "; read it as std::optional"
        )
    );
}

// BIT comes as bytes, most significant first; all other numbers as text.
template <typename Number>
std::optional<Number> bits_of(std::string_view bytes) {
    std::uint64_t number = 0;
    if (bytes.size() > sizeof number)
        return std::nullopt;
    for (const char byte : bytes) number = number << 8 | static_cast<unsigned char>(byte);
    if (number > static_cast<std::uint64_t>(std::numeric_limits<Number>::max()))
        return std::nullopt;
    return static_cast<Number>(number);
}

template <typename Number>
absl::StatusOr<Number> read_integer(
    const Column& column, std::optional<std::string_view> cell, std::string_view type
) {
    if (!cell)
        return cannot_read(column, cell, type);
    if (column.type == ColumnType::kBit) {
        if (const auto bits = bits_of<Number>(*cell))
            return *bits;
        return cannot_read(column, cell, type);
    }
    Number number = 0;
    const char* end = cell->data() + cell->size();
    const auto [stopped, error] = std::from_chars(cell->data(), end, number);
    if (error == std::errc() && stopped == end)
        return number;
    return cannot_read(column, cell, type);
}

}  // namespace

template <>
absl::StatusOr<std::int64_t> CellReader<std::int64_t>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    return read_integer<std::int64_t>(column, cell, "std::int64_t");
}

template <>
absl::StatusOr<std::uint64_t> CellReader<std::uint64_t>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    return read_integer<std::uint64_t>(column, cell, "std::uint64_t");
}

template <>
absl::StatusOr<std::int32_t> CellReader<std::int32_t>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    return read_integer<std::int32_t>(column, cell, "std::int32_t");
}

template <>
absl::StatusOr<std::uint32_t> CellReader<std::uint32_t>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    return read_integer<std::uint32_t>(column, cell, "std::uint32_t");
}

template <>
absl::StatusOr<bool> CellReader<bool>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    const auto number = read_integer<std::int64_t>(column, cell, "bool");
    if (!number.ok())
        return number.status();
    if (*number != 0 && *number != 1)
        return cannot_read(column, cell, "bool");
    return *number == 1;
}

template <>
absl::StatusOr<double> CellReader<double>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    if (!cell)
        return cannot_read(column, cell, "double");
    double number = 0;
    const char* end = cell->data() + cell->size();
    const auto [stopped, error] = std::from_chars(cell->data(), end, number);
    if (error == std::errc() && stopped == end && std::isfinite(number))
        return number;
    return cannot_read(column, cell, "double");
}

template <>
absl::StatusOr<std::string_view> CellReader<std::string_view>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    if (!cell)
        return cannot_read(column, cell, "std::string_view");
    return *cell;
}

template <>
absl::StatusOr<std::string> CellReader<std::string>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    if (!cell)
        return cannot_read(column, cell, "std::string");
    return std::string(*cell);
}

template <>
absl::StatusOr<Uuid> CellReader<Uuid>::read(
    const Column& column, std::optional<std::string_view> cell
) {
    const auto uuid = cell ? Uuid::from_bytes(*cell) : std::nullopt;
    if (!uuid)
        return cannot_read(
            column, cell ? std::optional<std::string_view>("") : cell, "mosaic::Uuid"
        );
    return *uuid;
}

}  // namespace mosaic
