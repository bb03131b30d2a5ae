#include "types/decimal.h"

#include <algorithm>
#include <string>
#include <utility>

namespace mosaic {

using boost::multiprecision::cpp_int;

namespace {

cpp_int power_of_ten(int exponent) {
    return boost::multiprecision::pow(cpp_int(10), static_cast<unsigned>(exponent));
}

// a / b, rounded half away from zero. Signs are changed in place: g++ 12 warns falsely of the
// temporaries of abs().
cpp_int divide_rounded(const cpp_int& a, const cpp_int& b) {
    cpp_int quotient;
    cpp_int remainder;
    divide_qr(a, b, quotient, remainder);
    remainder *= 2;
    if (remainder.sign() < 0)
        remainder.backend().negate();
    cpp_int divisor = b;
    if (divisor.sign() < 0)
        divisor.backend().negate();
    if (remainder.compare(divisor) >= 0)
        quotient += (a < 0) == (b < 0) ? 1 : -1;
    return quotient;
}

}  // namespace

Decimal::Decimal(cpp_int units, int scale) : units_(std::move(units)), scale_(scale) {}

std::optional<Decimal> Decimal::parse(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative || text.starts_with('+'))
        text.remove_prefix(1);
    const std::size_t point = text.find('.');
    std::string digits(text.substr(0, point));
    int scale = 0;
    if (point != std::string_view::npos) {
        digits.append(text.substr(point + 1));
        scale = static_cast<int>(text.size() - point - 1);
    }
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string::npos)
        return std::nullopt;
    const std::size_t first = digits.find_first_not_of('0');  // cpp_int reads 0.. as octal
    cpp_int units = first == std::string::npos ? cpp_int(0) : cpp_int(digits.substr(first));
    return Decimal(is_negative ? -units : units, scale);
}

std::string Decimal::to_string() const {
    std::string digits = cpp_int(abs(units_)).str();
    const auto scale = static_cast<std::size_t>(scale_);
    if (digits.size() <= scale)
        digits.insert(0, scale + 1 - digits.size(), '0');
    if (scale > 0)
        digits.insert(digits.size() - scale, 1, '.');
    if (units_ < 0)
        digits.insert(0, 1, '-');
    return digits;
}

Decimal Decimal::rescaled(int scale) const {
    if (scale >= scale_)
        return Decimal(units_ * power_of_ten(scale - scale_), scale);
    return Decimal(divide_rounded(units_, power_of_ten(scale_ - scale)), scale);
}

Decimal& Decimal::operator+=(const Decimal& other) {
    if (other.scale_ == scale_) {
        units_ += other.units_;
    } else if (other.scale_ < scale_) {
        units_ += other.units_ * power_of_ten(scale_ - other.scale_);
    } else {
        units_ = units_ * power_of_ten(other.scale_ - scale_) + other.units_;
        scale_ = other.scale_;
    }
    return *this;
}

Decimal& Decimal::operator-=(const Decimal& other) {
    return *this += Decimal(-other.units_, other.scale_);
}

Decimal operator*(const Decimal& a, const Decimal& b) {
    return Decimal(a.units_ * b.units_, a.scale_ + b.scale_);
}

Decimal Decimal::divide(const Decimal& a, const Decimal& b, int scale) {
    // a.units / 10^a.scale / (b.units / 10^b.scale) * 10^scale
    const int exponent = scale + b.scale_ - a.scale_;
    if (exponent >= 0)
        return Decimal(divide_rounded(a.units_ * power_of_ten(exponent), b.units_), scale);
    return Decimal(divide_rounded(a.units_, b.units_ * power_of_ten(-exponent)), scale);
}

std::strong_ordering operator<=>(const Decimal& a, const Decimal& b) {
    const int scale = std::max(a.scale_, b.scale_);
    const cpp_int left = a.units_ * power_of_ten(scale - a.scale_);
    const cpp_int right = b.units_ * power_of_ten(scale - b.scale_);
    if (left < right)
        return std::strong_ordering::less;
    return left == right ? std::strong_ordering::equal : std::strong_ordering::greater;
}

}  // namespace mosaic
