#pragma once

#include "base/status.h"

#include <span>
#include <string>
#include <string_view>

namespace mosaic::driver {

/// Whether the connection can be used after an error.
enum class Afterwards : std::uint8_t { kUsable, kPoisoned };

/// What one error number of a server (1000 up) or connector (0, and 2000 to 2999) means.
struct ServerErrorRow {
    int number;
    const ErrorRow* row;  ///< Id, code and retry.
    Afterwards connection;
    Outcome outcome;  ///< Of the statement, if it was a write.
    std::string_view meaning;
};

/// All rows, by number. The last one, number -1, stands for every number that is not listed.
[[nodiscard]] std::span<const ServerErrorRow> server_error_rows();
[[nodiscard]] const ServerErrorRow& find_server_error(int number);

/// What a server or connector said.
struct ServerMessage {
    int number = 0;
    std::string sqlstate;
    std::string text;  ///< As it came.
};

/// The error for it. `doing` says what was being done, on what: `query on 10.0.0.7:3306`.
[[nodiscard]] absl::Status server_error(std::string_view doing, const ServerMessage& message);

/// The same error of a statement that writes: detail.outcome says what became of the write, and
/// what may have been done is not to be retried. Statuses that have an outcome keep it.
[[nodiscard]] absl::Status as_write(const absl::Status& status);

}  // namespace mosaic::driver
