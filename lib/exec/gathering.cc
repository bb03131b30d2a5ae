#include "exec/gathering.h"

#include "base/status.h"
#include "driver/fetch.h"
#include "exec/insert_id.h"
#include "types/literal.h"

#include <absl/strings/match.h>
#include <absl/strings/str_cat.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::exec {
namespace {

/// An INSERT is sent when it has so many bytes, or half of what the server takes.
constexpr std::size_t kInsertBytes = 512u << 10;

// Values that a column holds must fit its copy exactly: whatever does not is an error. Dates that
// only some modes allow are values too, and so is a zero in an AUTO_INCREMENT column.
std::string fill_mode(Backslash backslash) {
    std::string mode = "STRICT_ALL_TABLES,ALLOW_INVALID_DATES,NO_AUTO_VALUE_ON_ZERO";
    if (backslash == Backslash::kIsLiteral)
        mode += ",NO_BACKSLASH_ESCAPES";
    return mode;
}

// Partitions (1562 on MySQL, 1478 on MariaDB) and FULLTEXT (1796) are nothing for temporary tables.
bool cannot_be_like(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail && (detail->mysql_errno == 1562 || detail->mysql_errno == 1478 ||
                      detail->mysql_errno == 1796);
}

// MySQL opens a temporary table once per statement, and a common table expression that is read
// twice twice.
absl::Status with_remedy(const absl::Status& status) {
    const auto detail = error_detail(status);
    if (!detail || detail->mysql_errno != 1137)
        return status;
    return make_error(
        errors::kNeedsGather,
        "answer over several shards: MySQL cannot read a common table expression twice whose rows "
        "were brought to one server; write it out as a derived table in each place"
    );
}

void append_carried(
    std::string& out,
    const std::optional<std::string_view>& cell,
    plan::Carried how,
    Backslash backslash
) {
    if (!cell) {
        out.append("NULL");
        return;
    }
    switch (how) {
        case plan::Carried::kNumber:
            out.append(*cell);
            return;
        case plan::Carried::kDouble:
            out.append(*cell);
            if (cell->find_first_of("eE") == std::string_view::npos)
                out.append("e0");
            return;
        case plan::Carried::kText:
            append_text_literal(out, *cell, backslash);
            return;
        case plan::Carried::kBytes:
            append_bytes_literal(out, *cell);
            return;
        case plan::Carried::kInstant:
            // Zero is the date that is none: no instant of the type is zero.
            if (cell->find_first_not_of("0.") == std::string_view::npos)
                out.append("'0000-00-00 00:00:00'");
            else
                out.append("FROM_UNIXTIME(").append(*cell).append(")");
            return;
    }
}

void append_row(
    std::string& out,
    const Batch& batch,
    std::size_t row,
    const plan::GatherSource& source,
    Backslash backslash
) {
    out.push_back('(');
    for (std::size_t i = 0; i < source.carried.size(); ++i) {
        if (i > 0)
            out.push_back(',');
        append_carried(out, batch.cell(row, i), source.carried[i], backslash);
    }
    out.push_back(')');
}

}  // namespace

absl::StatusOr<std::unique_ptr<RowStream>> Gathering::run() {
    MOSAIC_RETURN_IF_ERROR(find_shards());
    MOSAIC_RETURN_IF_ERROR(open());
    for (std::size_t i = 0; i < plan_.gather->sources.size(); ++i) MOSAIC_RETURN_IF_ERROR(fill(i));
    lanes_.clear();
    return finish();
}

absl::Status Gathering::find_shards() {
    for (const plan::GatherSource& source : plan_.gather->sources) {
        MOSAIC_ASSIGN_OR_RETURN(
            std::vector<ShardId> shards,
            plan::shards_of_use(plan_, source.use, call_.values, call_.topology)
        );
        shards_.insert(shards_.end(), shards.begin(), shards.end());
        shards_of_.push_back(std::move(shards));
    }
    std::sort(shards_.begin(), shards_.end());
    shards_.erase(std::unique(shards_.begin(), shards_.end()), shards_.end());
    home_ = shards_to_ask(plan::Route{}, call_.topology).front();
    for (const plan::GatherSource& source : plan_.gather->sources) {
        if (plan_.uses[source.use].kind == topology::TableKind::kLocal)
            home_ = plan_.uses[source.use].shard;  // no other schema has the table to copy
    }
    return absl::OkStatus();
}

std::string Gathering::render(const sql::Template& text, ShardId shard) const {
    return plan::render(
        plan_, text, plan::Targets{}, 0, shard, call_.values, call_.topology, call_.backslash
    );
}

absl::Status Gathering::set_session(
    driver::Connection& connection, std::string_view sql_mode, std::string_view time_zone
) {
    std::string text = "SET SESSION sql_mode = ";
    append_text_literal(text, sql_mode, call_.backslash);
    text += ", time_zone = ";
    append_text_literal(text, time_zone, call_.backslash);
    return driver::run_statement(connection, text, call_.deadline).status();
}

absl::Status Gathering::open() {
    MOSAIC_ASSIGN_OR_RETURN(
        Servers::LanesAndHome connections,
        servers_.checkout_all(call_.topology, shards_, home_, call_.deadline)
    );
    lanes_ = std::move(connections.lanes);
    scratch_ = std::move(connections.home);
    if (plan_.gather->sources.size() > 1) {
        for (Servers::Lane& lane : lanes_) {
            lane.connection.mark_session_changed();
            MOSAIC_RETURN_IF_ERROR(driver::run_statement(
                                       *lane.connection,
                                       "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
                                       call_.deadline
            )
                                       .status());
        }
    }
    scratch_.mark_session_changed();
    MOSAIC_RETURN_IF_ERROR(set_session(*scratch_, fill_mode(call_.backslash), "+00:00"));
    for (const plan::GatherSource& source : plan_.gather->sources) {
        if (absl::Status made = create(source); !made.ok())
            return on_shard(made, call_.topology.shard(home_));
    }
    return plan_.gather->is_tried_first ? try_empty() : absl::OkStatus();
}

absl::Status Gathering::create(const plan::GatherSource& source) {
    auto made = driver::run_statement(*scratch_, render(source.create, home_), call_.deadline);
    if (!made.ok() && cannot_be_like(made.status()) && !source.create_plain.text.empty()) {
        made = driver::run_statement(*scratch_, render(source.create_plain, home_), call_.deadline);
    }
    MOSAIC_RETURN_IF_ERROR(made.status());
    std::string ask = "SHOW COLUMNS FROM ";
    append_identifier(ask, call_.topology.shard(home_).name);
    ask.push_back('.');
    append_identifier(ask, source.name);
    MOSAIC_ASSIGN_OR_RETURN(const Batch columns, driver::fetch_all(*scratch_, ask, call_.deadline));
    bool is_same = columns.row_count() == source.all_columns.size();
    for (std::size_t i = 0; is_same && i < columns.row_count(); ++i)
        is_same = columns.cell(i, 0) == source.all_columns[i];
    if (is_same)
        return absl::OkStatus();
    return make_error(
        errors::kUnknownColumn,
        absl::StrFormat(
            "copy table %s: its columns have changed since it was read; run the statement again",
            plan_.uses[source.use].table
        )
    );
}

absl::Status Gathering::try_empty() {
    const driver::ConnectOptions& session = servers_.session();
    MOSAIC_RETURN_IF_ERROR(set_session(*scratch_, session.sql_mode, session.time_zone));
    MOSAIC_ASSIGN_OR_RETURN(driver::Reply reply, ask_finish());
    BorrowedStream rows(*scratch_, std::move(reply), call_.topology.shard(home_));
    Batch batch;
    for (bool has_rows = true; has_rows;) {
        MOSAIC_ASSIGN_OR_RETURN(has_rows, rows.next(batch));
    }
    return set_session(*scratch_, fill_mode(call_.backslash), "+00:00");
}

absl::Status Gathering::fill(std::size_t source) {
    // In rounds: each lane is asked for its next shard, then all are read.
    const std::vector<ShardId>& wanted = shards_of_[source];
    std::vector<std::vector<ShardId>> queues;
    std::size_t rounds = 0;
    for (const Servers::Lane& lane : lanes_) {
        std::vector<ShardId>& queue = queues.emplace_back();
        for (const std::size_t position : lane.positions) {
            if (std::binary_search(wanted.begin(), wanted.end(), shards_[position]))
                queue.push_back(shards_[position]);
        }
        rounds = std::max(rounds, queue.size());
    }
    const sql::Template& piece = plan_.gather->sources[source].piece;
    std::vector<std::string> texts(lanes_.size());
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            if (round >= queues[i].size())
                continue;
            texts[i] = render(piece, queues[i][round]);
            const driver::Request request{
                .text = texts[i], .schema = {}, .deadline = call_.deadline};
            MOSAIC_RETURN_IF_ERROR(
                lanes_[i].connection->send(request, driver::Overlap::kOthersInFlight)
            );
        }
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            if (round < queues[i].size())
                MOSAIC_RETURN_IF_ERROR(copy(source, lanes_[i], queues[i][round]));
        }
    }
    return absl::OkStatus();
}

absl::Status Gathering::copy(std::size_t source, Servers::Lane& lane, ShardId shard) {
    const topology::Shard& named = call_.topology.shard(shard);
    auto reply = lane.connection->receive();
    if (!reply.ok())
        return on_shard(reply.status(), named);
    BorrowedStream rows(*lane.connection, *std::move(reply), named);
    const std::size_t bytes_max =
        std::min<std::size_t>(kInsertBytes, scratch_->facts().max_allowed_packet / 2);
    std::string statement;
    Batch batch;
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, rows.next(batch));
        if (!has_rows)
            break;
        MOSAIC_RETURN_IF_ERROR(take_bytes(source, batch.byte_count()));
        for (std::size_t row = 0; row < batch.row_count(); ++row) {
            if (!statement.empty())
                statement.push_back(',');
            append_row(statement, batch, row, plan_.gather->sources[source], call_.backslash);
            if (statement.size() > bytes_max)
                MOSAIC_RETURN_IF_ERROR(insert(source, statement));
        }
    }
    return statement.empty() ? absl::OkStatus() : insert(source, statement);
}

absl::Status Gathering::take_bytes(std::size_t source, std::size_t bytes) {
    if (bytes <= budget_left_) {
        budget_left_ -= bytes;
        return absl::OkStatus();
    }
    return make_error(
        errors::kBytesMax,
        absl::StrFormat(
            "bring rows of table %s to one server: the statement needs more than bytes_max (%d) "
            "bytes of rows in one place; compare shard keys or other columns with values, so that "
            "it needs fewer, or raise Statement::bytes_max",
            plan_.uses[plan_.gather->sources[source].use].table,
            call_.bytes_max
        )
    );
}

/// Sends the rows in `statement`, which is empty afterwards.
absl::Status Gathering::insert(std::size_t source, std::string& statement) {
    const plan::GatherSource& into = plan_.gather->sources[source];
    std::string text = "INSERT INTO ";
    append_identifier(text, call_.topology.shard(home_).name);
    text.push_back('.');
    append_identifier(text, into.name);
    absl::StrAppend(&text, " (", into.columns, ") VALUES ", statement);
    statement.clear();
    auto reply = driver::run_statement(*scratch_, text, call_.deadline);
    if (!reply.ok())
        return on_shard(reply.status(), call_.topology.shard(home_));
    if (reply->warnings == 0)
        return absl::OkStatus();
    return make_error(
        errors::kTypeNotMerged,
        absl::StrFormat(
            "bring rows of table %s to one server: %d of its values changed on their way; compare "
            "the shard key with a value, so that one shard answers",
            plan_.uses[into.use].table,
            reply->warnings
        )
    );
}

absl::StatusOr<driver::Reply> Gathering::ask_finish() {
    const topology::Shard& home = call_.topology.shard(home_);
    const std::string text = render(plan_.gather->finish, home_);
    // In the schema, so that the server's errors are those of a connection that has one.
    const driver::Request request{.text = text, .schema = home.name, .deadline = call_.deadline};
    MOSAIC_RETURN_IF_ERROR(scratch_->send(request, driver::Overlap::kAlone));
    auto reply = scratch_->receive();
    if (!reply.ok())
        return with_remedy(on_shard(reply.status(), home));
    return reply;
}

absl::StatusOr<std::unique_ptr<RowStream>> Gathering::finish() {
    const driver::ConnectOptions& session = servers_.session();
    MOSAIC_RETURN_IF_ERROR(set_session(*scratch_, session.sql_mode, session.time_zone));
    if (call_.last_insert_id != nullptr)
        MOSAIC_RETURN_IF_ERROR(set_insert_id(*scratch_, call_));
    MOSAIC_ASSIGN_OR_RETURN(driver::Reply reply, ask_finish());
    if (call_.last_insert_id != nullptr)
        return read_with_insert_id(*scratch_, std::move(reply), call_.topology.shard(home_), call_);
    return std::make_unique<ShardStream>(
        std::move(scratch_), std::move(reply), call_.topology.shard(home_)
    );
}

}  // namespace mosaic::exec
