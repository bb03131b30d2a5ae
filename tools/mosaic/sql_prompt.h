#pragma once

#include "interrupt.h"
#include "sql/parser.h"
#include "statement_runner.h"
#include "tool.h"

#include <absl/status/statusor.h>

#include <string>

namespace mosaic::tool {

/// Asks for statements on the terminal until it is told to leave. Rows go to standard output,
/// everything else to standard error. Errors do not end it.
[[nodiscard]] absl::StatusOr<Exit> run_prompt(
    StatementRunner& runner,
    Interrupt& interrupt,
    const std::string& database,
    const sql::Syntax& syntax
);

}  // namespace mosaic::tool
