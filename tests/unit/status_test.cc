#include "base/status.h"

#include <catch2/catch.hpp>

#include <set>

using namespace mosaic;

TEST_CASE("an error carries its detail through copies and back") {
    ErrorDetail detail;
    detail.outcome = Outcome::kPartial;
    detail.connection_poisoned = true;
    detail.shard = "app_03";
    detail.shards_done = {"app_01", "app_02"};
    detail.shards_not_done = {"app_03"};
    detail.mysql_errno = 2013;
    detail.sqlstate = "HY000";

    const absl::Status status =
        make_error(errors::kServerError, "write to shard app_03: lost", detail);

    detail.id = ErrorId{2101};
    CHECK(error_detail(status) == detail);
    CHECK(message_of(status) == "MO-2101 write to shard app_03: lost");
}

TEST_CASE("a status of somebody else has no detail") {
    CHECK_FALSE(error_detail(absl::InternalError("other")).has_value());
    CHECK_FALSE(error_detail(absl::OkStatus()).has_value());
}

TEST_CASE("error ids are unique and in order") {
    int previous = 0;
    for (const ErrorRow& row : error_rows()) {
        CHECK(row.number > previous);
        CHECK_FALSE(row.title.empty());
        previous = row.number;
    }
}
