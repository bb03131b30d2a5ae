#pragma once

#include "run.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace mosaic::oracle {

struct RandomArguments {
    std::filesystem::path cases;  ///< The folder whose tables and rows are asked about.
    std::string driver;
    std::vector<int> shards;  ///< Statement i goes to one of these clusters, in turn.
    std::uint64_t count = 0;
    std::uint64_t first = 0;  ///< Begins with statement `first`.
    std::uint64_t seed = 0;
    Verbosity verbosity = Verbosity::kDifferences;
};

/// Generates statements, runs them on one server and on Mosaic, compares, and shrinks what differs.
/// \return 0: no answer differs, few are refused, and nearly all have an answer to compare.
[[nodiscard]] int run_random(const RandomArguments& arguments);

}  // namespace mosaic::oracle
