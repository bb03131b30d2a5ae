// module: keys
#pragma once

#include "mosaic/value.h"

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace mosaic {

/// A UUID (RFC 9562): 16 bytes, big-endian, stored as BINARY(16). Binds as bytes.
class Uuid {
public:
    Uuid() = default;  ///< The nil UUID.
    explicit Uuid(const std::array<std::uint8_t, 16>& bytes) : bytes_(bytes) {}

    /// `018f2b3c-....` in any case, with hyphens, or 32 hex digits; anything else is nullopt.
    [[nodiscard]] static std::optional<Uuid> parse(std::string_view text);
    /// 16 bytes as a server returns them; another size is nullopt.
    [[nodiscard]] static std::optional<Uuid> from_bytes(std::string_view bytes);

    /// 36 characters, lower case.
    [[nodiscard]] std::string to_string() const;
    [[nodiscard]] const std::array<std::uint8_t, 16>& bytes() const { return bytes_; }
    [[nodiscard]] std::string_view view() const {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }
    /// 7, 4, ..; 0 for the nil UUID.
    [[nodiscard]] int version() const { return bytes_[6] >> 4; }
    /// Of version 7: milliseconds since 1970.
    [[nodiscard]] std::uint64_t unix_ms() const;

    operator Value() const { return Value::bytes(std::string(view())); }  // NOLINT(google-explicit-constructor)
    friend auto operator<=>(const Uuid&, const Uuid&) = default;

private:
    std::array<std::uint8_t, 16> bytes_{};
};

}  // namespace mosaic
