#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include <functional>
#include <string>
#include <string_view>

namespace mosaic {

struct StringHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return absl::HashOf(text); }
};

/// A map from strings that is searched with a std::string_view and makes no copy.
template <typename Value>
using StringMap = absl::flat_hash_map<std::string, Value, StringHash, std::equal_to<>>;

}  // namespace mosaic
