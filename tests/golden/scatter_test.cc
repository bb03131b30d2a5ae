#include "golden/scatter_fixture.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace mosaic::plan {
namespace {

bool is_updating() {
    const char* golden = std::getenv("MOSAIC_GOLDEN");
    return golden != nullptr && std::string_view(golden) == "update";
}

}  // namespace

TEST_CASE("a scatter sends and merges what its golden cases say") {
    const ScatterFixture fixture = make_scatter_fixture();
    std::size_t count = 0;
    for (const auto& entry : std::filesystem::directory_iterator(MOSAIC_SCATTER_CASES)) {
        std::ostringstream updated;
        for (const ScatterCase& one : read_scatter_cases(entry.path())) {
            ++count;
            const std::string actual = explain_scatter(fixture, one.statement);
            if (!updated.str().empty())
                updated << "\n";
            updated << one.head << one.statement << "----\n" << actual;
            if (!is_updating()) {
                INFO(entry.path().filename().string() << ": " << one.head << one.statement);
                CHECK(actual == one.expected);
            }
        }
        if (is_updating())
            std::ofstream(entry.path()) << updated.str();
    }
    CHECK(count >= 80);
}

/// Prints the fixture's tables and all pieces, so that a server can be asked whether it takes them.
TEST_CASE("pieces are printed for a server", "[.print]") {
    const ScatterFixture fixture = make_scatter_fixture();
    std::ofstream out(std::getenv("MOSAIC_PIECES"));
    out << scatter_fixture_ddl();
    for (const auto& entry : std::filesystem::directory_iterator(MOSAIC_SCATTER_CASES)) {
        for (const ScatterCase& one : read_scatter_cases(entry.path())) {
            const std::string piece = piece_for(fixture, one.statement, "app");
            if (!piece.empty())
                out << piece << ";\n";
        }
    }
}

}  // namespace mosaic::plan
