#pragma once

#include "run.h"

#include <filesystem>
#include <string>
#include <vector>

namespace mosaic::oracle {

struct CorpusArguments {
    std::filesystem::path corpus;
    std::string driver;
    std::vector<int> shards;
    std::string only;  ///< One folder; empty: all.
    Verbosity verbosity = Verbosity::kDifferences;
};

/// Runs the folders one after the other. \return 0: all answers are equal, and none was refused.
[[nodiscard]] int run_corpus(const CorpusArguments& arguments);

}  // namespace mosaic::oracle
