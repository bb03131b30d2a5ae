#pragma once

#include "mosaic/batch.h"
#include "mosaic/error.h"

#include <absl/status/status.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::oracle {

using Cell = std::optional<std::string>;
using Row = std::vector<Cell>;

/// What either side said to a statement, in one form.
struct Answer {
    bool has_rows = false;
    std::vector<Column> columns;
    std::vector<Row> rows;
    std::uint64_t affected_rows = 0;
    std::uint32_t warnings = 0;
    absl::Status status;
    ErrorDetail detail;  ///< When the status is not OK.

    [[nodiscard]] bool is_ok() const { return status.ok(); }
    /// Mosaic itself would not: no server's error stands behind it.
    [[nodiscard]] bool is_refusal() const { return !status.ok() && detail.mysql_errno == 0; }
};

[[nodiscard]] Answer failed(const absl::Status& status);

/// For people: at most `rows_max` rows.
[[nodiscard]] std::string describe(const Answer& answer, std::size_t rows_max);

/// `a | NULL | x'00'`: bytes that are no printable text in hexadecimal.
[[nodiscard]] std::string describe(const Row& row);

[[nodiscard]] std::string describe(const Column& column);

}  // namespace mosaic::oracle
