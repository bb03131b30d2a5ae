#pragma once

#include "base/status.h"
#include "driver/connection.h"
#include "support/test_servers.h"

#include <catch2/catch.hpp>

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::driver {

/// The servers of this binary, started with the first case: number 0 is for everyone, number 1 may
/// be stopped and killed.
test::TestServers& servers();

/// The drivers by name, for GENERATE.
std::vector<std::string> driver_names();

ConnectOptions options_for(int server = 0);
std::unique_ptr<Connection> connect(const std::string& driver, const ConnectOptions& options);
std::unique_ptr<Connection> connect(const std::string& driver);

using Cells = std::vector<std::optional<std::string>>;

/// A statement's results, read to the end.
struct Outcomes {
    absl::Status status;
    std::vector<Reply> replies;
    std::vector<std::vector<Cells>> rows;  ///< Per reply; empty for those without columns.
};

Outcomes run(Connection& connection, const Request& request);
Outcomes run(Connection& connection, std::string_view text);
/// run(), which must succeed; the rows of the first result.
std::vector<Cells> rows_of(Connection& connection, std::string_view text);
/// The one cell of the one row.
std::optional<std::string> cell_of(Connection& connection, std::string_view text);
/// run(), which must fail.
absl::Status error_of(Connection& connection, std::string_view text);
ErrorDetail detail_of(const absl::Status& status);
bool has_id(const absl::Status& status, const ErrorRow& row);

Duration time_of(const std::function<void()>& call);

}  // namespace mosaic::driver
