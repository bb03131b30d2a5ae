#include "golden/scatter_fixture.h"
#include "support/golden.h"

#include <catch2/catch.hpp>

namespace mosaic::plan {
TEST_CASE("a scatter sends and merges what its golden cases say") {
    const ScatterFixture fixture = make_scatter_fixture();
    const auto answer = [&](const test::GoldenCase& one) {
        return explain_scatter(fixture, test::join_lines(one.input));
    };
    CHECK(test::check_golden(MOSAIC_SCATTER_CASES, answer) >= 80);
}

}  // namespace mosaic::plan
