#include "keys/stable_hash.h"

#include <charconv>
#include <cstring>

namespace mosaic::keys {
namespace {

using Table = std::array<std::array<std::uint32_t, 256>, 8>;

// Table k advances a byte over k further zero bytes, so eight bytes go in one step ("slicing by 8",
// Kounavis and Berry, 2005).
constexpr Table make_table() {
    Table table{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320U : 0U);
        table[0][byte] = crc;
    }
    for (std::size_t k = 1; k < 8; ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = table[k - 1][byte];
            table[k][byte] = (before >> 8) ^ table[0][before & 0xFF];
        }
    }
    return table;
}

constexpr Table kTable = make_table();

std::uint32_t hash_eight(std::uint32_t crc, const char* at) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, 8);  // little-endian, as every machine this is built for
    word ^= crc;
    std::uint32_t next = 0;
    for (std::size_t i = 0; i < 8; ++i) next ^= kTable[7 - i][(word >> (8 * i)) & 0xFF];
    return next;
}

template <typename Number>
std::uint32_t hash_number(Number number) {
    char text[24];
    const char* end = std::to_chars(text, text + sizeof text, number).ptr;
    return stable_hash(std::string_view(text, static_cast<std::size_t>(end - text)));
}

}  // namespace

std::uint32_t stable_hash(std::string_view bytes) {
    std::uint32_t crc = 0xFFFFFFFF;
    const char* at = bytes.data();
    const char* const end = at + bytes.size();
    for (; end - at >= 8; at += 8) crc = hash_eight(crc, at);
    for (; at != end; ++at)
        crc = (crc >> 8) ^ kTable[0][(crc ^ static_cast<unsigned char>(*at)) & 0xFF];
    return ~crc;
}

std::uint32_t stable_hash(std::uint64_t number) {
    return hash_number(number);
}

std::uint32_t stable_hash(std::int64_t number) {
    return hash_number(number);
}

}  // namespace mosaic::keys
