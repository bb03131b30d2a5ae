#include "live/driver_fixture.h"

namespace mosaic::driver {

test::TestServers& servers() {
    static test::TestServers started(2);
    return started;
}

std::vector<std::string> driver_names() {
    return {"mariadb", "connector-cpp"};
}

ConnectOptions options_for(int server) {
    return servers().options(server);
}

std::unique_ptr<Connection> connect(const std::string& driver, const ConnectOptions& options) {
    auto connection = make_driver(driver)->connect(options);
    INFO(connection.status().ToString());
    REQUIRE(connection.ok());
    return std::move(*connection);
}

std::unique_ptr<Connection> connect(const std::string& driver) {
    return connect(driver, options_for());
}

Outcomes run(Connection& connection, const Request& request) {
    Outcomes outcomes;
    outcomes.status = connection.send(request, Overlap::kAlone);
    bool is_next = outcomes.status.ok();
    while (is_next) {
        absl::StatusOr<Reply> reply = connection.receive();
        if (!reply.ok()) {
            outcomes.status = reply.status();
            return outcomes;
        }
        std::vector<Cells> rows;
        Batch batch;
        bool has_more = !reply->columns.empty();
        while (has_more) {
            const absl::StatusOr<bool> fetched = connection.fetch(batch);
            if (!fetched.ok()) {
                outcomes.status = fetched.status();
                return outcomes;
            }
            has_more = *fetched;
            REQUIRE(batch.row_count() <= kBatchRowsMax);
            REQUIRE(batch.empty() != has_more);
            for (std::size_t row = 0; row < batch.row_count(); ++row) {
                Cells cells;
                for (std::size_t i = 0; i < batch.column_count(); ++i)
                    cells.emplace_back(batch.cell(row, i));
                rows.push_back(std::move(cells));
            }
        }
        outcomes.replies.push_back(std::move(*reply));
        outcomes.rows.push_back(std::move(rows));
        const absl::StatusOr<bool> next = connection.next_result();
        REQUIRE(next.ok());
        is_next = *next;
    }
    return outcomes;
}

Outcomes run(Connection& connection, std::string_view text) {
    Request request;
    request.text = text;
    return run(connection, request);
}

std::vector<Cells> rows_of(Connection& connection, std::string_view text) {
    Outcomes outcomes = run(connection, text);
    INFO(text.substr(0, 200) << ": " << outcomes.status.ToString());
    REQUIRE(outcomes.status.ok());
    return std::move(outcomes.rows.front());
}

std::optional<std::string> cell_of(Connection& connection, std::string_view text) {
    const std::vector<Cells> rows = rows_of(connection, text);
    REQUIRE(rows.size() == 1);
    REQUIRE(rows[0].size() == 1);
    return rows[0][0];
}

absl::Status error_of(Connection& connection, std::string_view text) {
    const Outcomes outcomes = run(connection, text);
    INFO(text);
    REQUIRE(!outcomes.status.ok());
    return outcomes.status;
}

ErrorDetail detail_of(const absl::Status& status) {
    const auto detail = error_detail(status);
    INFO(status.ToString());
    REQUIRE(detail);
    return *detail;
}

bool has_id(const absl::Status& status, const ErrorRow& row) {
    const auto detail = error_detail(status);
    return detail && detail->id.number == row.number && status.code() == row.code;
}

Duration time_of(const std::function<void()>& call) {
    const TimePoint start = std::chrono::steady_clock::now();
    call();
    return std::chrono::steady_clock::now() - start;
}

}  // namespace mosaic::driver
