#include "base/status.h"
#include "client/answers.h"
#include "client/transaction_state.h"
#include "driver/error_map.h"

#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic {
namespace client {
namespace {

absl::Status over() {
    return make_error(
        errors::kTransactionOver,
        "run a statement in a transaction: it has ended (committed, rolled back by the server, or "
        "its "
        "connection was lost); begin a new one"
    );
}

absl::Status other_shard(std::string_view has, std::string_view needs) {
    ErrorDetail detail;
    detail.outcome = Outcome::kNotSent;
    return make_error(
        errors::kOtherShard,
        absl::StrFormat(
            "run a statement in a transaction on shard %s: it needs %s, and a transaction stays on "
            "one "
            "shard; name the shard key in it, or run it outside",
            has,
            needs
        ),
        detail
    );
}

// What ends a transaction on the server, besides its own statements: a deadlock's victim is rolled
// back whole, and a lost connection rolls back.
bool ends_transaction(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail &&
           (detail->connection_poisoned || detail->id == ErrorId{errors::kServerRolledBack.number});
}

}  // namespace

PinnedTransaction::PinnedTransaction(std::shared_ptr<Client::State> client, std::string opening)
    : client_(std::move(client)), opening_{std::move(opening)} {}

// The pool rolls back what is open on a connection that comes back.
PinnedTransaction::~PinnedTransaction() = default;

absl::Status PinnedTransaction::check_open(TimePoint /*deadline*/) {
    MOSAIC_RETURN_IF_ERROR(client_->check_process());
    if (is_over_)
        return over();
    if (!connection_ || !(*connection_)->has_unread_rows())
        return absl::OkStatus();
    if (connection_.use_count() > 1)
        return make_error(
            errors::kStreamOpen,
            "run a statement in a transaction: the rows of the one before are still being read; "
            "read "
            "them to the end, or destroy the stream"
        );
    // Rows of a stream that was destroyed early: the connection can ask again only after them.
    Batch rows;
    while (true) {
        auto has_rows = (*connection_)->fetch(rows);
        if (!has_rows.ok()) {
            is_over_ = true;
            return has_rows.status();
        }
        if (!*has_rows)
            return absl::OkStatus();
    }
}

absl::Status PinnedTransaction::send(std::string_view text, TimePoint deadline) {
    driver::Request request;
    request.text = text;
    request.deadline = deadline;
    MOSAIC_RETURN_IF_ERROR((*connection_)->send(request, driver::Overlap::kAlone));
    return (*connection_)->receive().status();
}

absl::Status PinnedTransaction::pin(ShardId shard, const exec::Call& call) {
    if (shard_ && *shard_ == shard)
        return absl::OkStatus();
    if (shard_)
        return other_shard(
            call.topology.shard(*shard_).name, "shard " + call.topology.shard(shard).name
        );
    MOSAIC_ASSIGN_OR_RETURN(
        pool::PooledConnection connection,
        client_->servers().checkout(call.topology, shard, call.deadline)
    );
    connection_ = std::make_shared<pool::PooledConnection>(std::move(connection));
    for (const std::string& text : opening_) {
        if (absl::Status sent = send(text, call.deadline); !sent.ok()) {
            connection_.reset();
            return exec::on_shard(sent, call.topology.shard(shard));
        }
    }
    shard_ = shard;
    return absl::OkStatus();
}

absl::StatusOr<Answer> PinnedTransaction::keep(absl::StatusOr<exec::ShardAnswer> answer) {
    if (!answer.ok()) {
        is_over_ = ends_transaction(answer.status());
        if (is_over_)
            connection_.reset();
        return answer.status();
    }
    Answer out;
    out.effect = std::move(answer->effect);
    if (answer->rows) {
        out.rows = std::move(answer->rows);
        out.connection = connection_;
    }
    return out;
}

absl::StatusOr<Answer> PinnedTransaction::run(
    const plan::Plan& plan, const plan::Targets& targets, const exec::Call& call
) {
    MOSAIC_RETURN_IF_ERROR(check_open(call.deadline));
    using Kind = plan::Route::Kind;
    const plan::Route& route = targets.route;
    const bool is_anywhere = route.kind == Kind::kAny || route.kind == Kind::kNone;
    if (is_anywhere && !shard_ && plan.access == plan::Access::kRead) {
        Answer out;
        MOSAIC_ASSIGN_OR_RETURN(out.rows, client_->executor().read(plan, targets, call));
        return out;
    }
    if (!is_anywhere && route.shards.size() != 1)
        return other_shard(
            shard_ ? call.topology.shard(*shard_).name : "(none yet)",
            absl::StrFormat("%d shards", route.shards.size())
        );
    if (!is_anywhere || !shard_)
        MOSAIC_RETURN_IF_ERROR(pin(
            is_anywhere ? exec::shards_to_ask(route, call.topology).front() : route.shards.front(),
            call
        ));
    if (call.last_insert_id != nullptr)
        connection_->mark_session_changed();
    return keep(client_->executor().run_pinned(plan, targets, call, {**connection_, *shard_}));
}

absl::StatusOr<Answer> PinnedTransaction::run_raw(
    std::string_view text, ShardId shard, const exec::Call& call
) {
    MOSAIC_RETURN_IF_ERROR(check_open(call.deadline));
    MOSAIC_RETURN_IF_ERROR(pin(shard, call));
    connection_->mark_session_changed();
    return keep(client_->executor().run_raw_pinned(text, call, {**connection_, *shard_}));
}

absl::Status PinnedTransaction::savepoint(const Control& control, TimePoint deadline) {
    MOSAIC_RETURN_IF_ERROR(check_open(deadline));
    if (!shard_) {
        opening_.push_back(control.source);
        return absl::OkStatus();
    }
    absl::Status sent = send(control.source, deadline);
    if (ends_transaction(sent)) {
        is_over_ = true;
        connection_.reset();
    }
    return sent;
}

absl::Status PinnedTransaction::finish(std::string_view text) {
    const TimePoint deadline =
        std::chrono::steady_clock::now() + client_->config().options.limits.deadline_default;
    MOSAIC_RETURN_IF_ERROR(check_open(deadline));
    is_over_ = true;
    if (!shard_)
        return absl::OkStatus();
    const absl::Status sent = send(text, deadline);
    connection_.reset();
    return exec::on_shard(driver::as_write(sent), client_->topology().shard(*shard_));
}

absl::Status PinnedTransaction::commit() {
    return finish("COMMIT");
}

absl::Status PinnedTransaction::rollback() {
    return finish("ROLLBACK");
}

}  // namespace client

Transaction::Transaction(std::unique_ptr<State> state) : state_(std::move(state)) {}

Transaction::Transaction(Transaction&&) noexcept = default;
Transaction& Transaction::operator=(Transaction&&) noexcept = default;
Transaction::~Transaction() = default;

absl::StatusOr<Result> Transaction::query(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(
        client::Answer answer,
        state_->client()->run(statement, {.transaction = &state_->transaction()})
    );
    return state_->client()->buffer(std::move(answer));
}

absl::StatusOr<Done> Transaction::execute(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(
        client::Answer answer,
        state_->client()->run(statement, {.transaction = &state_->transaction()})
    );
    return client::done_of(std::move(answer));
}

absl::StatusOr<Stream> Transaction::stream(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(
        client::Answer answer,
        state_->client()->run(statement, {.transaction = &state_->transaction()})
    );
    return client::stream_of(state_->client(), std::move(answer));
}

absl::Status Transaction::commit() {
    return state_->transaction().commit();
}

absl::Status Transaction::rollback() {
    return state_->transaction().rollback();
}

bool Transaction::finished() const {
    return state_->transaction().is_over();
}

}  // namespace mosaic
