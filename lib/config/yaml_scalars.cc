// Texts, numbers, sizes and durations.
#include "config/nearest.h"
#include "config/yaml_reader.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>

namespace mosaic::config {
namespace {

struct Unit {
    std::string_view name;
    std::uint64_t factor;
};

constexpr std::array<Unit, 4> kTimes = {{{"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};
constexpr std::array<Unit, 4> kSizes = {
    {{"G", 1u << 30}, {"M", 1u << 20}, {"K", 1u << 10}, {"", 1}}};

// The number in front of `text`, and its rest; none: there is no number, or it is beyond 64 bits.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc())
        return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return number;
}

template <std::size_t N>
std::optional<std::uint64_t> with_unit(std::string_view text, const std::array<Unit, N>& units) {
    const auto number = take_number(text);
    if (!number)
        return std::nullopt;
    for (const Unit& unit : units)
        if (unit.name == text) {
            if (*number > std::numeric_limits<std::uint64_t>::max() / unit.factor)
                return std::nullopt;
            return *number * unit.factor;
        }
    return std::nullopt;
}

// The shortest form with a unit that is exact.
template <std::size_t N>
std::string show(std::uint64_t number, const std::array<Unit, N>& units) {
    for (const Unit& unit : units)
        if (number >= unit.factor && number % unit.factor == 0)
            return absl::StrFormat("%d%s", number / unit.factor, unit.name);
    return absl::StrFormat("%d%s", number, units.back().name);
}

bool is_within(std::uint64_t number, Range range) {
    return number >= range.least && number <= range.most;
}

bool refuse(const Place& place, std::string_view what, Mistakes& mistakes) {
    mistakes.add(place, absl::StrFormat("%s is %s", describe(place.node), what));
    return false;
}

}  // namespace

bool read_text(const Place* place, std::string& out, Mistakes& mistakes) {
    if (place == nullptr)
        return false;
    if (!place->node.IsScalar())
        return refuse(*place, "no text; write a word, or '' for an empty text", mistakes);
    out = place->node.Scalar();
    return true;
}

bool read_texts(const Place* place, std::vector<std::string>& out, Mistakes& mistakes) {
    for (const Place& item : read_list(place, mistakes))
        if (std::string text; read_text(&item, text, mistakes))
            out.push_back(std::move(text));
    return place != nullptr;
}

bool read_word(
    const Place* place,
    const std::vector<std::string>& allowed,
    std::string& out,
    Mistakes& mistakes
) {
    if (place == nullptr)
        return false;
    const std::string word = place->node.IsScalar() ? place->node.Scalar() : "";
    if (std::find(allowed.begin(), allowed.end(), word) == allowed.end())
        return refuse(
            *place,
            absl::StrFormat(
                "not known here; allowed are %s%s", join(allowed), did_you_mean(word, allowed)
            ),
            mistakes
        );
    out = word;
    return true;
}

bool read_whole(const Place* place, Range range, std::uint64_t& out, Mistakes& mistakes) {
    if (place == nullptr)
        return false;
    std::string_view text = place->node.IsScalar() ? place->node.Scalar() : std::string_view();
    const auto number = take_number(text);
    if (!number || !text.empty() || !is_within(*number, range))
        return refuse(
            *place,
            absl::StrFormat("no whole number from %d to %d", range.least, range.most),
            mistakes
        );
    out = *number;
    return true;
}

bool read_weight(const Place* place, double& out, Mistakes& mistakes) {
    if (place == nullptr)
        return false;
    double number = 0;
    if (!place->node.IsScalar() || !absl::SimpleAtod(place->node.Scalar(), &number) ||
        !(number >= 0.001 && number <= 1'000'000))
        return refuse(*place, "no weight; allowed are numbers from 0.001 to 1000000", mistakes);
    out = number;
    return true;
}

bool read_bytes(const Place* place, Range range, std::uint64_t& out, Mistakes& mistakes) {
    if (place == nullptr)
        return false;
    const auto number =
        place->node.IsScalar() ? with_unit(place->node.Scalar(), kSizes) : std::nullopt;
    if (!number || !is_within(*number, range))
        return refuse(
            *place,
            absl::StrFormat(
                "no size from %s to %s; write bytes, or a number with K, M or G, such "
                "as 256M",
                show(range.least, kSizes),
                show(range.most, kSizes)
            ),
            mistakes
        );
    out = *number;
    return true;
}

bool read_duration(
    const Place* place, Range range, std::chrono::milliseconds& out, Mistakes& mistakes
) {
    if (place == nullptr)
        return false;
    const bool is_zero = place->node.IsScalar() && place->node.Scalar() == "0";
    std::optional<std::uint64_t> number;
    if (is_zero)
        number = 0;
    else if (place->node.IsScalar())
        number = with_unit(place->node.Scalar(), kTimes);
    if (!number || !is_within(*number, range))
        return refuse(
            *place,
            absl::StrFormat(
                "no duration from %s to %s; write a number with ms, s, m or h, such as "
                "500ms",
                show(range.least, kTimes),
                show(range.most, kTimes)
            ),
            mistakes
        );
    out = std::chrono::milliseconds(*number);
    return true;
}

bool read_duration(const Place* place, Range range, std::chrono::seconds& out, Mistakes& mistakes) {
    std::chrono::milliseconds read{};
    if (!read_duration(place, range, read, mistakes))
        return false;
    if (read.count() % 1000 != 0)
        return refuse(*place, "no whole number of seconds; write one, such as 2s", mistakes);
    out = std::chrono::duration_cast<std::chrono::seconds>(read);
    return true;
}

}  // namespace mosaic::config
