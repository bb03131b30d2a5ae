#pragma once

#include "client/state.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic {

namespace client {

/// A transaction on one shard: that of its first statement, whose connection it keeps. Until then
/// it has sent nothing.
class PinnedTransaction {
public:
    /// `opening`: the statement that starts it, as it is sent.
    PinnedTransaction(std::shared_ptr<Client::State> client, std::string opening);
    ~PinnedTransaction();
    PinnedTransaction(const PinnedTransaction&) = delete;
    PinnedTransaction& operator=(const PinnedTransaction&) = delete;

    /// Runs a plan on the transaction's shard; the first one decides which. kOtherShard when it
    /// needs another: nothing is sent then. What needs no particular shard is asked outside of the
    /// transaction as long as it has none.
    [[nodiscard]] absl::StatusOr<Answer> run(
        const plan::Plan& plan, const plan::Targets& targets, const exec::Call& call
    );
    /// Sends text as it is to `shard`, which must be the transaction's.
    [[nodiscard]] absl::StatusOr<Answer> run_raw(
        std::string_view text, ShardId shard, const exec::Call& call
    );
    /// SAVEPOINT, ROLLBACK TO, RELEASE: sent at once, or with the first statement.
    [[nodiscard]] absl::Status savepoint(const Control& control, TimePoint deadline);

    [[nodiscard]] absl::Status commit();
    [[nodiscard]] absl::Status rollback();

    [[nodiscard]] bool is_over() const { return is_over_; }

private:
    [[nodiscard]] absl::Status check_open(TimePoint deadline);
    [[nodiscard]] absl::Status pin(ShardId shard, const exec::Call& call);
    [[nodiscard]] absl::StatusOr<Answer> keep(absl::StatusOr<exec::ShardAnswer> answer);
    [[nodiscard]] absl::Status send(std::string_view text, TimePoint deadline);
    [[nodiscard]] absl::Status finish(std::string_view text);

    const std::shared_ptr<Client::State> client_;
    std::vector<std::string> opening_;  ///< Sent when the shard is known.
    std::optional<ShardId> shard_;
    /// Shared with a stream that is read on it.
    std::shared_ptr<pool::PooledConnection> connection_;
    bool is_over_ = false;
};

}  // namespace client

class Transaction::State {
public:
    State(std::shared_ptr<Client::State> client, std::string opening)
        : client_(std::move(client)), transaction_(client_, std::move(opening)) {}

    [[nodiscard]] const std::shared_ptr<Client::State>& client() const { return client_; }

    [[nodiscard]] client::PinnedTransaction& transaction() { return transaction_; }

private:
    const std::shared_ptr<Client::State> client_;
    client::PinnedTransaction transaction_;
};

class Session::State {
public:
    explicit State(std::shared_ptr<Client::State> client) : client_(std::move(client)) {}

    /// Runs one statement in order: those that begin and end transactions too.
    [[nodiscard]] absl::StatusOr<client::Answer> run(const Statement& statement);

    [[nodiscard]] const std::shared_ptr<Client::State>& client() const { return client_; }

    [[nodiscard]] bool in_transaction() const;

private:
    [[nodiscard]] absl::Status obey(const client::Control& control, TimePoint deadline);

    const std::shared_ptr<Client::State> client_;
    std::unique_ptr<client::PinnedTransaction> transaction_;
    std::uint64_t last_insert_id_ = 0;  ///< LAST_INSERT_ID()
};

}  // namespace mosaic
