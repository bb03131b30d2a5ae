#include "answer.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::oracle {
namespace {

std::string describe_cell(const Cell& cell) {
    if (!cell)
        return "NULL";
    const bool is_printable = std::ranges::all_of(*cell, [](char c) {
        return static_cast<unsigned char>(c) >= 0x20 && c != 0x7F;
    });
    if (is_printable)
        return "'" + *cell + "'";
    std::string hex = "x'";
    for (const char c : *cell)
        hex += absl::StrFormat("%02X", static_cast<unsigned char>(c));
    return hex + "'";
}

}  // namespace

Answer failed(const absl::Status& status) {
    Answer answer;
    answer.status = status;
    answer.detail = error_detail(status).value_or(ErrorDetail());
    return answer;
}

std::string describe(const Row& row) {
    std::string text;
    for (const Cell& cell : row)
        text += (text.empty() ? "" : " | ") + describe_cell(cell);
    return text;
}

std::string describe(const Column& column) {
    return absl::StrFormat(
        "%s %s%s%s(%d)",
        column.name,
        to_string(column.type),
        column.is_unsigned ? " unsigned" : "",
        column.is_binary ? " binary" : "",
        column.decimals
    );
}

std::string describe(const Answer& answer, std::size_t rows_max) {
    if (!answer.is_ok())
        return absl::StrFormat(
            "error %d (%s) %s: %s",
            answer.detail.mysql_errno,
            answer.detail.sqlstate,
            answer.detail.id.to_string(),
            message_of(answer.status)
        );
    if (!answer.has_rows)
        return absl::StrFormat("%d rows affected, %d warnings", answer.affected_rows, answer.warnings);
    std::string text = absl::StrFormat("%d rows, %d warnings\n", answer.rows.size(), answer.warnings);
    for (const Column& column : answer.columns)
        text += "      [" + describe(column) + "]";
    for (std::size_t i = 0; i < std::min(rows_max, answer.rows.size()); ++i)
        text += "\n      " + describe(answer.rows[i]);
    if (answer.rows.size() > rows_max)
        text += "\n      ..";
    return text;
}

}  // namespace mosaic::oracle
