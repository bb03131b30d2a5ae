#pragma once

#include "base/status.h"

#include <string_view>

namespace mosaic::plan {

/// The detail of an error that a server would raise for the same statement.
[[nodiscard]] inline ErrorDetail as_server(int mysql_errno, std::string_view sqlstate) {
    ErrorDetail detail;
    detail.mysql_errno = mysql_errno;
    detail.sqlstate = sqlstate;
    return detail;
}

/// A message to put into another one.
[[nodiscard]] inline std::string_view without_id(const absl::Status& status) {
    const std::string_view message = message_of(status);
    const std::size_t blank = message.find(' ');
    return message.starts_with("MO-") && blank != std::string_view::npos ? message.substr(blank + 1)
                                                                         : message;
}

}  // namespace mosaic::plan
