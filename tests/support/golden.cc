#include "support/golden.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <utility>

namespace mosaic::test {
namespace {

bool is_update() {
    const char* mode = std::getenv("MOSAIC_GOLDEN");
    return mode != nullptr && std::string_view(mode) == "update";
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::vector<std::filesystem::path> case_files(const std::filesystem::path& folder) {
    std::vector<std::filesystem::path> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".cases")
            paths.push_back(entry.path());
    }
    std::sort(paths.begin(), paths.end());
    return paths;
}

void write_golden(const std::filesystem::path& path, const std::vector<GoldenCase>& cases) {
    std::ofstream file(path);
    for (std::size_t i = 0; i < cases.size(); ++i) {
        if (i > 0)
            file << "\n";
        file << join_lines(cases[i].comments) << join_lines(cases[i].input);
        if (!cases[i].input.empty())
            file << "----\n" << join_lines(cases[i].expected);
    }
}

}  // namespace

std::string join_lines(const std::vector<std::string>& lines) {
    std::string text;
    for (const std::string& line : lines) text.append(line).append("\n");
    return text;
}

std::vector<GoldenCase> read_golden(const std::filesystem::path& path) {
    std::ifstream file(path);
    std::vector<GoldenCase> cases;
    GoldenCase current;
    bool is_expectation = false;
    const auto end_case = [&] {
        if (!current.input.empty() || !current.comments.empty())
            cases.push_back(std::move(current));
        current = {};
        is_expectation = false;
    };
    for (std::string line; std::getline(file, line);) {
        if (line.empty())
            end_case();
        else if (is_expectation)
            current.expected.push_back(line);
        else if (line == "----")
            is_expectation = true;
        else if (line.starts_with("#") && current.input.empty())
            current.comments.push_back(line);
        else
            current.input.push_back(line);
    }
    end_case();
    return cases;
}

std::size_t check_golden(
    const std::filesystem::path& folder, const std::function<std::string(const GoldenCase&)>& answer
) {
    std::size_t count = 0;
    for (const std::filesystem::path& path : case_files(folder)) {
        std::vector<GoldenCase> cases = read_golden(path);
        for (GoldenCase& each : cases) {
            if (each.input.empty())
                continue;
            ++count;
            const std::string got = answer(each);
            INFO(
                path.filename().string() << ":\n"
                                         << join_lines(each.comments) << join_lines(each.input)
            );
            if (is_update())
                each.expected = lines_of(got);
            else
                CHECK(got == join_lines(each.expected));
        }
        if (is_update())
            write_golden(path, cases);
    }
    return count;
}

}  // namespace mosaic::test
