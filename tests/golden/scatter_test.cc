#include "golden/scatter_fixture.h"
#include "support/golden.h"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace mosaic::plan {
TEST_CASE("a scatter sends and merges what its golden cases say") {
    const ScatterFixture fixture = make_scatter_fixture();
    const auto answer = [&](const test::GoldenCase& one) {
        return explain_scatter(fixture, test::join_lines(one.input));
    };
    CHECK(test::check_golden(MOSAIC_SCATTER_CASES, answer) >= 80);
}

/// Prints the fixture's tables and all pieces, so that a server can be asked whether it takes them.
TEST_CASE("pieces are printed for a server", "[.print]") {
    const ScatterFixture fixture = make_scatter_fixture();
    std::ofstream out(std::getenv("MOSAIC_PIECES"));
    out << scatter_fixture_ddl();
    for (const auto& entry : std::filesystem::directory_iterator(MOSAIC_SCATTER_CASES)) {
        for (const test::GoldenCase& one : test::read_golden(entry.path())) {
            const std::string piece = piece_for(fixture, test::join_lines(one.input), "app");
            if (!piece.empty())
                out << piece << ";\n";
        }
    }
}

}  // namespace mosaic::plan
