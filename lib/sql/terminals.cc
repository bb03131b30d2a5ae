#include "sql/terminals.h"

#include <cstring>

namespace mosaic::sql {
namespace {

constexpr std::size_t kBuckets = 2048;

// Letters of either case give the same number.
constexpr std::size_t bucket_of(std::string_view word) {
    const auto letter = [&](std::size_t at) {
        return static_cast<std::size_t>(static_cast<unsigned char>(word[at]) & 0xDF);
    };
    return (word.size() * 131 + letter(0) * 29 + letter(word.size() - 1) * 67 +
            letter(word.size() / 2) * 7) %
           kBuckets;
}

/// The words chained by bucket, made at compile time: every word of a statement is looked up.
struct Index {
    std::array<std::uint16_t, kBuckets> first{};
    std::array<std::uint16_t, terminals::kCount> next{};
    std::size_t longest = 0;
};

constexpr Index make_index() {
    Index index;
    for (std::size_t i = terminals::kReservedBegin; i < terminals::kCount; ++i) {
        const std::string_view word = terminals::kTexts[i];
        std::uint16_t& first = index.first[bucket_of(word)];
        index.next[i] = first;
        first = static_cast<std::uint16_t>(i);
        index.longest = word.size() > index.longest ? word.size() : index.longest;
    }
    return index;
}

constexpr Index kIndex = make_index();

template <typename Number>
bool differ(const char* word, const char* upper) {
    constexpr auto kUpper = static_cast<Number>(0xDFDFDFDFDFDFDFDF);
    Number a = 0;
    Number b = 0;
    std::memcpy(&a, word, sizeof a);
    std::memcpy(&b, upper, sizeof b);
    return (a & kUpper) != b;
}

// The words have letters and `_` only, and no other byte of a word becomes one of them without the
// bit of lower case: so many bytes are compared at once, the last ones twice.
bool is_same(std::string_view word, std::string_view upper) {
    const std::size_t size = word.size();
    if (size != upper.size())
        return false;
    if (size < 4) {
        for (std::size_t i = 0; i < size; ++i) {
            if (differ<std::uint8_t>(word.data() + i, upper.data() + i))
                return false;
        }
        return true;
    }
    if (size < 8)
        return !differ<std::uint32_t>(word.data(), upper.data()) &&
               !differ<std::uint32_t>(word.data() + size - 4, upper.data() + size - 4);
    for (std::size_t i = 0; i + 8 <= size; i += 8) {
        if (differ<std::uint64_t>(word.data() + i, upper.data() + i))
            return false;
    }
    return !differ<std::uint64_t>(word.data() + size - 8, upper.data() + size - 8);
}

/// For each byte the first symbol that it begins; those that share it follow in the list.
constexpr std::array<std::uint16_t, 256> make_symbols() {
    std::array<std::uint16_t, 256> first{};
    for (std::size_t i = terminals::kReservedBegin; i-- > 1;)
        first[static_cast<unsigned char>(terminals::kTexts[i].front())] =
            static_cast<std::uint16_t>(i);
    return first;
}

constexpr std::array<std::uint16_t, 256> kSymbols = make_symbols();

}  // namespace

Terminal Terminal::of_word(std::string_view word) {
    if (word.size() < 2 || word.size() > kIndex.longest)
        return {};
    for (std::size_t at = kIndex.first[bucket_of(word)]; at != 0; at = kIndex.next[at]) {
        if (is_same(word, terminals::kTexts[at]))
            return Terminal(at);
    }
    return {};
}

Terminal Terminal::at_begin_of(std::string_view text) {
    std::size_t at = kSymbols[static_cast<unsigned char>(text.front())];
    if (at == 0)
        return {};
    // The last one that begins with a byte is that byte alone.
    while (terminals::kTexts[at].size() > 1 && !text.starts_with(terminals::kTexts[at])) ++at;
    return Terminal(at);
}

}  // namespace mosaic::sql
