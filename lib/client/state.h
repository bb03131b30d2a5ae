#pragma once

#include "base/mutex.h"
#include "catalog/catalog.h"
#include "client/key_schemes.h"
#include "client/plan_cache.h"
#include "client/shows.h"
#include "client/tables.h"
#include "config/config.h"
#include "exec/executor.h"
#include "mosaic/client.h"
#include "plan/explain.h"
#include "plan/plan.h"

#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic {

namespace client {

class PinnedTransaction;

/// A statement that changes a session and asks no server by itself.
struct Control {
    sql::StatementKind kind = sql::StatementKind::kBegin;
    std::string source;  ///< The statement as written.
    std::string text;    ///< sql::Statement::text
};

/// What a text means, before its values are known: one of the four, or nothing to do.
struct Prepared {
    std::shared_ptr<const plan::Plan> plan;  ///< Servers are asked.
    std::unique_ptr<RowStream> rows;         ///< Answered without them.
    std::optional<Show> show;                ///< One shard is asked.
    std::optional<Control> control;          ///< Of the session.
};

/// What of a session a statement runs in.
struct Surroundings {
    PinnedTransaction* transaction = nullptr;  ///< Null: none is open.
    /// Read and set by statements that call LAST_INSERT_ID(expr); null: there is no session.
    std::uint64_t* last_insert_id = nullptr;
    exec::Trace* trace = nullptr;  ///< Of explain's analysis.
};

/// What running a statement took, with its explanation.
struct Analysis {
    plan::Explanation explanation;
    std::vector<exec::Trace::Step> steps;  ///< The answer's is the last.
};

/// What a statement gave.
struct Answer {
    std::unique_ptr<RowStream> rows;   ///< Null: no rows.
    std::shared_ptr<void> connection;  ///< What the rows are read on, where a transaction keeps it.
    std::optional<std::size_t> bytes_max;     ///< That `rows` may hold in memory, if it was said.
    std::vector<std::string> missing_shards;  ///< Whose rows are not among `rows`.
    exec::Effect effect;
    std::optional<Id> first_id;      ///< The first id that a key scheme filled in.
    std::optional<Control> control;  ///< Nothing was run: it is the session's to obey.
};

}  // namespace client

/// All that a client's copies, sessions and streams share.
class Client::State : public std::enable_shared_from_this<Client::State> {
public:
    [[nodiscard]] static absl::StatusOr<std::shared_ptr<State>> make(
        config::Config config, const Registry& registry
    );

    /// Runs a statement. What is not to be run but changes a session comes back as Answer::control.
    [[nodiscard]] absl::StatusOr<client::Answer> run(
        const Statement& statement, const client::Surroundings& in = {}
    );

    /// What the text means. Reads the definitions of tables that are not known yet.
    [[nodiscard]] absl::StatusOr<client::Prepared> prepare(
        std::string_view text, TimePoint deadline
    );

    [[nodiscard]] absl::StatusOr<plan::Explanation> explain(const Statement& statement);
    /// Runs a read and drops its rows. kStatementRefused for what is none.
    [[nodiscard]] absl::StatusOr<client::Analysis> analyze(const Statement& statement);
    [[nodiscard]] absl::StatusOr<Result> get(
        std::string_view table, std::span<const Value> keys, std::string_view columns
    );
    [[nodiscard]] absl::Status next_ids(
        std::string_view table, std::span<Id> out, const std::optional<Value>& parent
    );

    /// All rows of an answer, in memory.
    [[nodiscard]] absl::StatusOr<Result> buffer(client::Answer answer);

    [[nodiscard]] TimePoint deadline_of(const Statement& statement) const;

    /// kClientForked in a child that fork() made.
    [[nodiscard]] absl::Status check_process() const;

    [[nodiscard]] const config::Config& config() const { return config_; }

    [[nodiscard]] const sql::Syntax& syntax() const { return facts_.syntax; }

    [[nodiscard]] const topology::Topology& topology() const { return *topology_; }

    [[nodiscard]] exec::Executor& executor() { return executor_; }

    [[nodiscard]] exec::Servers& servers() { return servers_; }

private:
    State(
        config::Config config,
        const Registry& registry,
        std::shared_ptr<const topology::Topology> topology,
        std::shared_ptr<driver::Driver> driver
    );

    /// A plan with its values and where it goes.
    struct Bound {
        std::shared_ptr<const plan::Plan> plan;
        std::vector<Value> extended;  ///< Bound values and made ids, when ids were made.
        std::span<const Value> values;
        plan::Targets targets;
        std::optional<Id> first_id;
    };

    /// \pre the statement has no directives
    [[nodiscard]] absl::StatusOr<client::Answer> run_plain(
        const Statement& statement, const client::Surroundings& in
    );
    [[nodiscard]] absl::StatusOr<client::Answer> run_once(
        const Statement& statement, TimePoint deadline, const client::Surroundings& in
    );
    [[nodiscard]] absl::StatusOr<client::Answer> run_show(
        const client::Show& show, const exec::Call& call
    );
    [[nodiscard]] absl::StatusOr<client::Answer> run_raw(
        const Statement& statement, TimePoint deadline, const client::Surroundings& in
    );
    /// kStatementRefused for a statement that writes, or may.
    [[nodiscard]] absl::Status check_reads(const Statement& statement);
    [[nodiscard]] absl::StatusOr<Bound> bind(
        std::shared_ptr<const plan::Plan> plan, const Statement& statement, TimePoint deadline
    );
    [[nodiscard]] absl::Status check_fan_out(std::size_t shards, const Statement& statement) const;
    /// How the servers read text that depends on their kind and version.
    [[nodiscard]] absl::StatusOr<sql::Syntax> syntax_of_servers(TimePoint deadline);
    /// The same without asking: as far as it is known yet.
    [[nodiscard]] sql::Syntax known_syntax();
    /// Whole numbers for a LIMIT.
    [[nodiscard]] static absl::Status set_limits(Bound& bound);
    [[nodiscard]] absl::Status make_ids(Bound& bound, TimePoint deadline);
    [[nodiscard]] absl::StatusOr<std::shared_ptr<const plan::Plan>> make_plan(
        const sql::Statement& statement, TimePoint deadline
    );
    [[nodiscard]] absl::StatusOr<ShardId> shard_of(const Statement& statement, TimePoint deadline);
    [[nodiscard]] absl::StatusOr<BucketId> bucket_of(
        const topology::Table& table, const Value& key, TimePoint deadline
    );
    [[nodiscard]] exec::Call call_of(
        const Statement& statement, std::span<const Value> values, TimePoint deadline
    ) const;
    /// Whether the error may come of definitions that are out of date, which are forgotten then.
    [[nodiscard]] bool forget_if_stale(const absl::Status& status);

    const std::uint32_t fork_generation_;
    const config::Config config_;
    const plan::SessionFacts facts_;
    const std::shared_ptr<const topology::Topology> topology_;
    const std::shared_ptr<pool::Pools> pools_;
    exec::Servers servers_;
    exec::Executor executor_;
    client::Tables tables_;
    Mutex syntax_mutex_;
    std::optional<sql::Syntax> syntax_ ABSL_GUARDED_BY(syntax_mutex_);  ///< As the servers read.
    client::PlanCache plans_;
    client::KeySchemes schemes_;
};

}  // namespace mosaic
