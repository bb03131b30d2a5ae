#include "base/status.h"
#include "client/answers.h"
#include "client/directives.h"
#include "client/last_insert_id.h"
#include "client/transaction_state.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic {
namespace {

// COMMIT AND CHAIN, ROLLBACK RELEASE: what follows would be another session's business.
absl::Status check_plain_end(const client::Control& control) {
    const std::string upper = absl::AsciiStrToUpper(control.source);
    if (!absl::StrContains(upper, "CHAIN") && !absl::StrContains(upper, "RELEASE"))
        return absl::OkStatus();
    return make_error(
        errors::kStatementRefused,
        absl::StrFormat(
            "run `%s`: CHAIN and RELEASE are not supported; end the transaction, then BEGIN "
            "another",
            control.source
        )
    );
}

// Outside of a transaction each statement is one: a savepoint is gone as soon as it is there.
absl::Status no_savepoint(const client::Control& control) {
    if (absl::StartsWithIgnoreCase(control.source, "SAVEPOINT"))
        return absl::OkStatus();
    ErrorDetail detail;
    detail.mysql_errno = 1305;
    detail.sqlstate = "42000";
    return make_error(
        errors::kStatementRefused,
        absl::StrFormat(
            "run `%s`: no transaction is open, so there is no savepoint; BEGIN first",
            control.source
        ),
        detail
    );
}

}  // namespace

bool Session::State::in_transaction() const {
    return transaction_ != nullptr && !transaction_->is_over();
}

absl::Status Session::State::obey(const client::Control& control, TimePoint deadline) {
    using Kind = sql::StatementKind;
    switch (control.kind) {
        case Kind::kBegin: {
            // As in MySQL, BEGIN commits what is open.
            if (in_transaction())
                MOSAIC_RETURN_IF_ERROR(transaction_->commit());
            transaction_ = std::make_unique<client::PinnedTransaction>(client_, control.source);
            return absl::OkStatus();
        }
        case Kind::kCommit:
        case Kind::kRollback: {
            MOSAIC_RETURN_IF_ERROR(check_plain_end(control));
            if (!in_transaction())
                return absl::OkStatus();
            const auto ending = std::move(transaction_);
            return control.kind == Kind::kCommit ? ending->commit() : ending->rollback();
        }
        case Kind::kSavepoint:
            if (!in_transaction())
                return no_savepoint(control);
            return transaction_->savepoint(control, deadline);
        default:
            return absl::OkStatus();
    }
}

absl::StatusOr<client::Answer> Session::State::run(const Statement& written) {
    std::optional<Statement> other;
    if (client::has_directives(written.sql())) {
        MOSAIC_ASSIGN_OR_RETURN(other, client::obey_directives(written, client_->topology()));
    }
    if (auto bound = client::with_last_insert_id(
            other ? *other : written, last_insert_id_, client_->syntax()
        ))
        other = std::move(bound);
    const Statement& statement = other ? *other : written;
    MOSAIC_ASSIGN_OR_RETURN(
        client::Answer answer,
        client_->run(
            statement,
            {.transaction = in_transaction() ? transaction_.get() : nullptr,
             .last_insert_id = &last_insert_id_}
        )
    );
    if (answer.effect.insert_id != 0)
        last_insert_id_ = answer.effect.insert_id;
    if (answer.first_id && !answer.first_id->is_uuid())
        last_insert_id_ = answer.first_id->number();
    if (!answer.control)
        return answer;
    MOSAIC_RETURN_IF_ERROR(obey(*answer.control, client_->deadline_of(statement)));
    return client::Answer{};
}

Session::Session(std::unique_ptr<State> state) : state_(std::move(state)) {}

Session::Session(Session&&) noexcept = default;
Session& Session::operator=(Session&&) noexcept = default;
Session::~Session() = default;

absl::StatusOr<Result> Session::query(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    return state_->client()->buffer(std::move(answer));
}

absl::StatusOr<Done> Session::execute(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    return client::done_of(std::move(answer));
}

absl::StatusOr<Stream> Session::stream(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    return client::stream_of(state_->client(), std::move(answer));
}

absl::StatusOr<Session::Answer> Session::run(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    Answer out;
    if (answer.rows) {
        MOSAIC_ASSIGN_OR_RETURN(out.rows, state_->client()->buffer(std::move(answer)));
        return out;
    }
    MOSAIC_ASSIGN_OR_RETURN(out.done, client::done_of(std::move(answer)));
    return out;
}

absl::StatusOr<Session::StreamedAnswer> Session::run_streamed(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    StreamedAnswer out;
    if (answer.rows) {
        MOSAIC_ASSIGN_OR_RETURN(out.rows, client::stream_of(state_->client(), std::move(answer)));
        return out;
    }
    MOSAIC_ASSIGN_OR_RETURN(out.done, client::done_of(std::move(answer)));
    return out;
}

Transaction Session::begin() {
    return Transaction(std::make_unique<Transaction::State>(state_->client(), "START TRANSACTION"));
}

bool Session::in_transaction() const {
    return state_->in_transaction();
}

}  // namespace mosaic
