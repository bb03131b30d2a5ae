// MariaDB's own regression suite as a test of the parser and the printer: each statement that reads
// or changes rows, and that a server does not call a syntax error, is read; what is printed of it
// is none either and is read as the same tree. Prints what is not read, by cause.
#include "base/status.h"
#include "driver/connection.h"
#include "mysqltest_file.h"
#include "sql/parser.h"
#include "sql/printer.h"
#include "support/test_servers.h"
#include "types/literal.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

namespace mosaic::suite {
namespace {

constexpr double kReadMin = 97.0;  // percent
constexpr int kSyntaxError = 1064;

/// Statements that failed in one way.
struct Cause {
    int count = 0;
    std::string example;
};

using Causes = std::map<std::string, Cause>;

std::set<std::string> statements_in(const std::filesystem::path& folder) {
    std::set<std::string> statements;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() != ".test")
            continue;
        std::ifstream file(entry.path());
        const std::string text((std::istreambuf_iterator<char>(file)), {});
        for (std::string& one : statements_of(text)) {
            if (is_on_rows(one))
                statements.insert(std::move(one));
        }
    }
    return statements;
}

/// Asks a server what it makes of a text, in an empty schema.
class Judge {
public:
    Judge() : servers_(1) {
        connection_ = test::must(driver::make_driver("mariadb")->connect(servers_.options(0)));
        test::must(test::run(*connection_, "CREATE DATABASE test").status());
    }

    bool is_syntax_error(std::string_view statement) {
        std::string prepare = "PREPARE judged FROM ";
        append_text_literal(prepare, statement, Backslash::kEscapes);
        const absl::Status status = test::run(*connection_, prepare, "test").status();
        const auto detail = error_detail(status);
        return detail && detail->mysql_errno == kSyntaxError;
    }

private:
    test::TestServers servers_;
    std::unique_ptr<driver::Connection> connection_;
};

void add(Causes& causes, const std::string& what, std::string_view example) {
    Cause& cause = causes[what];
    ++cause.count;
    // The shortest says most.
    if (cause.example.empty() || example.size() < cause.example.size())
        cause.example = example;
}

std::string upper_case(std::string_view text) {
    std::string upper(text);
    for (char& c : upper) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    return upper;
}

// What was found, without the place; for what is refused by name, that.
std::string cause_of(const absl::Status& status) {
    const std::string_view message = message_of(status);
    const std::size_t found = message.find("found ");
    if (found != std::string_view::npos)
        return upper_case(message.substr(found + 6));
    const std::size_t near = message.find(" near ");
    return std::string(message.substr(0, near));
}

void print_causes(std::string_view title, const Causes& causes) {
    std::vector<std::pair<std::string, Cause>> sorted(causes.begin(), causes.end());
    std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
        return a.second.count > b.second.count;
    });
    for (const auto& [what, cause] : sorted) {
        std::string example = cause.example.substr(0, 200);
        std::replace(example.begin(), example.end(), '\n', ' ');
        std::cout << absl::StreamFormat("%s %5d  %s: %s\n", title, cause.count, what, example);
    }
}

int run(const std::filesystem::path& folder) {
    Judge judge;
    const sql::Syntax syntax;
    int asked = 0;
    int read = 0;
    Causes unread;
    Causes misprinted;
    for (const std::string& statement : statements_in(folder)) {
        if (judge.is_syntax_error(statement))
            continue;
        ++asked;
        sql::Arena arena;
        const auto tree = sql::parse(statement, syntax, arena);
        if (!tree.ok()) {
            add(unread, cause_of(tree.status()), statement);
            continue;
        }
        ++read;
        const std::string printed = sql::print(**tree, {}).text;
        sql::Arena again;
        const auto second = sql::parse(printed, syntax, again);
        if (!second.ok())
            add(misprinted, "its print is not read", statement + "  ->  " + printed);
        else if (!sql::equal(**tree, **second))
            add(misprinted, "its print is read as another tree", statement + "  ->  " + printed);
        else if (judge.is_syntax_error(printed))
            add(misprinted, "its print is a syntax error", statement + "  ->  " + printed);
    }
    const double percent = 100.0 * read / std::max(asked, 1);
    print_causes("not read", unread);
    print_causes("misprinted", misprinted);
    std::cout << absl::StreamFormat(
        "%d statements, %d read (%.2f%%, at least %.0f%%)\n", asked, read, percent, kReadMin
    );
    return asked > 0 && percent >= kReadMin && misprinted.empty() ? 0 : 1;
}

}  // namespace
}  // namespace mosaic::suite

int main() {
    const char* named = std::getenv("MOSAIC_MARIADB_SUITE");
    const std::filesystem::path folder =
        named != nullptr ? named : "/usr/share/mysql/mysql-test/main";
    if (!std::filesystem::is_directory(folder)) {
        std::cout << "suite: skipped, no folder " << folder.string()
                  << " (package mariadb-test-data, or MOSAIC_MARIADB_SUITE)\n";
        return 0;
    }
    if (mosaic::test::TestServers::is_mysql()) {
        std::cout << "suite: skipped, it is MariaDB's\n";
        return 0;
    }
    try {
        return mosaic::suite::run(folder);
    } catch (const std::exception& e) {
        std::cerr << "suite: " << e.what() << '\n';
        return 1;
    }
}
