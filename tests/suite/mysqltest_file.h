#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mosaic::suite {

/// The statements of a file in the language of mysqltest that are sent as they stand. Left out is
/// what the tool itself does: its commands, with the files and scripts that follow some, and
/// `eval`, whose text depends on variables.
[[nodiscard]] std::vector<std::string> statements_of(std::string_view file);

/// Whether it reads or changes rows: SELECT, INSERT, REPLACE, UPDATE, DELETE, also behind WITH and
/// `(`.
[[nodiscard]] bool is_on_rows(std::string_view statement);

}  // namespace mosaic::suite
