#include "driver/error_map.h"

#include <catch2/catch.hpp>

using namespace mosaic;
using namespace mosaic::driver;

namespace {

struct Answer {
    int number;
    absl::StatusCode code;
    Retry retry;
    bool is_poisoned;
    Outcome outcome;
};

}  // namespace

TEST_CASE("servers' errors answer what a caller asks") {
    using enum absl::StatusCode;
    const std::vector<Answer> answers = {
        {1213, kAborted, Retry::kTransaction, false, Outcome::kRolledBack},
        {1205, kAborted, Retry::kTransaction, false, Outcome::kRolledBack},
        {1062, kAlreadyExists, Retry::kNever, false, Outcome::kRolledBack},
        {1064, kInvalidArgument, Retry::kNever, false, Outcome::kRolledBack},
        {1040, kResourceExhausted, Retry::kCall, true, Outcome::kNotSent},
        {1290, kFailedPrecondition, Retry::kAfterRefresh, false, Outcome::kRolledBack},
        {1836, kFailedPrecondition, Retry::kAfterRefresh, false, Outcome::kRolledBack},
        {1969, kDeadlineExceeded, Retry::kNever, false, Outcome::kRolledBack},
        {3024, kDeadlineExceeded, Retry::kNever, false, Outcome::kRolledBack},
        {2002, kUnavailable, Retry::kCall, true, Outcome::kNotSent},
        {2003, kUnavailable, Retry::kCall, true, Outcome::kNotSent},
        {2006, kUnavailable, Retry::kCall, true, Outcome::kInDoubt},
        {2013, kUnavailable, Retry::kCall, true, Outcome::kInDoubt},
        {0, kInternal, Retry::kNever, true, Outcome::kInDoubt},
        {64999, kInvalidArgument, Retry::kNever, false, Outcome::kRolledBack},
    };
    for (const Answer& answer : answers) {
        INFO(answer.number);
        const absl::Status status =
            server_error("query on h:1", {answer.number, "HY000", "said so"});
        const ErrorDetail detail = error_detail(status).value();
        CHECK(status.code() == answer.code);
        CHECK(detail.retry == answer.retry);
        CHECK(detail.connection_poisoned == answer.is_poisoned);
        CHECK(detail.mysql_errno == answer.number);
        CHECK(detail.sqlstate == "HY000");
        CHECK(!detail.outcome);
        const ErrorDetail of_write = error_detail(as_write(status)).value();
        CHECK(of_write.outcome == answer.outcome);
        // What may have been done is not to be done again.
        CHECK(
            of_write.retry == (answer.outcome == Outcome::kInDoubt ? Retry::kNever : answer.retry)
        );
    }
}

TEST_CASE("the message names what was done and keeps the server's text") {
    const absl::Status status =
        server_error("query on h:1", {1062, "23000", "Duplicate entry '1'"});
    CHECK(message_of(status) == "MO-2104 query on h:1: Duplicate entry '1' (1062, 23000)");
}

TEST_CASE("every row of the map is sound") {
    for (const ServerErrorRow& row : server_error_rows()) {
        INFO(row.number);
        CHECK(!row.meaning.empty());
        // A connection that is gone leaves a sent write in doubt; a good one never does.
        if (row.connection == Afterwards::kUsable)
            CHECK(row.outcome == Outcome::kRolledBack);
        if (row.number >= 0)
            CHECK(&find_server_error(row.number) == &row);
    }
    CHECK(find_server_error(-5).number == -1);
}

TEST_CASE("an outcome that is known already stays") {
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    const absl::Status status =
        make_error(errors::kConnectionLost, "query on h:1: lost before", detail);
    CHECK(error_detail(as_write(status))->outcome == Outcome::kNotSent);
    CHECK(error_detail(as_write(status))->retry == Retry::kCall);
    CHECK(as_write(absl::OkStatus()).ok());
}

TEST_CASE("own errors that stop before sending say so, the others are in doubt") {
    CHECK(
        error_detail(as_write(make_error(errors::kStatementTooLarge, "x")))->outcome ==
        Outcome::kNotSent
    );
    CHECK(
        error_detail(as_write(make_error(errors::kPoolExhausted, "x")))->outcome ==
        Outcome::kNotSent
    );
    CHECK(
        error_detail(as_write(make_error(errors::kCallDeadline, "x")))->outcome == Outcome::kInDoubt
    );
    CHECK(
        error_detail(as_write(make_error(errors::kCallInterrupted, "x")))->retry == Retry::kNever
    );
}
