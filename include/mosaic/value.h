// module: types
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace mosaic {

/// What a Value holds.
enum class ValueKind : std::uint8_t {
    kNull,
    kInt,      ///< Signed 64 bits.
    kUint,     ///< Unsigned 64 bits.
    kDouble,
    kDecimal,  ///< Exact decimal, as text: `-12.50`.
    kText,     ///< Text in UTF-8.
    kBytes,    ///< Binary; sent as x'..'.
};

/// A value that is bound to a statement, or a routing key. Dates and times are bound as kText, in
/// MySQL's own form (`2024-05-01 10:00:00.25`).
///
/// \par Cost
/// Owns its text. Copying one copies the text.
class Value {
public:
    Value() = default;
    Value(std::nullptr_t) {}      // NOLINT(google-explicit-constructor): bound by the caller's type
    Value(std::nullopt_t) {}      // NOLINT(google-explicit-constructor)
    template <typename T>
        requires(std::is_integral_v<T>)
    Value(T number)  // NOLINT(google-explicit-constructor)
        : kind_(std::is_signed_v<T> ? ValueKind::kInt : ValueKind::kUint),
          bits_(static_cast<std::uint64_t>(number)) {}
    Value(double number) : kind_(ValueKind::kDouble), double_(number) {}  // NOLINT(google-explicit-constructor)
    Value(std::string text) : kind_(ValueKind::kText), text_(std::move(text)) {}  // NOLINT(google-explicit-constructor)
    Value(std::string_view text) : kind_(ValueKind::kText), text_(text) {}        // NOLINT(google-explicit-constructor)
    Value(const char* text) : kind_(ValueKind::kText), text_(text) {}             // NOLINT(google-explicit-constructor)
    template <typename T>
    Value(const std::optional<T>& value) {  // NOLINT(google-explicit-constructor)
        if (value)
            *this = Value(*value);
    }

    [[nodiscard]] static Value bytes(std::string data);
    [[nodiscard]] static Value decimal(std::string digits);

    [[nodiscard]] ValueKind kind() const { return kind_; }
    [[nodiscard]] bool is_null() const { return kind_ == ValueKind::kNull; }
    /// \pre kind() == kInt
    [[nodiscard]] std::int64_t as_int() const { return static_cast<std::int64_t>(bits_); }
    /// \pre kind() == kUint
    [[nodiscard]] std::uint64_t as_uint() const { return bits_; }
    /// \pre kind() == kDouble
    [[nodiscard]] double as_double() const { return double_; }
    /// The text or bytes. \pre kind() is kDecimal, kText or kBytes
    [[nodiscard]] std::string_view text() const { return text_; }

    friend bool operator==(const Value&, const Value&) = default;

private:
    ValueKind kind_ = ValueKind::kNull;
    std::uint64_t bits_ = 0;
    double double_ = 0;
    std::string text_;
};

}  // namespace mosaic
