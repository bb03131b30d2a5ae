#include "mosaic/uuid.h"

#include "mosaic/id.h"

namespace mosaic {
namespace {

constexpr int kNoDigit = -1;

int digit_of(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return kNoDigit;
}

bool is_hyphen_place(std::size_t place) {
    return place == 8 || place == 13 || place == 18 || place == 23;
}

}  // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != 36 && text.size() != 32)
        return std::nullopt;
    std::array<std::uint8_t, 16> bytes{};
    std::size_t nibble = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.size() == 36 && is_hyphen_place(i)) {
            if (text[i] != '-')
                return std::nullopt;
            continue;
        }
        const int digit = digit_of(text[i]);
        if (digit == kNoDigit)
            return std::nullopt;
        std::uint8_t& byte = bytes[nibble / 2];
        byte = static_cast<std::uint8_t>(byte << 4 | digit);
        ++nibble;
    }
    return Uuid(bytes);
}

std::optional<Uuid> Uuid::from_bytes(std::string_view bytes) {
    if (bytes.size() != 16)
        return std::nullopt;
    std::array<std::uint8_t, 16> copy{};
    for (std::size_t i = 0; i < copy.size(); ++i) copy[i] = static_cast<std::uint8_t>(bytes[i]);
    return Uuid(copy);
}

std::string Uuid::to_string() const {
    static constexpr char kHex[] = "0123456789abcdef";
    std::string text;
    text.reserve(36);
    for (std::size_t i = 0; i < bytes_.size(); ++i) {
        if (is_hyphen_place(text.size()))
            text.push_back('-');
        text.push_back(kHex[bytes_[i] >> 4]);
        text.push_back(kHex[bytes_[i] & 15]);
    }
    return text;
}

std::uint64_t Uuid::unix_ms() const {
    std::uint64_t ms = 0;
    for (std::size_t i = 0; i < 6; ++i) ms = ms << 8 | bytes_[i];
    return ms;
}

std::string Id::to_string() const {
    return is_uuid() ? uuid().to_string() : std::to_string(number());
}

Id::operator Value() const {
    return is_uuid() ? Value(uuid()) : Value(number());
}

}  // namespace mosaic
