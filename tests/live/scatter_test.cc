// What shards answer to their pieces, merged, is what one server with all the rows answers.
#include "base/status.h"
#include "golden/scatter_fixture.h"
#include "merge/merge.h"
#include "support/golden.h"
#include "support/test_servers.h"

#include <absl/strings/ascii.h>
#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_replace.h>
#include <catch2/catch.hpp>

#include <algorithm>
#include <filesystem>
#include <random>

using namespace mosaic;
using namespace mosaic::test;

namespace {

constexpr int kShards = 3;
constexpr int kUsers = 120;

struct Answer {
    std::vector<Column> columns;
    Batch rows;
};

class AnswerStream final : public RowStream {
public:
    explicit AnswerStream(Answer answer) : answer_(std::move(answer)) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return answer_.columns; }

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(answer_.columns.size());
        std::swap(out, answer_.rows);
        return !out.empty();
    }

private:
    Answer answer_;
};

class Server {
public:
    Server() : servers_(1), driver_(driver::make_driver("mariadb")) {
        connection_ = must(driver_->connect(servers_.options(0)));
    }

    void execute(std::string_view sql, std::string_view schema = {}) {
        must(run(*connection_, sql, schema));
    }

    absl::StatusOr<Answer> ask(const std::string& sql, std::string_view schema) {
        if (absl::Status sent =
                connection_->send({.text = sql, .schema = schema}, driver::Overlap::kAlone);
            !sent.ok())
            return sent;
        absl::StatusOr<driver::Reply> reply = connection_->receive();
        if (!reply.ok())
            return reply.status();
        Answer answer;
        answer.columns = reply->columns;
        answer.rows.clear(answer.columns.size());
        Batch batch;
        while (must(connection_->fetch(batch)))
            for (std::size_t row = 0; row < batch.row_count(); ++row)
                answer.rows.append_row(batch, row);
        static_cast<void>(must(connection_->next_result()));
        return answer;
    }

private:
    TestServers servers_;
    std::shared_ptr<driver::Driver> driver_;
    std::unique_ptr<driver::Connection> connection_;
};

std::string user_row(std::mt19937& random, int id) {
    const auto below = [&](unsigned count) { return static_cast<int>(random() % count); };
    const auto pick = [&](std::vector<std::string> texts) {
        return texts[random() % texts.size()];
    };
    const std::string name = pick(
        {"'Ann'",
         "'ann '",
         "'ANN'",
         "'bob'",
         "'Bob\\t'",
         "'Bob'",
         "'\xC3\xA9va'",
         "'Eva'",
         "''",
         "NULL"}
    );
    const std::string age = below(7) == 0 ? "NULL" : std::to_string(below(9));
    return absl::StrFormat(
        "(%d,%s,%s,%s,%s,%s,%s,%s,%s,%d.%02d,%d.5e%d,%s,'2024-%02d-0%d','2024-01-0%d 10:00:00',"
        "'2024-01-0%d 10:00:00.00000%d',%s,%s,%s,%d,x'%02x%02x',x'%02x','{\"a\":%d}')",
        id,
        name,
        pick({"'SE'", "'se'", "'DE'", "'NO'", "NULL"}),
        pick({"'a'", "'a '", "'A'", "'b'"}),
        pick({"'a'", "'a '", "'A'", "'a\\t'", "'b'"}),
        pick({"'x'", "'x/y'", "REPEAT('p',1500)", "CONCAT(REPEAT('p',1500),'q')"}),
        pick({"'text'", "'TEXT'", "'other'", "NULL"}),
        pick({"'\xE2\x82\xAC'", "'\xC3\xA9'", "'e'", "'z'"}),
        age,
        below(90) - 30,
        below(100),
        below(3),
        below(4),
        pick({"16777215", "16777214", "0.1", "-1.5"}),
        1 + below(3),
        1 + below(3),
        1 + below(5),
        1 + below(5),
        below(5),
        pick({"'-01:00:00.5'", "'99:00:00'", "'100:00:00'", "NULL"}),
        pick({"'z'", "'a'", "NULL"}),
        pick({"'x'", "'y'", "'x,y'", "''"}),
        below(200),
        below(3),
        below(256),
        below(256),
        below(3)
    );
}

/// `app` has all the rows; s0, s1 .. each its own, and all of the reference table.
void fill(Server& server) {
    std::mt19937 random(20);  // NOLINT: the same rows each time
    std::vector<std::string> schemas{"app"};
    for (int shard = 0; shard < kShards; ++shard) schemas.push_back(absl::StrFormat("s%d", shard));
    for (const std::string& schema : schemas) {
        server.execute("CREATE DATABASE " + schema + " CHARACTER SET utf8mb4");
        std::string ddl = plan::scatter_fixture_ddl();
        if (TestServers::is_mysql())
            absl::StrReplaceAll({{"utf8mb4_nopad_bin", "utf8mb4_0900_bin"}}, &ddl);
        for (std::size_t end = ddl.find('\n'); end != ddl.npos; end = ddl.find('\n')) {
            server.execute(ddl.substr(0, end - 1), schema);
            ddl.erase(0, end + 1);
        }
        server.execute("INSERT INTO countries VALUES ('SE','Sweden',4),('DE','Germany',9)", schema);
    }
    for (int id = 1; id <= kUsers; ++id) {
        const std::string user = "INSERT INTO users VALUES " + user_row(random, id);
        // The last shard has few rows.
        const int shard = id % 10 == 0 ? kShards - 1 : static_cast<int>(random() % (kShards - 1));
        const std::string own = absl::StrFormat("s%d", shard);
        server.execute(user, "app");
        server.execute(user, own);
        for (unsigned order = random() % 4; order > 0; --order) {
            const std::string insert = absl::StrFormat(
                "INSERT INTO orders VALUES (%d,%d,%d,%d.25,'2024-02-0%d')",
                order,
                id,
                random() % 5,
                random() % 9,
                1 + random() % 4
            );
            server.execute(insert, "app");
            server.execute(insert, own);
        }
    }
}

/// Rows in a form that is the same for what MySQL leaves open: the case of a group's text, the
/// accents of a group's text, the last digits of doubles.
std::vector<std::string> rows_of(const Answer& answer) {
    std::vector<std::string> rows;
    for (std::size_t row = 0; row < answer.rows.row_count(); ++row) {
        std::string text;
        for (std::size_t column = 0; column < answer.columns.size(); ++column) {
            const auto cell = answer.rows.cell(row, column);
            std::string value = cell ? std::string(*cell) : "NULL";
            double number = 0;
            if (answer.columns[column].type == ColumnType::kDouble &&
                absl::SimpleAtod(value, &number))
                value = absl::StrFormat("%.9g", number);
            absl::StrReplaceAll({{"\xC3\xA9", "e"}}, &value);
            absl::AsciiStrToUpper(&value);
            absl::StripTrailingAsciiWhitespace(&value);
            text += value + "|";
        }
        rows.push_back(std::move(text));
    }
    return rows;
}

std::string describe(const std::vector<Column>& columns) {
    std::vector<std::string> parts;
    for (const Column& column : columns)
        parts.push_back(absl::StrFormat(
            "%s %s%s%s.%d",
            column.name,
            to_string(column.type),
            column.is_unsigned ? " unsigned" : "",
            column.is_binary ? " binary" : "",
            column.decimals
        ));
    return absl::StrJoin(parts, ", ");
}

Answer merged(std::unique_ptr<RowStream> stream) {
    Answer answer;
    answer.columns = stream->columns();
    answer.rows.clear(answer.columns.size());
    Batch batch;
    while (must(stream->next(batch)))
        for (std::size_t row = 0; row < batch.row_count(); ++row)
            answer.rows.append_row(batch, row);
    return answer;
}

int errno_of(const absl::Status& status) {
    const std::optional<ErrorDetail> detail = error_detail(status);
    return detail ? detail->mysql_errno : 0;
}

std::string with_values(std::string statement) {
    std::replace(statement.begin(), statement.end(), '?', '1');
    return statement;
}

std::string without_limit(const std::string& statement) {
    return statement.substr(0, statement.find("LIMIT "));
}

/// Sorted by an id at last: no ties.
bool has_total_order(const std::string& statement) {
    std::string text = without_limit(statement);
    absl::StripTrailingAsciiWhitespace(&text);
    return text.find("ORDER BY") != text.npos &&
           (text.ends_with(", id") || text.ends_with("u.id") || text.ends_with("BY id"));
}

bool is_subset(std::vector<std::string> part, std::vector<std::string> whole) {
    std::sort(part.begin(), part.end());
    std::sort(whole.begin(), whole.end());
    return std::includes(whole.begin(), whole.end(), part.begin(), part.end());
}

void compare(Server& server, const plan::ScatterFixture& fixture, const std::string& statement) {
    const absl::StatusOr<merge::MergeSpec> spec = plan::merge_of(fixture, statement);
    REQUIRE(spec.ok());
    const absl::StatusOr<Answer> expected = server.ask(with_values(statement), "app");
    INFO(expected.status());
    if (!expected.ok()) {
        // What the one server refuses (MariaDB knows no dependent columns), the shards do too.
        const absl::StatusOr<Answer> refused =
            server.ask(plan::piece_for(fixture, statement, "s0"), {});
        REQUIRE(!refused.ok());
        CHECK(errno_of(refused.status()) == errno_of(expected.status()));
        return;
    }
    std::vector<std::unique_ptr<RowStream>> streams;
    for (int shard = 0; shard < kShards; ++shard) {
        const std::string piece =
            plan::piece_for(fixture, statement, absl::StrFormat("s%d", shard));
        INFO(piece);
        absl::StatusOr<Answer> answer = server.ask(piece, {});
        INFO(answer.status());
        REQUIRE(answer.ok());
        streams.push_back(std::make_unique<AnswerStream>(*std::move(answer)));
    }
    const std::vector<Value> values(4, Value(1));
    const Answer actual = merged(must(merge::merge(std::move(streams), *spec, values, {})));
    CHECK(describe(actual.columns) == describe(expected->columns));
    std::vector<std::string> actual_rows = rows_of(actual);
    std::vector<std::string> expected_rows = rows_of(*expected);
    if (has_total_order(statement)) {
        CHECK(actual_rows == expected_rows);
        return;
    }
    if (statement.find("LIMIT ") != statement.npos) {
        // Which of equal rows a LIMIT keeps is open.
        CHECK(actual_rows.size() == expected_rows.size());
        const std::string all = with_values(without_limit(statement));
        CHECK(is_subset(actual_rows, rows_of(must(server.ask(all, "app")))));
        return;
    }
    std::sort(actual_rows.begin(), actual_rows.end());
    std::sort(expected_rows.begin(), expected_rows.end());
    CHECK(actual_rows == expected_rows);
}

}  // namespace

TEST_CASE("shards' answers to their pieces merge into the answer of one server") {
    Server server;
    fill(server);
    plan::ScatterFixture fixture = plan::make_scatter_fixture();
    fixture.schema.is_mariadb = !TestServers::is_mysql();
    int compared = 0;
    for (const auto& entry : std::filesystem::directory_iterator(MOSAIC_SCATTER_CASES)) {
        for (const GoldenCase& one : read_golden(entry.path())) {
            const std::string statement = join_lines(one.input);
            INFO(join_lines(one.comments) << statement);
            if (!statement.empty() && plan::merge_of(fixture, statement).ok()) {
                compare(server, fixture, statement);
                ++compared;
            }
        }
    }
    CHECK(compared >= 60);
}
