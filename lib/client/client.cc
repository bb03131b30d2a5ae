#include "mosaic/client.h"

#include "base/status.h"
#include "client/analysis.h"
#include "client/answers.h"
#include "client/transaction_state.h"

#include <utility>

namespace mosaic {

absl::StatusOr<Client> Client::open(const std::filesystem::path& config, const Registry& registry) {
    MOSAIC_ASSIGN_OR_RETURN(config::Config loaded, config::load(config, registry));
    MOSAIC_ASSIGN_OR_RETURN(std::shared_ptr<State> state, State::make(std::move(loaded), registry));
    return Client(std::move(state));
}

Client::Client(std::shared_ptr<State> state) : state_(std::move(state)) {}

Client::Client(Client&&) noexcept = default;
Client& Client::operator=(Client&&) noexcept = default;
Client::~Client() = default;

absl::StatusOr<Result> Client::query(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    return state_->buffer(std::move(answer));
}

absl::StatusOr<Done> Client::execute(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    return client::done_of(std::move(answer));
}

absl::StatusOr<Stream> Client::stream(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(client::Answer answer, state_->run(statement));
    return client::stream_of(state_, std::move(answer));
}

absl::StatusOr<Result> Client::get(
    std::string_view table, std::span<const Value> keys, std::string_view columns
) {
    return state_->get(table, keys, columns);
}

absl::StatusOr<Id> Client::next_id(std::string_view table, const std::optional<Value>& parent) {
    Id id;
    MOSAIC_RETURN_IF_ERROR(state_->next_ids(table, std::span(&id, 1), parent));
    return id;
}

absl::Status Client::next_ids(
    std::string_view table, std::span<Id> out, const std::optional<Value>& parent
) {
    return state_->next_ids(table, out, parent);
}

absl::StatusOr<std::string> Client::explain(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(const plan::Explanation explanation, state_->explain(statement));
    return plan::to_text(explanation);
}

absl::StatusOr<std::string> Client::analyze(const Statement& statement) {
    MOSAIC_ASSIGN_OR_RETURN(const client::Analysis analysis, state_->analyze(statement));
    return client::to_text(analysis);
}

Session Client::session() {
    return Session(std::make_unique<Session::State>(state_));
}

absl::Status Client::transact(const std::function<absl::Status(Transaction&)>& work) {
    constexpr int kAttempts = 3;
    absl::Status last;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
        Transaction transaction(std::make_unique<Transaction::State>(state_, "START TRANSACTION"));
        last = work(transaction);
        if (last.ok()) {
            last = transaction.finished() ? absl::OkStatus() : transaction.commit();
        } else if (!transaction.finished()) {
            // What the work failed with is what the caller asked about; a rollback that fails too
            // ends with its connection, which rolls back.
            static_cast<void>(transaction.rollback());
        }
        const auto detail = error_detail(last);
        if (last.ok() || !detail || detail->retry != Retry::kTransaction)
            return last;
    }
    return last;
}

}  // namespace mosaic
