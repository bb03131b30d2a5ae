#pragma once

#include "exec/servers.h"
#include "exec/streams.h"
#include "exec/trace.h"
#include "exec/workers.h"
#include "merge/row_stream.h"
#include "plan/plan.h"

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace mosaic::exec {

/// How one call is run.
struct Call {
    const topology::Topology& topology;
    std::span<const Value> values;
    TimePoint deadline;
    std::size_t bytes_max;
    std::size_t groups_max;
    Backslash backslash = Backslash::kEscapes;
    /// A write may reach several shards; see Statement::best_effort().
    bool is_best_effort = false;
    /// Not null: a scatter goes on without shards that cannot be asked, whose names come in here.
    std::vector<std::string>* missing = nullptr;
    /// Not null: what LAST_INSERT_ID() is for the session before a read that sets it, and then after.
    std::uint64_t* last_insert_id = nullptr;
    /// Not null: what each shard of a read gave comes in here. It outlives the read's rows.
    Trace* trace = nullptr;
};

/// What a statement without rows has done, over all its shards.
struct Effect {
    std::uint64_t affected_rows = 0;
    std::uint32_t warnings = 0;
    std::string info;             ///< Of a statement that one shard did.
    std::uint64_t insert_id = 0;  ///< That the shard tells; 0: none.
};

/// The answer of one shard: rows, or an effect.
struct ShardAnswer {
    std::unique_ptr<RowStream> rows;  ///< Null: no rows.
    Effect effect;
};

/// The connection that a transaction keeps, and where it is.
struct Pinned {
    driver::Connection& connection;
    ShardId shard;
};

/// Runs plans over the servers. All calls from any thread; blocks until the call's deadline at
/// most.
class Executor {
public:
    explicit Executor(Servers& servers) : servers_(servers) {}

    /// Answers a statement that gives rows.
    [[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> read(
        const plan::Plan& plan, const plan::Targets& targets, const Call& call
    );

    /// Runs a write, an INSERT included. More than one shard only with call.is_best_effort; then a
    /// failure is kPartialWrite, whose detail lists the shards on each side. Rows only of
    /// RETURNING, on one shard.
    [[nodiscard]] absl::StatusOr<ShardAnswer> write(
        const plan::Plan& plan, const plan::Targets& targets, const Call& call
    );

    /// The same inside a transaction. \pre the targets are `pinned.shard` alone
    [[nodiscard]] absl::StatusOr<ShardAnswer> run_pinned(
        const plan::Plan& plan, const plan::Targets& targets, const Call& call, Pinned pinned
    );

    /// Sends `text` as it is to one shard, whose schema unqualified names mean.
    [[nodiscard]] absl::StatusOr<ShardAnswer> run_raw(
        std::string_view text, ShardId shard, const Call& call
    );
    [[nodiscard]] absl::StatusOr<ShardAnswer> run_raw_pinned(
        std::string_view text, const Call& call, Pinned pinned
    );

private:
    [[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> read_one(
        const std::string& text, ShardId shard, const Call& call
    );
    [[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> gather(
        const plan::Plan& plan, const Call& call
    );
    [[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> scatter(
        const plan::Plan& plan, const plan::Targets& targets, const Call& call
    );
    [[nodiscard]] absl::StatusOr<std::vector<std::unique_ptr<RowStream>>> ask_all(
        const std::vector<std::string>& texts, const std::vector<ShardId>& shards, const Call& call
    );
    /// The same without the servers that cannot be asked, whose shards are in *call.missing then;
    /// all rows in memory. \pre call.missing
    [[nodiscard]] absl::StatusOr<std::vector<std::unique_ptr<RowStream>>> ask_reachable(
        const std::vector<std::string>& texts, const std::vector<ShardId>& shards, const Call& call
    );
    /// Reads what shards of one server answer, all or nothing.
    [[nodiscard]] absl::Status ask_server(
        const std::vector<std::string>& texts,
        const std::vector<ShardId>& shards,
        const std::vector<std::size_t>& positions,
        const Call& call,
        std::vector<std::unique_ptr<RowStream>>& out
    );
    [[nodiscard]] absl::StatusOr<ShardAnswer> write_one(
        const plan::Plan& plan, const std::string& text, ShardId shard, const Call& call
    );
    [[nodiscard]] absl::StatusOr<Effect> write_several(
        const plan::Plan& plan,
        const std::vector<std::string>& texts,
        std::span<const ShardId> shards,
        const Call& call
    );

    Servers& servers_;
    Workers workers_;
    Workers askers_;  ///< Of ask_reachable(): they wait for `workers_`.
};

/// The shards a read asks: those of the route, or one of all for kAny and kNone.
[[nodiscard]] std::vector<ShardId> shards_to_ask(
    const plan::Route& route, const topology::Topology& topology
);

}  // namespace mosaic::exec
