#pragma once

#include "driver/connection.h"
#include "mosaic/options.h"
#include "plan/plan.h"
#include "sql/ast.h"

#include <absl/status/status.h>

namespace mosaic::client {

/// What the configured sql_mode changes in how statements are read and printed.
[[nodiscard]] plan::SessionFacts session_facts(const SessionOptions& session);

/// The same for what depends on a server's kind and version too.
[[nodiscard]] sql::Syntax syntax_of(const driver::ServerFacts& server, sql::Syntax syntax);

/// Whether a SET changes nothing that shards would have to know: what clients and drivers send when
/// they connect (SET NAMES utf8mb4, autocommit = 1, the configured time_zone and sql_mode). All
/// else is kVariableRefused: every connection speaks as the configuration says.
[[nodiscard]] absl::Status check_set(const sql::Set& set, const SessionOptions& session);

}  // namespace mosaic::client
