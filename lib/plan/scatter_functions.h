#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace mosaic::plan {

/// What a function gives, whatever its arguments' order.
enum class Gives : std::uint8_t {
    kInteger,
    kDouble,
    kNumeric,
    kDate,
    kFirstText,       ///< Text in the collation of the first argument.
    kJoinedText,      ///< Text in the collation of all its text arguments.
    kConnectionText,  ///< Text in the connection's collation.
    kCommonType,      ///< What all arguments have in common.
};

/// Of a built-in function, by its upper-case name; empty: its type depends on more than this says.
[[nodiscard]] std::optional<Gives> gives_of(std::string_view name);

}  // namespace mosaic::plan
