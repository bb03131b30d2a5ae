// module: client
#pragma once

#include "mosaic/id.h"
#include "mosaic/options.h"
#include "mosaic/registry.h"
#include "mosaic/result.h"
#include "mosaic/statement.h"
#include "mosaic/value.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mosaic {

class Session;
class Transaction;

/// A sharded database: routes statements to the shards that hold their rows, and merges what comes
/// back into the answer one server would have given.
///
/// A client is built once and shared. open() reads the configuration and the catalog and asks no
/// server; each server and table is checked when it is used first.
///
/// \par Errors
/// Every failure carries an ErrorDetail (see error_detail()). Nothing here throws.
/// \par Thread safety
/// Safe to share. Session, Transaction, Result and Stream are not: one thread at a time.
/// \par Lifetime
/// Sessions, transactions and streams may outlive the client; its pools close with the last of them.
/// \par After fork()
/// A child's copy refuses every call (kClientForked); open a new one there.
/// \par Blocking
/// Calls block until done or until their deadline, whichever is first.
/// \par Cost
/// A single-shard statement is one round trip. A scatter asks all its shards at once and holds one
/// batch per shard.
class Client {
public:
    /// Opens by a configuration file (config/reference.yaml describes it).
    /// `registry`: a program's own partitioners and key schemes.
    [[nodiscard]] static absl::StatusOr<Client> open(
        const std::filesystem::path& config, const Registry& registry = Registry()
    );

    Client(Client&&) noexcept;
    Client& operator=(Client&&) noexcept;
    ~Client();

    /// Runs a statement that gives rows, and buffers them (Limits::bytes_max at most).
    [[nodiscard]] absl::StatusOr<Result> query(const Statement& statement);
    /// Runs a statement that gives no rows. A write that would touch several shards is refused
    /// unless the statement says best_effort().
    [[nodiscard]] absl::StatusOr<Done> execute(const Statement& statement);
    /// Runs a statement that gives rows, to be pulled batch by batch.
    [[nodiscard]] absl::StatusOr<Stream> stream(const Statement& statement);

    template <typename... Values>
    [[nodiscard]] absl::StatusOr<Result> query(std::string sql, Values&&... values) {
        return query(make_statement(std::move(sql), std::forward<Values>(values)...));
    }
    template <typename... Values>
    [[nodiscard]] absl::StatusOr<Done> execute(std::string sql, Values&&... values) {
        return execute(make_statement(std::move(sql), std::forward<Values>(values)...));
    }
    template <typename... Values>
    [[nodiscard]] absl::StatusOr<Stream> stream(std::string sql, Values&&... values) {
        return stream(make_statement(std::move(sql), std::forward<Values>(values)...));
    }

    /// All rows of `table` whose shard key is one of `keys`, in no order: one round trip per shard.
    /// `columns`: what to select, `*` unless said.
    [[nodiscard]] absl::StatusOr<Result> get(
        std::string_view table, std::span<const Value> keys, std::string_view columns = "*"
    );

    /// A new id for `table` by its key scheme. `parent`: the routing key of the row that a child row
    /// belongs to, for composite ids.
    [[nodiscard]] absl::StatusOr<Id> next_id(
        std::string_view table, const std::optional<Value>& parent = std::nullopt
    );
    /// The same for many: cheaper per id.
    [[nodiscard]] absl::Status next_ids(
        std::string_view table, std::span<Id> out, const std::optional<Value>& parent = std::nullopt
    );

    /// Where the statement would go and why, as text; sends nothing but the first look at a table.
    [[nodiscard]] absl::StatusOr<std::string> explain(const Statement& statement);
    /// Runs a read, drops its rows, and adds to what explain() says how many rows and bytes each shard
    /// gave and when. A statement that writes, or that names its shard, is refused
    /// (kStatementRefused) and not run.
    [[nodiscard]] absl::StatusOr<std::string> analyze(const Statement& statement);

    /// A session for statements as text, BEGIN and COMMIT included.
    [[nodiscard]] Session session();

    /// Runs `work` in a transaction on one shard (the first statement's) and commits. `work` runs
    /// again, from its start, after a deadlock: three times at most. An error that it returns rolls
    /// back. In doubt, when the connection was lost while committing, is an error that says so.
    [[nodiscard]] absl::Status transact(const std::function<absl::Status(Transaction&)>& work);

    class State;  ///< Private to the library.
    explicit Client(std::shared_ptr<State> state);
    [[nodiscard]] const std::shared_ptr<State>& state() const { return state_; }

private:
    template <typename... Values>
    static Statement make_statement(std::string sql, Values&&... values) {
        std::vector<Value> bound;
        bound.reserve(sizeof...(values));
        (bound.push_back(Value(std::forward<Values>(values))), ...);
        return Statement(std::move(sql), std::move(bound));
    }

    std::shared_ptr<State> state_;
};

/// One user's statements in order, as an interactive client or a driver sends them: BEGIN, COMMIT,
/// ROLLBACK and SET as text mean what they mean on one server. Between BEGIN and COMMIT all
/// statements must stay on one shard.
///
/// \par Lifetime
/// Destroying it rolls an open transaction back.
class Session {
public:
    class State;
    explicit Session(std::unique_ptr<State> state);
    Session(Session&&) noexcept;
    Session& operator=(Session&&) noexcept;
    ~Session();

    [[nodiscard]] absl::StatusOr<Result> query(const Statement& statement);
    [[nodiscard]] absl::StatusOr<Done> execute(const Statement& statement);
    [[nodiscard]] absl::StatusOr<Stream> stream(const Statement& statement);

    /// Whatever the statement gives: rows, or what was done. For tools that do not know.
    struct Answer {
        std::optional<Result> rows;
        Done done;
    };
    [[nodiscard]] absl::StatusOr<Answer> run(const Statement& statement);

    /// The same with its rows to be pulled. Read them to the end, or destroy the stream, before the
    /// next statement of a transaction.
    struct StreamedAnswer {
        std::optional<Stream> rows;
        Done done;
    };
    [[nodiscard]] absl::StatusOr<StreamedAnswer> run_streamed(const Statement& statement);

    /// Starts a transaction; the transaction ends it.
    [[nodiscard]] Transaction begin();
    [[nodiscard]] bool in_transaction() const;

private:
    std::unique_ptr<State> state_;
};

/// A transaction on one shard: that of its first statement. A statement that needs another shard is
/// refused (kOtherShard) and leaves the transaction as it was.
///
/// \par Lifetime
/// Destroying an unfinished one rolls it back.
class Transaction {
public:
    class State;
    explicit Transaction(std::unique_ptr<State> state);
    Transaction(Transaction&&) noexcept;
    Transaction& operator=(Transaction&&) noexcept;
    ~Transaction();

    [[nodiscard]] absl::StatusOr<Result> query(const Statement& statement);
    [[nodiscard]] absl::StatusOr<Done> execute(const Statement& statement);
    [[nodiscard]] absl::StatusOr<Stream> stream(const Statement& statement);

    /// Commits what was written. One that wrote nothing sends nothing. Otherwise an error says
    /// kRolledBack, or kInDoubt when the connection was lost before the answer.
    [[nodiscard]] absl::Status commit();
    /// \pre !finished()
    [[nodiscard]] absl::Status rollback();
    [[nodiscard]] bool finished() const;

private:
    std::unique_ptr<State> state_;
};

}  // namespace mosaic
