#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::config {

/// The known word that `word` was most likely meant to be: the nearest by edit distance, or one
/// that begins with it (`idle` for `idle_max`); none when all are far.
[[nodiscard]] std::optional<std::string> nearest(
    std::string_view word, const std::vector<std::string>& known
);

/// `; did you mean X`, or nothing.
[[nodiscard]] std::string did_you_mean(
    std::string_view word, const std::vector<std::string>& known
);

}  // namespace mosaic::config
