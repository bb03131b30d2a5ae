#include "driver/handle_connection.h"

#include "base/fork.h"
#include "driver/columns.h"

#include <absl/strings/str_format.h>

#include <charconv>
#include <utility>

namespace mosaic::driver {
namespace {

// A command byte goes before the text, and both servers refuse a packet of exactly the limit.
constexpr std::uint64_t kPacketOverhead = 2;

// What a statement can meet when the connection goes away under it.
bool is_loss(const ErrorRow& row) {
    return row.number == errors::kConnectionLost.number ||
           row.number == errors::kCannotConnect.number ||
           row.number == errors::kConnectorFault.number;
}

}  // namespace

HandleConnection::HandleConnection(const ConnectOptions& options)
    : options_(options), generation_(fork_generation()) {}

bool HandleConnection::is_copy_in_child() const {
    return generation_ != fork_generation();
}

bool HandleConnection::is_poisoned() const {
    return is_poisoned_ || deadline_.state() != SocketDeadline::Cut::kNot;
}

std::string HandleConnection::at_server(std::string_view what) const {
    return absl::StrFormat("%s on %s", what, options_.endpoint.to_string());
}

absl::Status HandleConnection::refuse(const ErrorRow& row, std::string_view why) const {
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    detail.connection_poisoned = is_poisoned();
    return make_error(row, absl::StrFormat("%s: %s", at_server("query"), why), detail);
}

absl::Status HandleConnection::check_can_send(const Request& request) const {
    if (is_copy_in_child())
        return refuse(
            errors::kUsedAfterFork,
            "the connection belongs to the process before fork(); open a client in the child"
        );
    if (is_poisoned())
        return refuse(errors::kConnectionLost, "the connection was lost before; use another");
    if (phase_ != Phase::kIdle)
        return refuse(errors::kConnectionMisused, "the last result is not read to its end");
    if (request.deadline != TimePoint::max() &&
        request.deadline <= std::chrono::steady_clock::now())
        return refuse(errors::kCallDeadline, "the deadline had passed before it was sent");
    const std::uint64_t size = request.text.size() + kPacketOverhead;
    if (facts_.max_allowed_packet != 0 && size > facts_.max_allowed_packet)
        return refuse(
            errors::kStatementTooLarge,
            absl::StrFormat(
                "the statement has %d bytes and the server's max_allowed_packet is %d; send less "
                "at "
                "a time, or raise it on the server",
                request.text.size(),
                facts_.max_allowed_packet
            )
        );
    return absl::OkStatus();
}

absl::Status HandleConnection::send(const Request& request, Overlap overlap) {
    MOSAIC_RETURN_IF_ERROR(check_can_send(request));
    overlap_ = overlap;
    deadline_.arm(request.deadline);
    if (!request.schema.empty() && request.schema != schema_)
        MOSAIC_RETURN_IF_ERROR(switch_schema(request.schema));
    phase_ = Phase::kSent;
    const absl::Status started =
        request.rows == nullptr ? start(request.text) : start_bulk(request);
    if (!started.ok())
        end_call();
    return started;
}

// A round trip of its own: were the statement sent in the same flight, it would run in the old
// schema if the switch failed.
absl::Status HandleConnection::switch_schema(std::string_view schema) {
    const std::string name(schema);
    if (mysql_select_db(handle_, name.c_str()) != 0) {
        const absl::Status failed = fail(at_server(absl::StrFormat("switch to schema %s", name)));
        ErrorDetail detail = error_detail(failed).value_or(ErrorDetail{});
        detail.outcome = Outcome::kNotSent;
        return with_detail(failed, detail);
    }
    schema_ = name;
    return absl::OkStatus();
}

absl::StatusOr<Reply> HandleConnection::receive() {
    if (phase_ != Phase::kSent && phase_ != Phase::kMoreWanted)
        return refuse(errors::kConnectionMisused, "receive without a request");
    const Head head = phase_ == Phase::kSent ? Head::kFirst : Head::kNext;
    rows_ended_ = false;
    MOSAIC_RETURN_IF_ERROR(read_head(head));
    Reply reply;
    reply.server_status = handle_->server_status;
    column_count_ = handle_->field_count;
    if (column_count_ != 0) {
        // Before open_rows(), which moves the handle's fields into the connector's result.
        reply.columns = columns_of(handle_->fields, handle_->field_count);
        MOSAIC_RETURN_IF_ERROR(open_rows());
        phase_ = Phase::kRows;
        return reply;
    }
    reply.affected_rows = mysql_affected_rows(handle_);
    reply.insert_id = mysql_insert_id(handle_);
    reply.warnings = mysql_warning_count(handle_);
    if (const char* info = mysql_info(handle_); info != nullptr)
        reply.info = info;
    note_schema_change();
    end_result();
    return reply;
}

// The server tells of a USE in the text.
void HandleConnection::note_schema_change() {
    const char* name = nullptr;
    std::size_t size = 0;
    if ((handle_->server_status & SERVER_SESSION_STATE_CHANGED) != 0 &&
        mysql_session_track_get_first(handle_, SESSION_TRACK_SCHEMA, &name, &size) == 0)
        schema_.assign(name, size);
}

absl::StatusOr<bool> HandleConnection::fetch(Batch& out) {
    out.clear(column_count_);
    if (std::exchange(rows_ended_, false))
        return false;
    if (phase_ != Phase::kRows)
        return refuse(errors::kConnectionMisused, "fetch without rows to come");
    MOSAIC_ASSIGN_OR_RETURN(const bool has_more, read_rows(out));
    if (has_more)
        return true;
    // The result ends here, not when the caller asks once more: one that stops early, with these
    // rows, leaves the connection clean.
    free_result();
    end_result();
    rows_ended_ = !out.empty();
    return rows_ended_;
}

absl::StatusOr<bool> HandleConnection::next_result() {
    if (phase_ == Phase::kIdle)
        return false;
    if (phase_ != Phase::kMore)
        return refuse(errors::kConnectionMisused, "the last result is not read to its end");
    phase_ = Phase::kMoreWanted;
    return true;
}

void HandleConnection::end_result() {
    warnings_ = mysql_warning_count(handle_);
    if ((handle_->server_status & SERVER_MORE_RESULTS_EXIST) != 0)
        phase_ = Phase::kMore;
    else
        end_call();
}

void HandleConnection::end_call() {
    phase_ = Phase::kIdle;
    deadline_.disarm();
}

ServerMessage HandleConnection::last_message() const {
    return {static_cast<int>(mysql_errno(handle_)), mysql_sqlstate(handle_), mysql_error(handle_)};
}

absl::Status HandleConnection::fail(std::string_view doing) {
    return fail(doing, last_message());
}

absl::Status HandleConnection::fail(std::string_view doing, const ServerMessage& message) {
    const ServerErrorRow& row = find_server_error(message.number);
    free_result();
    end_call();
    if (row.connection == Afterwards::kPoisoned)
        is_poisoned_ = true;
    const SocketDeadline::Cut cut = deadline_.state();
    if (cut == SocketDeadline::Cut::kNot || !is_loss(*row.row)) {
        const absl::Status status = server_error(doing, message);
        if (!is_poisoned() || row.connection == Afterwards::kPoisoned)
            return status;
        ErrorDetail detail = error_detail(status).value_or(ErrorDetail{});
        detail.connection_poisoned = true;
        return with_detail(status, detail);
    }
    ErrorDetail detail;
    detail.connection_poisoned = true;
    detail.mysql_errno = message.number;
    detail.sqlstate = message.sqlstate;
    if (cut == SocketDeadline::Cut::kInterrupted)
        return make_error(
            errors::kCallInterrupted,
            absl::StrFormat("%s: interrupted by the program", doing),
            detail
        );
    return make_error(
        errors::kCallDeadline,
        absl::StrFormat(
            "%s: no answer when the call's deadline passed, so the connection was cut; allow more "
            "time, or look at the server",
            doing
        ),
        detail
    );
}

// Runs `text` to its end; `rows` holds its last batch.
absl::Status HandleConnection::run(std::string_view text, TimePoint deadline, Batch& rows) {
    Request request;
    request.text = text;
    request.deadline = deadline;
    MOSAIC_RETURN_IF_ERROR(send(request, Overlap::kAlone));
    const absl::StatusOr<Reply> reply = receive();
    if (!reply.ok())
        return reply.status();
    if (reply->columns.empty())
        return absl::OkStatus();
    Batch rest;
    MOSAIC_ASSIGN_OR_RETURN(bool has_more, fetch(rows));
    while (has_more) {
        MOSAIC_ASSIGN_OR_RETURN(has_more, fetch(rest));
    }
    return absl::OkStatus();
}

absl::Status HandleConnection::apply_settings(TimePoint deadline) {
    std::string text = "SET NAMES utf8mb4, time_zone = ";
    append_text_literal(text, options_.time_zone, Backslash::kEscapes);
    text += ", sql_mode = ";
    append_text_literal(text, options_.sql_mode, Backslash::kEscapes);
    Batch none;
    const absl::Status done = run(text, deadline, none);
    const auto detail = error_detail(done);
    if (!done.ok() && detail && !detail->connection_poisoned) {
        ErrorDetail refused = *detail;
        refused.retry = Retry::kNever;
        refused.outcome = Outcome::kNotSent;
        return make_error(
            errors::kSessionSetup,
            absl::StrFormat(
                "set up the session on %s with time_zone '%s' and sql_mode '%s': %s; correct them "
                "in "
                "the configuration, or the server",
                options_.endpoint.to_string(),
                options_.time_zone,
                options_.sql_mode,
                message_of(done)
            ),
            refused
        );
    }
    facts_.backslash = (handle_->server_status & SERVER_STATUS_NO_BACKSLASH_ESCAPES) != 0
                           ? Backslash::kIsLiteral
                           : Backslash::kEscapes;
    return done;
}

absl::Status HandleConnection::read_facts(TimePoint deadline) {
    facts_.version = mysql_get_server_info(handle_);
    facts_.kind = mariadb_connection(handle_) != 0 ? ServerKind::kMariaDb : ServerKind::kMySql;
    facts_.connection_id = mysql_thread_id(handle_);
    Batch rows;
    MOSAIC_RETURN_IF_ERROR(run("SELECT @@max_allowed_packet", deadline, rows));
    const std::string_view text = rows.empty() ? "" : rows.cell(0, 0).value_or("");
    const auto end = text.data() + text.size();
    if (text.empty() || std::from_chars(text.data(), end, facts_.max_allowed_packet).ptr != end)
        return make_error(
            errors::kSessionSetup,
            at_server("read max_allowed_packet") + ": the server gave no number"
        );
    return absl::OkStatus();
}

absl::Status HandleConnection::finish_connecting(TimePoint deadline) {
    if (!deadline_.is_watching() && !deadline_.watch(mysql_get_socket(handle_)))
        return cannot_connect({2004, "HY000", "no file descriptor is left to watch the socket"});
    MOSAIC_RETURN_IF_ERROR(apply_settings(deadline));
    return read_facts(deadline);
}

absl::Status HandleConnection::cannot_connect(const ServerMessage& message) {
    is_poisoned_ = true;
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    detail.connection_poisoned = true;
    detail.mysql_errno = message.number;
    detail.sqlstate = message.sqlstate;
    const ErrorRow& row = *find_server_error(message.number).row;
    return make_error(
        is_loss(row) ? errors::kCannotConnect : row,
        absl::StrFormat(
            "connect to %s as %s: %s (%d, %s)",
            options_.endpoint.to_string(),
            options_.user,
            message.text,
            message.number,
            message.sqlstate
        ),
        detail
    );
}

absl::Status HandleConnection::reset(TimePoint deadline) {
    Request nothing;
    nothing.deadline = deadline;
    MOSAIC_RETURN_IF_ERROR(check_can_send(nothing));
    schema_.clear();
    deadline_.arm(deadline);
    forget_prepared();
    if (mysql_reset_connection(handle_) != 0)
        return fail(at_server("reset the session"));
    end_call();
    return apply_settings(deadline);
}

}  // namespace mosaic::driver
