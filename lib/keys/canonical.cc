#include "base/status.h"
#include "keys/charset.h"
#include "keys/key_type.h"

#include <absl/strings/str_format.h>

#include <charconv>
#include <cmath>
#include <limits>

namespace mosaic::keys {
namespace {

// Up to here, exclusive, each whole number is a double that no other whole number rounds to.
constexpr std::uint64_t kDoubleExactEnd = std::uint64_t{1} << 53;

/// A whole number of up to 64 bits and a sign.
struct Whole {
    bool is_negative = false;
    std::uint64_t magnitude = 0;
};

// Digits with a sign, a point and zeros after it. Not read, because servers warn of them or differ:
// blanks, exponents, an empty text, more than the 65 digits of a DECIMAL.
std::optional<Whole> whole_of_digits(std::string_view text) {
    constexpr std::size_t kSizeMax = 65;
    Whole whole;
    if (text.size() > kSizeMax)
        return std::nullopt;
    if (text.starts_with('-') || text.starts_with('+')) {
        whole.is_negative = text.front() == '-';
        text.remove_prefix(1);
    }
    const std::size_t point = text.find('.');
    if (point != std::string_view::npos) {
        const std::string_view fraction = text.substr(point + 1);
        if (fraction.find_first_not_of('0') != std::string_view::npos)
            return std::nullopt;
        text = text.substr(0, point);
    }
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, whole.magnitude);
    if (text.empty() || error != std::errc() || stop != end)
        return std::nullopt;
    whole.is_negative = whole.is_negative && whole.magnitude != 0;
    return whole;
}

std::optional<Whole> whole_of_double(double number) {
    if (!(std::fabs(number) < static_cast<double>(kDoubleExactEnd)) || number != std::trunc(number))
        return std::nullopt;
    return Whole{number < 0, static_cast<std::uint64_t>(std::fabs(number))};
}

/// The whole number that a value is exactly; bytes are none (a server may take them as a number or
/// as text).
std::optional<Whole> whole_of(const Value& value) {
    switch (value.kind()) {
        case ValueKind::kInt: {
            const std::int64_t number = value.as_int();
            const auto bits = static_cast<std::uint64_t>(number);
            return number < 0 ? Whole{true, ~bits + 1} : Whole{false, bits};
        }
        case ValueKind::kUint:
            return Whole{false, value.as_uint()};
        case ValueKind::kDouble:
            return whole_of_double(value.as_double());
        case ValueKind::kDecimal:
        case ValueKind::kText:
            return whole_of_digits(value.text());
        case ValueKind::kNull:
        case ValueKind::kBytes:
            return std::nullopt;
    }
    return std::nullopt;
}

bool fits(const KeyType& type, const Whole& whole) {
    const int bits = type.integer_bytes * 8;
    const std::uint64_t all = std::numeric_limits<std::uint64_t>::max() >> (64 - bits);
    if (type.is_unsigned)
        return !whole.is_negative && whole.magnitude <= all;
    const std::uint64_t positive_max = all >> 1;
    return whole.magnitude <= positive_max + (whole.is_negative ? 1 : 0);
}

std::string decimal_text(const Whole& whole) {
    std::string text = std::to_string(whole.magnitude);
    if (whole.is_negative)
        text.insert(text.begin(), '-');
    return text;
}

std::string_view without_trailing_blanks(std::string_view text) {
    const std::size_t last = text.find_last_not_of(' ');
    return text.substr(0, last == std::string_view::npos ? 0 : last + 1);
}

std::optional<std::size_t> count_characters(const KeyType& type, std::string_view text) {
    const std::optional<Charset> charset = charset_of(type.charset);
    return charset ? keys::count_characters(*charset, text) : std::nullopt;
}

// Text compared with an integer column: servers take it as the integer it is when it is written as
// they would write it. Otherwise they may go by way of a double: then other numbers than its own
// are equal to it from 2^53 on.
bool is_exact_as_text(const Whole& whole, std::string_view text) {
    return whole.magnitude < kDoubleExactEnd || text == decimal_text(whole);
}

std::optional<std::string> integer_predicate(const KeyType& type, const Value& value) {
    const std::optional<Whole> whole = whole_of(value);
    if (!whole || !fits(type, *whole))
        return std::nullopt;
    if (value.kind() == ValueKind::kText && !is_exact_as_text(*whole, value.text()))
        return std::nullopt;
    return decimal_text(*whole);
}

std::optional<std::string> bytes_predicate(const KeyType& type, const Value& value) {
    if (value.kind() != ValueKind::kBytes && value.kind() != ValueKind::kText)
        return std::nullopt;
    const std::size_t size = value.text().size();
    if (size > type.length_max || (type.is_fixed && size != type.length_max))
        return std::nullopt;
    return std::string(value.text());
}

std::optional<std::string> text_predicate(const KeyType& type, const Value& value) {
    if (value.kind() != ValueKind::kText)
        return std::nullopt;
    std::string_view text = value.text();
    if (type.pads_space)
        text = without_trailing_blanks(text);
    else if (type.is_fixed && text.ends_with(' '))
        return std::nullopt;
    const std::optional<std::size_t> count = count_characters(type, text);
    if (!count || *count > type.length_max)
        return std::nullopt;
    return std::string(text);
}

absl::Status not_exact(const KeyType& type, std::string_view cause, std::string_view remedy) {
    return make_error(
        errors::kKeyNotExact,
        absl::StrFormat(
            "convert a shard key to its column of class %s: %s; %s",
            type.class_name(),
            cause,
            remedy
        )
    );
}

absl::StatusOr<std::string> integer_insert(const KeyType& type, const Value& value) {
    const std::optional<Whole> whole = whole_of(value);
    if (!whole)
        return not_exact(type, "the value is no whole number", "give the number itself");
    if (!fits(type, *whole)) {
        return not_exact(
            type,
            absl::StrFormat(
                "%s is outside %d bytes%s",
                decimal_text(*whole),
                type.integer_bytes,
                type.is_unsigned ? ", unsigned" : ""
            ),
            "give a number in the column's range"
        );
    }
    return decimal_text(*whole);
}

// The text or bytes that a value is when it is stored in a column of bytes or text.
std::optional<std::string> stored_text(const Value& value) {
    switch (value.kind()) {
        case ValueKind::kInt:
            return std::to_string(value.as_int());
        case ValueKind::kUint:
            return std::to_string(value.as_uint());
        case ValueKind::kText:
        case ValueKind::kBytes:
            return std::string(value.text());
        case ValueKind::kDouble:   // Servers print doubles each their own way.
        case ValueKind::kDecimal:  // And drop or add zeros.
        case ValueKind::kNull:
            return std::nullopt;
    }
    return std::nullopt;
}

absl::StatusOr<std::string> bytes_insert(const KeyType& type, const Value& value) {
    std::optional<std::string> bytes = stored_text(value);
    if (!bytes)
        return not_exact(type, "the value is a decimal or a double", "give bytes or text");
    if (bytes->size() > type.length_max) {
        return not_exact(
            type,
            absl::StrFormat("%d bytes do not fit in %d", bytes->size(), type.length_max),
            "give a shorter key"
        );
    }
    if (type.is_fixed)
        bytes->resize(type.length_max, '\0');
    return *std::move(bytes);
}

absl::StatusOr<std::string> text_insert(const KeyType& type, const Value& value) {
    std::optional<std::string> text = stored_text(value);
    if (!text || value.kind() == ValueKind::kBytes) {
        return not_exact(
            type, "the value is a decimal, a double, or bytes of no character set", "give text"
        );
    }
    if (type.pads_space || type.is_fixed)
        text->resize(without_trailing_blanks(*text).size());
    const std::optional<std::size_t> count = count_characters(type, *text);
    if (!count) {
        return not_exact(
            type,
            absl::StrFormat("the text is not UTF-8, or not all of it exists in %s", type.charset),
            "give text of the column's character set"
        );
    }
    if (*count > type.length_max) {
        return not_exact(
            type,
            absl::StrFormat("%d characters do not fit in %d", *count, type.length_max),
            "give a shorter key"
        );
    }
    return *std::move(text);
}

}  // namespace

std::optional<std::string> canonical_for_predicate(const KeyType& type, const Value& value) {
    switch (type.key_class) {
        case KeyClass::kInteger:
            return integer_predicate(type, value);
        case KeyClass::kBytes:
            return bytes_predicate(type, value);
        case KeyClass::kText:
            return text_predicate(type, value);
    }
    return std::nullopt;
}

absl::StatusOr<std::string> canonical_for_insert(const KeyType& type, const Value& value) {
    if (value.is_null())
        return not_exact(type, "it is NULL", "give every new row its shard key");
    switch (type.key_class) {
        case KeyClass::kInteger:
            return integer_insert(type, value);
        case KeyClass::kBytes:
            return bytes_insert(type, value);
        case KeyClass::kText:
            return text_insert(type, value);
    }
    return not_exact(type, "the column's class is unknown", "read the table anew");
}

std::string canonical_of_stored(const KeyType& type, std::string_view stored) {
    if (type.key_class == KeyClass::kText && (type.pads_space || type.is_fixed))
        stored = without_trailing_blanks(stored);
    return std::string(stored);
}

}  // namespace mosaic::keys
