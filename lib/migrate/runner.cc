#include "migrate/runner.h"

#include "base/status.h"
#include "driver/error_map.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::migrate {
namespace {

// The status with this outcome, unless it knows better.
absl::Status with_outcome(const absl::Status& status, Outcome outcome) {
    ErrorDetail detail = error_detail(status).value_or(ErrorDetail{});
    detail.outcome = outcome;
    return with_detail(status, detail);
}

bool is_in_doubt(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail && detail->outcome == Outcome::kInDoubt;
}

}  // namespace

Runner::Runner(
    const MigrationFile& file,
    const std::vector<Delivery>& deliveries,
    std::vector<ShardSession>& shards
)
    : file_(file), deliveries_(deliveries) {
    for (ShardSession& shard : shards) {
        const LedgerRow* row = shard.row(file.version());
        if (row == nullptr || !row->is_finished())
            unfinished_.push_back(&shard);
    }
}

absl::Status Runner::run() {
    std::vector<Failure> failures;
    const auto on_each = [&](const auto& work) {
        for (ShardSession* shard : unfinished_) {
            if (absl::Status status = work(*shard); !status.ok())
                failures.push_back({shard, std::move(status)});
        }
        return failures.empty();
    };
    if (!on_each([this](ShardSession& shard) { return begin(shard); }))
        return failed(file_.name(), 0, failures);
    for (std::size_t i = 0; i < deliveries_.size(); ++i) {
        if (!on_each([this, i](ShardSession& shard) { return run_on(shard, i); }))
            return failed(file_.place(i), i, failures);
    }
    return finish();
}

absl::Status Runner::finish() {
    std::vector<Failure> failures;
    for (ShardSession* shard : unfinished_) {
        LedgerRow& row = *shard->row(file_.version());
        row.error.clear();
        absl::Status saved = save_row(*shard->connection, shard->schema, row, RowState::kFinished);
        if (!saved.ok())
            failures.push_back({shard, with_outcome(saved, Outcome::kInDoubt)});
    }
    return failures.empty() ? absl::OkStatus() : failed(file_.name(), deliveries_.size(), failures);
}

absl::Status Runner::begin(ShardSession& shard) {
    if (shard.row(file_.version()) == nullptr) {
        LedgerRow row;
        row.version = file_.version();
        row.title = file_.title();
        row.checksum = file_.checksum(0);
        row.statement_count = static_cast<std::uint32_t>(deliveries_.size());
        if (absl::Status opened = open_row(*shard.connection, shard.schema, row); !opened.ok())
            return with_outcome(opened, Outcome::kRolledBack);
        shard.ledger.emplace(row.version, std::move(row));
    }
    LedgerRow& row = *shard.row(file_.version());
    // Statements that are not done yet may have been mended since.
    row.statement_count = static_cast<std::uint32_t>(deliveries_.size());
    return row.running ? resolve_running(shard, row) : absl::OkStatus();
}

// A crash came between the statement and its note.
absl::Status Runner::resolve_running(ShardSession& shard, LedgerRow& row) {
    const std::size_t statement = row.statements_done;
    auto now = fingerprint_of(shard, statement);
    if (!now.ok())
        return with_outcome(now.status(), Outcome::kInDoubt);
    if (*now != row.running->fingerprint)
        advance(row, statement);
    row.running.reset();
    const absl::Status saved = save_row(*shard.connection, shard.schema, row, RowState::kUnderWay);
    return saved.ok() ? saved : with_outcome(saved, Outcome::kInDoubt);
}

absl::Status Runner::run_on(ShardSession& shard, std::size_t statement) {
    LedgerRow& row = *shard.row(file_.version());
    if (row.statements_done > statement)
        return absl::OkStatus();
    if (!deliveries_[statement].concerns(shard.shard)) {
        advance(row, statement);  // Noted with the next one that is run here.
        return absl::OkStatus();
    }
    const absl::Status done = changes_rows(deliveries_[statement].statement.kind)
                                  ? run_rows(shard, row, statement)
                                  : run_definition(shard, row, statement);
    if (done.ok())
        ++statements_run_;
    return done;
}

absl::Status Runner::run_definition(ShardSession& shard, LedgerRow& row, std::size_t statement) {
    auto before = fingerprint_of(shard, statement);
    if (!before.ok())
        return with_outcome(before.status(), Outcome::kRolledBack);
    row.running = RunningNote{file_.checksum(statement + 1), *std::move(before)};
    if (absl::Status saved = save_row(*shard.connection, shard.schema, row, RowState::kUnderWay);
        !saved.ok())
        return with_outcome(saved, Outcome::kRolledBack);

    const absl::Status done =
        run_statement(*shard.connection, shard.schema, file_.statements()[statement].text);
    if (!done.ok()) {
        const absl::Status status = driver::as_write(done);
        // Whether it is done will be seen from its table, by the next call.
        if (is_in_doubt(status) || shard.connection->is_poisoned())
            return with_outcome(status, Outcome::kInDoubt);
        row.running.reset();
        return note_failure(shard, row, status);
    }
    row.running.reset();
    row.error.clear();
    advance(row, statement);
    const absl::Status saved = save_row(*shard.connection, shard.schema, row, RowState::kUnderWay);
    return saved.ok() ? saved : with_outcome(saved, Outcome::kInDoubt);
}

absl::Status Runner::run_rows(ShardSession& shard, LedgerRow& row, std::size_t statement) {
    // NOW() and the like must be equal in all copies, whenever each of them is written.
    const bool sets_clock = deliveries_[statement].is_reference_write;
    if (sets_clock) {
        if (absl::Status set = set_clock(shard, std::to_string(file_.unix_time())); !set.ok())
            return with_outcome(set, Outcome::kRolledBack);
    }
    LedgerRow after = row;
    after.error.clear();
    advance(after, statement);
    absl::Status done = run_rows_in_transaction(shard, after, statement);
    if (done.ok()) {
        row = std::move(after);
    } else if (!shard.connection->is_poisoned()) {
        if (absl::Status undone = run_statement(*shard.connection, {}, "ROLLBACK"); !undone.ok())
            return with_outcome(undone, Outcome::kRolledBack);  // The server does so by itself.
        done = note_failure(shard, row, done);
    }
    if (sets_clock && !shard.connection->is_poisoned()) {
        if (absl::Status set = set_clock(shard, "DEFAULT"); !set.ok() && done.ok())
            return with_outcome(set, Outcome::kCommitted);
    }
    return done;
}

absl::Status Runner::run_rows_in_transaction(
    ShardSession& shard, const LedgerRow& after, std::size_t statement
) {
    driver::Connection& connection = *shard.connection;
    absl::Status done = run_statement(connection, shard.schema, "START TRANSACTION");
    if (done.ok())
        done = run_statement(connection, shard.schema, file_.statements()[statement].text);
    if (done.ok())
        done = save_row(connection, shard.schema, after, RowState::kUnderWay);
    if (!done.ok())
        return with_outcome(done, Outcome::kRolledBack);
    return driver::as_write(run_statement(connection, shard.schema, "COMMIT"));
}

absl::Status Runner::set_clock(ShardSession& shard, std::string_view value) const {
    return run_statement(
        *shard.connection, {}, absl::StrFormat("SET SESSION timestamp = %s", value)
    );
}

// The reason stands in the ledger, for `status`. That it could not be written is no second failure.
absl::Status Runner::note_failure(ShardSession& shard, LedgerRow& row, absl::Status status) const {
    row.error = message_of(status);
    const absl::Status saved = save_row(*shard.connection, shard.schema, row, RowState::kUnderWay);
    if (!saved.ok())
        status = absl::Status(
            status.code(),
            absl::StrFormat(
                "%s; nor could its ledger be written: %s", message_of(status), message_of(saved)
            )
        );
    return with_outcome(status, Outcome::kRolledBack);
}

absl::StatusOr<std::string> Runner::fingerprint_of(ShardSession& shard, std::size_t statement)
    const {
    const Scanned& scanned = deliveries_[statement].statement;
    if (!scanned.trigger.empty())
        return fingerprint_of_trigger(*shard.connection, shard.schema, scanned.trigger);
    return fingerprint(*shard.connection, shard.schema, scanned.tables);
}

void Runner::advance(LedgerRow& row, std::size_t statement) const {
    row.statements_done = static_cast<std::uint32_t>(statement + 1);
    row.checksum = file_.checksum(statement + 1);
}

absl::Status Runner::failed(
    std::string_view place, std::size_t statement, const std::vector<Failure>& failures
) const {
    ErrorDetail detail;
    bool is_any_in_doubt = false;
    std::string reasons;
    for (const Failure& failure : failures) {
        const bool in_doubt = is_in_doubt(failure.status);
        is_any_in_doubt = is_any_in_doubt || in_doubt;
        detail.shards_not_done.push_back(failure.shard->schema);
        reasons += absl::StrFormat(
            "\n  %s on %s%s: %s",
            failure.shard->schema,
            failure.shard->server,
            in_doubt ? " (in doubt)" : "",
            message_of(failure.status)
        );
    }
    const bool is_last = statement >= deliveries_.size();
    for (const ShardSession* shard : unfinished_) {
        const std::vector<std::string>& not_done = detail.shards_not_done;
        if (std::find(not_done.begin(), not_done.end(), shard->schema) != not_done.end())
            continue;
        const LedgerRow* row = shard->row(file_.version());
        if (is_last || (row != nullptr && row->statements_done > statement &&
                        deliveries_[statement].concerns(shard->shard)))
            detail.shards_done.push_back(shard->schema);
    }
    const bool is_any_done = statements_run_ > 0 || !detail.shards_done.empty();
    detail.outcome = is_any_in_doubt ? Outcome::kInDoubt
                     : is_any_done   ? Outcome::kPartial
                                     : Outcome::kRolledBack;
    return make_error(
        errors::kMigrationFailed,
        absl::StrFormat(
            "run migration %s: it failed on %d of %d shards, and nothing after it was run; put "
            "right "
            "what stopped it and call `mosaic migrate up` again, which finishes the rest:%s",
            place,
            failures.size(),
            unfinished_.size(),
            reasons
        ),
        detail
    );
}

}  // namespace mosaic::migrate
