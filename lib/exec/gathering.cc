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
    MOSAIC_RETURN_IF_ERROR(fill());
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
    if (plan_.gather->sources.size() > 1)
        MOSAIC_RETURN_IF_ERROR(open_snapshots());
    scratch_.mark_session_changed();
    MOSAIC_RETURN_IF_ERROR(set_session(*scratch_, fill_mode(call_.backslash), "+00:00"));
    // The rows have met their table's CHECKs; the defaults of columns that nobody reads may not.
    if (scratch_->facts().kind == driver::ServerKind::kMariaDb) {
        MOSAIC_RETURN_IF_ERROR(
            driver::run_statement(
                *scratch_, "SET SESSION check_constraint_checks = OFF", call_.deadline
            )
                .status()
        );
    }
    for (const plan::GatherSource& source : plan_.gather->sources) {
        if (absl::Status made = create(source); !made.ok())
            return on_shard(made, call_.topology.shard(home_));
    }
    if (plan_.gather->is_tried_first)
        MOSAIC_RETURN_IF_ERROR(try_empty());
    if (plan_.gather->lookups.empty())
        return absl::OkStatus();
    // Reference tables are the same when the query reads them as when they were looked up.
    return driver::run_statement(
               *scratch_, "START TRANSACTION WITH CONSISTENT SNAPSHOT", call_.deadline
    )
        .status();
}

absl::Status Gathering::open_snapshots() {
    const driver::Request start{
        .text = "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
        .schema = {},
        .deadline = call_.deadline};
    for (Servers::Lane& lane : lanes_) {
        lane.connection.mark_session_changed();
        MOSAIC_RETURN_IF_ERROR(lane.connection->send(start, driver::Overlap::kOthersInFlight));
    }
    for (Servers::Lane& lane : lanes_) MOSAIC_RETURN_IF_ERROR(lane.connection->receive().status());
    return absl::OkStatus();
}

absl::Status Gathering::create(const plan::GatherSource& source) {
    auto made = driver::run_statement(*scratch_, render(source.create, home_), call_.deadline);
    if (!made.ok() && cannot_be_like(made.status()) && !source.create_plain.text.empty()) {
        made = driver::run_statement(*scratch_, render(source.create_plain, home_), call_.deadline);
    }
    MOSAIC_RETURN_IF_ERROR(made.status());
    if (!source.defaults.text.empty()) {
        MOSAIC_RETURN_IF_ERROR(
            driver::run_statement(*scratch_, render(source.defaults, home_), call_.deadline)
                .status()
        );
    }
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

absl::Status Gathering::fill() {
    MOSAIC_ASSIGN_OR_RETURN(std::vector<double> rows, guess_rows());
    GatherOrder order(*plan_.gather, std::move(rows));
    while (const std::optional<std::size_t> mention = order.next(found_)) {
        const std::vector<const plan::GatherLink*> links = order.links(*mention, found_);
        if (*mention < plan_.gather->sources.size())
            MOSAIC_RETURN_IF_ERROR(fill(*mention, links));
        else
            MOSAIC_RETURN_IF_ERROR(look_up(*mention, links));
        found_.close(*mention);
        order.note_rows(*mention, found_.row_count(*mention));
    }
    return settle();
}

// A list that does not fit leaves nothing out.
std::string Gathering::text_of(
    const sql::Template& piece,
    ShardId shard,
    const LinkConditions& more,
    const driver::Connection& connection
) const {
    std::string text = render(piece, shard);
    const std::size_t size = text.size();
    more.append(text, shard);
    if (text.size() > connection.facts().max_allowed_packet / 2)
        text.resize(size);
    return text;
}

absl::Status Gathering::look_up(
    std::size_t mention, const std::vector<const plan::GatherLink*>& links
) {
    MOSAIC_ASSIGN_OR_RETURN(
        const LinkConditions more, LinkConditions::make(links, found_, nullptr, call_.topology)
    );
    if (!more.may_hold(home_))
        return absl::OkStatus();
    MOSAIC_RETURN_IF_ERROR(settle());
    std::string text = text_of(piece_of(*plan_.gather, mention).piece, home_, more, *scratch_);
    absl::StrAppend(&text, " LIMIT ", kKeysMax + 1);
    const driver::Request request{.text = text, .schema = {}, .deadline = call_.deadline};
    MOSAIC_RETURN_IF_ERROR(scratch_->send(request, driver::Overlap::kAlone));
    auto reply = scratch_->receive();
    if (!reply.ok())
        return on_shard(reply.status(), call_.topology.shard(home_));
    BorrowedStream rows(*scratch_, *std::move(reply), call_.topology.shard(home_));
    Batch batch;
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, rows.next(batch));
        if (!has_rows)
            break;
        found_.add(mention, batch);
    }
    if (found_.row_count(mention) > kKeysMax)
        found_.forget(mention);
    return absl::OkStatus();
}

absl::Status Gathering::fill(
    std::size_t source, const std::vector<const plan::GatherLink*>& links
) {
    // In rounds: each lane is asked for its next shard, then all are read.
    const plan::TableUse& use = plan_.uses[plan_.gather->sources[source].use];
    MOSAIC_ASSIGN_OR_RETURN(
        const LinkConditions more, LinkConditions::make(links, found_, &use, call_.topology)
    );
    const sql::Template& piece = plan_.gather->sources[source].piece;
    const std::vector<ShardId>& wanted = shards_of_[source];

    struct Asked {
        ShardId shard;
        std::string text;
    };

    std::vector<std::vector<Asked>> queues;
    std::size_t rounds = 0;
    for (const Servers::Lane& lane : lanes_) {
        std::vector<Asked>& queue = queues.emplace_back();
        for (const std::size_t position : lane.positions) {
            const ShardId shard = shards_[position];
            if (!std::binary_search(wanted.begin(), wanted.end(), shard) || !more.may_hold(shard))
                continue;
            queue.push_back({shard, text_of(piece, shard, more, *lane.connection)});
        }
        rounds = std::max(rounds, queue.size());
    }
    for (std::size_t round = 0; round < rounds; ++round) {
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            if (round >= queues[i].size())
                continue;
            const driver::Request request{
                .text = queues[i][round].text, .schema = {}, .deadline = call_.deadline};
            MOSAIC_RETURN_IF_ERROR(
                lanes_[i].connection->send(request, driver::Overlap::kOthersInFlight)
            );
        }
        for (std::size_t i = 0; i < lanes_.size(); ++i) {
            if (round < queues[i].size())
                MOSAIC_RETURN_IF_ERROR(copy(source, lanes_[i], queues[i][round].shard));
        }
    }
    return absl::OkStatus();
}

absl::Status Gathering::copy(std::size_t source, Servers::Lane& lane, ShardId shard) {
    const topology::Shard& named = call_.topology.shard(shard);
    auto reply = lane.connection->receive();
    if (!reply.ok())
        return on_shard(reply.status(), named);
    const std::unique_ptr<RowStream> rows = traced(
        std::make_unique<BorrowedStream>(*lane.connection, *std::move(reply), named),
        call_.trace,
        named.name,
        "fills " + plan_.gather->sources[source].name
    );
    const std::size_t bytes_max =
        std::min<std::size_t>(kInsertBytes, scratch_->facts().max_allowed_packet / 2);
    std::string statement;
    Batch batch;
    while (true) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, rows->next(batch));
        if (!has_rows)
            break;
        MOSAIC_RETURN_IF_ERROR(take_bytes(source, batch.byte_count()));
        found_.add(source, batch);
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

// While the server inserts, the next rows are read and put together.
absl::Status Gathering::insert(std::size_t source, std::string& statement) {
    MOSAIC_RETURN_IF_ERROR(settle());
    const plan::GatherSource& into = plan_.gather->sources[source];
    in_flight_ = "INSERT INTO ";
    append_identifier(in_flight_, call_.topology.shard(home_).name);
    in_flight_.push_back('.');
    append_identifier(in_flight_, into.name);
    absl::StrAppend(&in_flight_, " (", into.columns, ") VALUES ", statement);
    in_flight_source_ = source;
    statement.clear();
    const driver::Request request{.text = in_flight_, .schema = {}, .deadline = call_.deadline};
    return scratch_->send(request, driver::Overlap::kOthersInFlight);
}

absl::Status Gathering::settle() {
    if (in_flight_.empty())
        return absl::OkStatus();
    auto reply = scratch_->receive();
    in_flight_.clear();
    if (!reply.ok())
        return on_shard(reply.status(), call_.topology.shard(home_));
    if (reply->warnings == 0)
        return absl::OkStatus();
    return make_error(
        errors::kTypeNotMerged,
        absl::StrFormat(
            "bring rows of table %s to one server: %d of its values changed on their way; compare "
            "the shard key with a value, so that one shard answers",
            plan_.uses[plan_.gather->sources[in_flight_source_].use].table,
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
    const topology::Shard& home = call_.topology.shard(home_);
    return traced(
        std::make_unique<ShardStream>(std::move(scratch_), std::move(reply), home),
        call_.trace,
        home.name,
        "finishes"
    );
}

}  // namespace mosaic::exec
