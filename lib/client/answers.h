#pragma once

#include "client/state.h"

#include <absl/status/statusor.h>

#include <functional>
#include <memory>

/// How what the servers gave becomes what the application holds, and what is answered without them.
namespace mosaic::client {

/// kSessionNeeded when nothing was run because a session was to obey the statement.
[[nodiscard]] absl::Status check_no_control(const Answer& answer);

/// As many values as `?`, each with a literal in SQL; else kParameterCount, kValueUnsendable.
[[nodiscard]] absl::Status check_values(const plan::Plan& plan, std::span<const Value> values);

/// A value bound to a number of LIMIT as the whole number that servers take it for: NULL is 0, and
/// digits as text are a number. kLimitInvalid: it is none. \param index Of the value, from 0.
[[nodiscard]] absl::StatusOr<Value> limit_of(const Value& value, std::uint16_t index);

/// kFunctionRefused when a plan reads LAST_INSERT_ID() where nothing has it: without a session, and
/// in a write that sets it too.
[[nodiscard]] absl::Status check_insert_id(const plan::Plan& plan, const Surroundings& in);

/// kGivesRows when it has rows.
[[nodiscard]] absl::StatusOr<Done> done_of(Answer answer);

/// kNoRows when it has none.
[[nodiscard]] absl::StatusOr<Stream> stream_of(
    std::shared_ptr<Client::State> client, Answer answer
);

/// What the client knows by itself: SHOW TABLES, SHOW DATABASES, SELECT DATABASE(). Null: servers
/// must be asked. \param is_mariadb Called where the kind of server decides over a column's type.
[[nodiscard]] std::unique_ptr<RowStream> local_answer(
    const sql::Statement& statement,
    const topology::Topology& topology,
    const std::function<bool()>& is_mariadb
);

}  // namespace mosaic::client
