#include "config/nearest.h"

#include <algorithm>
#include <numeric>

namespace mosaic::config {
namespace {

// Insertions, deletions and replacements between two words.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> row(b.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i < a.size(); ++i) {
        std::size_t diagonal = row[0];
        row[0] = i + 1;
        for (std::size_t j = 0; j < b.size(); ++j) {
            const std::size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
        }
    }
    return row.back();
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& known) {
    if (word.size() > 64)
        return std::nullopt;
    std::optional<std::string> best;
    std::size_t best_distance = std::max<std::size_t>(word.size() / 3, 1) + 1;
    for (const std::string& one : known) {
        const std::size_t apart = distance(word, one);
        if (apart < best_distance && apart < one.size()) {
            best = one;
            best_distance = apart;
        }
    }
    if (best || word.size() < 3)
        return best;
    for (const std::string& one : known)
        if (one.starts_with(word))
            return one;
    return std::nullopt;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& known) {
    const auto found = nearest(word, known);
    return found ? "; did you mean " + *found : "";
}

}  // namespace mosaic::config
