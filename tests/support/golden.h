#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// Golden files: `*.cases`, plain text. A case is comments (`#`), the input, `----`, and what is
/// expected; a blank line ends it. MOSAIC_GOLDEN=update rewrites what is expected.
namespace mosaic::test {

struct GoldenCase {
    std::vector<std::string> comments;
    std::vector<std::string> input;  ///< Empty: the comments stand alone.
    std::vector<std::string> expected;
};

/// The cases of a file.
[[nodiscard]] std::vector<GoldenCase> read_golden(const std::filesystem::path& path);

/// Asks `answer` for each case of each `*.cases` file in `folder`, in the order of their names, and
/// CHECKs that it is what the case expects. To be called in a TEST_CASE.
/// \return the number of cases
std::size_t check_golden(
    const std::filesystem::path& folder, const std::function<std::string(const GoldenCase&)>& answer
);

/// Each line with its newline.
[[nodiscard]] std::string join_lines(const std::vector<std::string>& lines);

}  // namespace mosaic::test
