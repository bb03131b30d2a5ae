#pragma once

#include <boost/multiprecision/cpp_int.hpp>

#include <compare>
#include <optional>
#include <string>
#include <string_view>

namespace mosaic {

/// An exact decimal of any size: units / 10^scale. Follows MySQL's rules for DECIMAL: rounding is
/// half away from zero.
class Decimal {
public:
    Decimal() = default;
    explicit Decimal(boost::multiprecision::cpp_int units, int scale = 0);

    /// Reads what a server prints for an integer or DECIMAL: `-12.50`. Keeps the scale (2 here).
    /// Not read, and empty: exponents, blanks, anything else.
    [[nodiscard]] static std::optional<Decimal> parse(std::string_view text);

    [[nodiscard]] int scale() const { return scale_; }
    [[nodiscard]] bool is_zero() const { return units_ == 0; }
    /// With exactly scale() digits after the point.
    [[nodiscard]] std::string to_string() const;
    /// Rounded half away from zero, or padded with zeros, to `scale` digits.
    [[nodiscard]] Decimal rescaled(int scale) const;

    Decimal& operator+=(const Decimal& other);  ///< The scale becomes the larger one.
    Decimal& operator-=(const Decimal& other);
    friend Decimal operator*(const Decimal& a, const Decimal& b);  ///< Scales add up.
    /// a / b rounded to `scale` digits. \pre !b.is_zero()
    [[nodiscard]] static Decimal divide(const Decimal& a, const Decimal& b, int scale);

    /// By value: 1.0 equals 1.00.
    friend std::strong_ordering operator<=>(const Decimal& a, const Decimal& b);
    friend bool operator==(const Decimal& a, const Decimal& b) { return (a <=> b) == 0; }

private:
    boost::multiprecision::cpp_int units_;
    int scale_ = 0;
};

}  // namespace mosaic
