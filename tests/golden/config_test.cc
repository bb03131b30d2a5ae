// Wrong configuration files and what is said of them: tests/golden/config/*.cases. The input is the
// file; lines `@name value` before it say the rest:
//   @rest            at its end come the lines that every file needs
//   @bytes           `\xNN` in it is that byte, and `\n` an empty line
//   @file NAME TEXT  a file beside it; TEXT as with @bytes
//   @env NAME VALUE  set while it is read
//   @load PATH       nothing is written: this file is read
#include "config/config.h"

#include "base/status.h"
#include "support/golden.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace mosaic::config {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kRest =
    "version: 1\n"
    "database: app\n"
    "catalog: {file: map.json}\n"
    "servers: [{name: s1, primary: db1:3306}, {name: s2, primary: db2:3306}]\n";

/// A folder that is the working directory while a case is read, so that messages name no machine's.
class WorkFolder {
public:
    WorkFolder() : before_(fs::current_path()) {
        std::string name = (fs::temp_directory_path() / "mosaic_config_XXXXXX").string();
        if (::mkdtemp(name.data()) == nullptr)
            throw std::runtime_error("no temporary folder");
        folder_ = name;
        fs::current_path(folder_);
    }

    ~WorkFolder() {
        fs::current_path(before_);
        std::error_code unused;
        fs::remove_all(folder_, unused);
    }

    WorkFolder(const WorkFolder&) = delete;
    WorkFolder& operator=(const WorkFolder&) = delete;

private:
    fs::path before_;
    fs::path folder_;
};

std::string with_bytes(const std::string& text) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.compare(i, 2, "\\n") == 0) {
            out += '\n';
            i += 1;
        } else if (text.compare(i, 2, "\\x") == 0) {
            out += static_cast<char>(std::stoi(text.substr(i + 2, 2), nullptr, 16));
            i += 3;
        } else {
            out += text[i];
        }
    }
    return out;
}

/// A case while it is read.
struct Given {
    std::string yaml;
    std::string path = "mosaic.yaml";
    bool is_written = true;
    bool has_rest = false;
    bool has_bytes = false;
    std::vector<std::string> variables;
};

void direct(Given& given, const std::string& line) {
    std::istringstream words(line);
    std::string name;
    std::string first;
    std::string second;
    words >> name >> first >> std::ws;
    std::getline(words, second);
    given.has_rest = given.has_rest || name == "@rest";
    given.has_bytes = given.has_bytes || name == "@bytes";
    if (name == "@load") {
        given.path = first;
        given.is_written = false;
    }
    if (name == "@file")
        std::ofstream(first) << with_bytes(second);
    if (name == "@env") {
        ::setenv(first.c_str(), second.c_str(), 1);
        given.variables.push_back(first);
    }
}

std::string answer(const test::GoldenCase& each) {
    const WorkFolder folder;
    Given given;
    for (const std::string& line : each.input) {
        if (line.starts_with("@"))
            direct(given, line);
        else
            given.yaml += (given.has_bytes ? with_bytes(line) : line) + "\n";
    }
    if (given.has_rest)
        given.yaml += kRest;
    if (given.is_written)
        std::ofstream(given.path, std::ios::binary) << given.yaml;
    const auto config = load(given.path, Registry());
    for (const std::string& name : given.variables) ::unsetenv(name.c_str());
    return config.ok() ? "ok\n" : std::string(message_of(config.status())) + "\n";
}

}  // namespace

TEST_CASE("each wrong configuration is answered with all its mistakes and their places") {
    CHECK(test::check_golden(MOSAIC_GOLDEN_CONFIG_FOLDER, answer) >= 45);
}

}  // namespace mosaic::config
