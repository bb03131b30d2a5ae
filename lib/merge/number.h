#pragma once

#include "mosaic/batch.h"
#include "types/decimal.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mosaic::merge {

/// How the cells of a column are read.
enum class CellClass : std::uint8_t {
    kNull,
    kInteger,
    kDecimal,
    kFloat,  ///< Single precision, whose text does not tell all values apart.
    kDouble,
    kDate,  ///< DATE, DATETIME, TIMESTAMP: text of fixed form, in the order of its bytes.
    kTime,
    kBits,  ///< BIT: the bytes of a number, the highest first.
    kBytes,
    kText,
    kOpaque,  ///< JSON, geometry: neither compared nor computed with.
};

[[nodiscard]] CellClass cell_class(const Column& column);

/// The error of a merge that met what its plan did not expect.
[[nodiscard]] absl::Status type_error(std::string_view what);

/// A cell that is not of its column's type.
[[nodiscard]] absl::Status cell_error(std::string_view cell, const Column& column);

[[nodiscard]] std::optional<double> parse_double(std::string_view text);
/// `-01:00:00.5` in microseconds.
[[nodiscard]] std::optional<std::int64_t> parse_time(std::string_view text);
/// \pre bytes.size() <= 8
[[nodiscard]] std::uint64_t parse_bits(std::string_view bytes);

/// As servers print a DOUBLE: the shortest digits that read back equal, with an exponent where more
/// than 15 places, zeros among them, would be before the point and none after it, or more than 14
/// zeros right after it; or with `decimals` digits where a column fixes them (below 31).
[[nodiscard]] std::string print_double(double number, int decimals);

/// `text` without its sign, point and leading zeros is a DECIMAL's digits: how many follow the
/// point.
[[nodiscard]] int scale_of(std::string_view decimal);

/// Quotient of exact numbers, as cells between the operators hold it: exactly `scale` digits where
/// those are all of it; else two more, of which the last is never 0, so that rounding to `scale`
/// digits gives what servers show, and an inexact quotient is known as one.
[[nodiscard]] Decimal divide_marked(const Decimal& a, const Decimal& b, int scale);

/// a / b cut to an integer. \pre !b.is_zero()
[[nodiscard]] Decimal divide_truncated(const Decimal& a, const Decimal& b);

}  // namespace mosaic::merge
