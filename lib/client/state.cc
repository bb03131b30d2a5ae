#include "client/state.h"

#include "base/fork.h"
#include "base/status.h"
#include "catalog/identity.h"
#include "client/answers.h"
#include "client/directives.h"
#include "client/session_facts.h"
#include "client/transaction_state.h"
#include "exec/streams.h"
#include "sql/comments.h"
#include "sql/parser.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic {
namespace {

driver::ConnectOptions session_of(const Options& options) {
    driver::ConnectOptions session;
    session.time_zone = options.session.time_zone;
    session.sql_mode = options.session.sql_mode;
    return session;
}

// DDL and what else has no meaning over shards, or none yet.
absl::Status refused(const sql::Statement& statement) {
    constexpr std::size_t kShown = 60;
    const std::string shown(statement.source.substr(0, kShown));
    const char* remedy = "send it to one shard with at()";
    if (statement.kind == sql::StatementKind::kDdl)
        remedy = "put it into a migration, which `mosaic migrate up` ships to every shard";
    return make_error(
        errors::kStatementRefused,
        absl::StrFormat("run `%s`: it has no meaning over shards; %s", shown, remedy)
    );
}

// Errors of servers that say: the table is not as it was (unknown column, no such table, another
// number of columns).
bool says_stale(const ErrorDetail& detail) {
    for (const int number : {1054, 1136, 1146}) {
        if (detail.mysql_errno == number)
            return true;
    }
    for (const ErrorRow& row : {errors::kUnknownColumn, errors::kTableMissing}) {
        if (detail.id == ErrorId{row.number})
            return true;
    }
    return false;
}

}  // namespace

Client::State::State(
    config::Config config,
    const Registry& registry,
    std::shared_ptr<const topology::Topology> topology,
    std::shared_ptr<driver::Driver> driver
)
    : fork_generation_(fork_generation()),
      config_(std::move(config)),
      facts_(client::session_facts(config_.options.session)),
      topology_(std::move(topology)),
      pools_(std::make_shared<pool::Pools>(std::move(driver), config_.options.pool)),
      servers_(pools_, session_of(config_.options), catalog::check_identity),
      executor_(servers_),
      tables_(servers_),
      plans_(config_.options.limits.plans_max),
      schemes_(config_, *topology_, registry, pools_, servers_) {}

absl::StatusOr<std::shared_ptr<Client::State>> Client::State::make(
    config::Config config, const Registry& registry
) {
    const std::unique_ptr<catalog::Catalog> catalog = catalog::open_catalog(config.catalog);
    MOSAIC_ASSIGN_OR_RETURN(const catalog::MapRecord map, catalog->read());
    MOSAIC_ASSIGN_OR_RETURN(auto topology, catalog::make_topology(config, map, registry));
    std::shared_ptr<driver::Driver> driver = driver::make_driver(config.options.driver);
    if (driver == nullptr)
        return make_error(
            errors::kConfigInvalid,
            absl::StrFormat(
                "open %s: there is no driver %s; use connector-cpp or mariadb",
                config.file.string(),
                config.options.driver
            )
        );
    return std::shared_ptr<State>(
        new State(std::move(config), registry, std::move(topology), std::move(driver))
    );
}

absl::Status Client::State::check_process() const {
    if (fork_generation_ == fork_generation())
        return absl::OkStatus();
    return make_error(
        errors::kClientForked,
        "use a client: it was opened before fork(), and its connections are the parent's; open "
        "another "
        "in the child"
    );
}

TimePoint Client::State::deadline_of(const Statement& statement) const {
    const auto timeout = statement.timeout().value_or(config_.options.limits.deadline_default);
    return std::chrono::steady_clock::now() + timeout;
}

exec::Call Client::State::call_of(
    const Statement& statement, std::span<const Value> values, TimePoint deadline
) const {
    const Limits& limits = config_.options.limits;
    return {
        .topology = *topology_,
        .values = values,
        .deadline = deadline,
        .bytes_max = statement.bytes_max().value_or(limits.bytes_max),
        .groups_max = limits.groups_max,
        .backslash = facts_.backslash,
        .is_best_effort = statement.is_best_effort(),
    };
}

bool Client::State::forget_if_stale(const absl::Status& status) {
    const auto detail = error_detail(status);
    if (!detail || !says_stale(*detail))
        return false;
    // A statement that is wrong in itself must not have all tables read again each time.
    const auto now = std::chrono::steady_clock::now();
    if (now - tables_.forgotten_at() < std::chrono::seconds(1))
        return false;
    plans_.clear(tables_.forget());
    return true;
}

absl::StatusOr<std::shared_ptr<const plan::Plan>> Client::State::make_plan(
    const sql::Statement& statement, TimePoint deadline
) {
    MOSAIC_ASSIGN_OR_RETURN(
        const std::vector<std::string> names, plan::tables_of(statement, topology_->database)
    );
    MOSAIC_ASSIGN_OR_RETURN(
        const std::shared_ptr<const schema::Schema> schema,
        tables_.schema_for(*topology_, names, deadline)
    );
    return plan::make_plan(statement, *topology_, *schema, facts_);
}

absl::StatusOr<client::Prepared> Client::State::prepare(std::string_view text, TimePoint deadline) {
    client::Prepared prepared;
    prepared.plan = plans_.find(text);
    if (prepared.plan)
        return prepared;
    std::string plain;
    std::string_view read = text;
    if (sql::may_hold_executable_comments(text)) {
        MOSAIC_ASSIGN_OR_RETURN(const sql::Syntax syntax, syntax_of_servers(deadline));
        plain = sql::without_executable_comments(text, syntax);
        read = plain;
    }
    sql::Arena arena;
    const sql::Syntax known = known_syntax();
    MOSAIC_ASSIGN_OR_RETURN(const sql::Statement* statement, sql::parse(read, known, arena));
    prepared.rows = client::local_answer(*statement, *topology_, [&] {
        const absl::StatusOr<sql::Syntax> syntax = syntax_of_servers(deadline);
        return !syntax.ok() || syntax->is_mariadb;
    });
    if (prepared.rows)
        return prepared;
    using Kind = sql::StatementKind;
    switch (statement->kind) {
        case Kind::kQuery:
        case Kind::kInsert:
        case Kind::kUpdate:
        case Kind::kDelete: {
            const std::uint64_t version = tables_.version();
            MOSAIC_ASSIGN_OR_RETURN(prepared.plan, make_plan(*statement, deadline));
            // The first look at a table tells which kind of server the text is for.
            if (known_syntax().is_mariadb != known.is_mariadb)
                return prepare(text, deadline);
            plans_.insert(text, prepared.plan, version);
            return prepared;
        }
        case Kind::kSet:
            MOSAIC_RETURN_IF_ERROR(client::check_set(*statement->set, config_.options.session));
            return prepared;
        case Kind::kBegin:
        case Kind::kCommit:
        case Kind::kRollback:
        case Kind::kSavepoint:
            prepared.control = client::Control{
                statement->kind, std::string(statement->source), std::string(statement->text)};
            return prepared;
        case Kind::kUse:
            if (statement->text == topology_->database)
                return prepared;
            return make_error(
                errors::kForeignSchema,
                absl::StrFormat(
                    "use %s: there is one database, %s", statement->text, topology_->database
                )
            );
        case Kind::kShow: {
            MOSAIC_ASSIGN_OR_RETURN(
                prepared.show, client::show_of(*statement, *topology_, facts_.syntax)
            );
            if (prepared.show)
                return prepared;
            break;
        }
        case Kind::kExplain:
        case Kind::kDdl:
        case Kind::kOther:
            break;
    }
    return refused(*statement);
}

sql::Syntax Client::State::known_syntax() {
    const MutexLock lock(syntax_mutex_);
    if (const auto server = syntax_ ? std::nullopt : tables_.server())
        syntax_ = client::syntax_of(*server, facts_.syntax);
    return syntax_.value_or(facts_.syntax);
}

absl::StatusOr<sql::Syntax> Client::State::syntax_of_servers(TimePoint deadline) {
    {
        const MutexLock lock(syntax_mutex_);
        if (syntax_)
            return *syntax_;
    }
    // Servers of one cluster are of one kind; the first that answers speaks for all.
    absl::Status last;
    for (std::uint32_t i = 0; i < topology_->shards.size(); ++i) {
        auto connection = servers_.checkout(*topology_, ShardId{i}, deadline);
        if (!connection.ok()) {
            last = connection.status();
            continue;
        }
        const MutexLock lock(syntax_mutex_);
        syntax_ = client::syntax_of((*connection)->facts(), facts_.syntax);
        return *syntax_;
    }
    return last;
}

absl::Status Client::State::set_limits(Bound& bound) {
    if (bound.plan->limit_parameters.empty())
        return absl::OkStatus();
    bound.extended.assign(bound.values.begin(), bound.values.end());
    for (const std::uint16_t index : bound.plan->limit_parameters) {
        MOSAIC_ASSIGN_OR_RETURN(
            bound.extended[index], client::limit_of(bound.extended[index], index)
        );
    }
    bound.values = bound.extended;
    return absl::OkStatus();
}

absl::Status Client::State::make_ids(Bound& bound, TimePoint deadline) {
    const plan::InsertPlan& insert = *bound.plan->insert;
    if (bound.values.data() != bound.extended.data())
        bound.extended.assign(bound.values.begin(), bound.values.end());
    bound.extended.resize(bound.values.size() + insert.generated.size());
    const keys::KeyType& key_type = bound.plan->uses.front().key_type;
    const topology::Table& table = *topology_->find_table(bound.plan->written_table);
    MOSAIC_ASSIGN_OR_RETURN(const std::shared_ptr<KeyScheme> scheme, schemes_.of(table));
    std::vector<Id> ids(insert.generated.size());
    if (!scheme->facts().needs_bucket) {
        MOSAIC_RETURN_IF_ERROR(scheme->next(ids, std::nullopt, deadline));
    } else {
        for (std::size_t i = 0; i < ids.size(); ++i) {
            const auto& parent = insert.generated[i].parent_key;
            std::optional<BucketId> bucket;
            if (parent) {
                MOSAIC_ASSIGN_OR_RETURN(
                    const std::string canonical,
                    keys::canonical_for_insert(key_type, plan::value_of(*parent, bound.extended))
                );
                MOSAIC_ASSIGN_OR_RETURN(
                    bucket, topology_->groups[table.group].partitioner->bucket_of(canonical)
                );
            }
            MOSAIC_RETURN_IF_ERROR(scheme->next(std::span(ids).subspan(i, 1), bucket, deadline));
        }
    }
    for (std::size_t i = 0; i < ids.size(); ++i) bound.extended[insert.generated[i].value] = ids[i];
    bound.first_id = ids.front();
    bound.values = bound.extended;
    return absl::OkStatus();
}

absl::StatusOr<Client::State::Bound> Client::State::bind(
    std::shared_ptr<const plan::Plan> plan, const Statement& statement, TimePoint deadline
) {
    MOSAIC_RETURN_IF_ERROR(client::check_values(*plan, statement.values()));
    Bound bound;
    bound.plan = std::move(plan);
    bound.values = statement.values();
    MOSAIC_RETURN_IF_ERROR(set_limits(bound));
    if (bound.plan->insert && !bound.plan->insert->generated.empty())
        MOSAIC_RETURN_IF_ERROR(make_ids(bound, deadline));
    MOSAIC_ASSIGN_OR_RETURN(bound.targets, plan::targets(*bound.plan, bound.values, *topology_));
    MOSAIC_RETURN_IF_ERROR(check_fan_out(bound.targets.route.shards.size(), statement));
    return bound;
}

absl::Status Client::State::check_fan_out(std::size_t shards, const Statement& statement) const {
    if (shards > 1 && statement.is_scatter_forbidden())
        return make_error(
            errors::kScatterForbidden,
            absl::StrFormat(
                "run a statement: it would go to %d shards, and the call forbids more than one; "
                "name the shard key, or allow it",
                shards
            )
        );
    if (shards <= config_.options.limits.fan_out_max)
        return absl::OkStatus();
    return make_error(
        errors::kFanOutMax,
        absl::StrFormat(
            "run a statement: it would go to %d shards, and fan_out_max is %d; name the shard key, "
            "or raise limits.fan_out_max",
            shards,
            config_.options.limits.fan_out_max
        )
    );
}

absl::StatusOr<client::Answer> Client::State::run_once(
    const Statement& statement, TimePoint deadline, const client::Surroundings& in
) {
    MOSAIC_ASSIGN_OR_RETURN(client::Prepared prepared, prepare(statement.sql(), deadline));
    if (prepared.show)
        return run_show(*prepared.show, call_of(statement, {}, deadline));
    client::Answer answer;
    if (!prepared.plan) {
        answer.rows = std::move(prepared.rows);
        answer.control = std::move(prepared.control);
        return answer;
    }
    MOSAIC_ASSIGN_OR_RETURN(const Bound bound, bind(std::move(prepared.plan), statement, deadline));
    exec::Call call = call_of(statement, bound.values, deadline);
    call.trace = in.trace;
    if (statement.is_partial_allowed())
        call.missing = &answer.missing_shards;
    MOSAIC_RETURN_IF_ERROR(client::check_insert_id(*bound.plan, in));
    if (bound.plan->sets_last_insert_id || bound.plan->reads_last_insert_id)
        call.last_insert_id = in.last_insert_id;
    if (in.transaction != nullptr) {
        MOSAIC_ASSIGN_OR_RETURN(answer, in.transaction->run(*bound.plan, bound.targets, call));
    } else if (bound.plan->access == plan::Access::kRead) {
        MOSAIC_ASSIGN_OR_RETURN(answer.rows, executor_.read(*bound.plan, bound.targets, call));
    } else {
        MOSAIC_ASSIGN_OR_RETURN(
            exec::ShardAnswer written, executor_.write(*bound.plan, bound.targets, call)
        );
        answer.rows = std::move(written.rows);
        answer.effect = std::move(written.effect);
    }
    answer.first_id = bound.first_id;
    return answer;
}

absl::StatusOr<client::Answer> Client::State::run(
    const Statement& statement, const client::Surroundings& in
) {
    MOSAIC_RETURN_IF_ERROR(check_process());
    if (!client::has_directives(statement.sql()))
        return run_plain(statement, in);
    MOSAIC_ASSIGN_OR_RETURN(const Statement plain, client::obey_directives(statement, *topology_));
    return run_plain(plain, in);
}

absl::StatusOr<client::Answer> Client::State::run_plain(
    const Statement& statement, const client::Surroundings& in
) {
    const TimePoint deadline = deadline_of(statement);
    const auto run_now = [&] {
        return statement.at() || statement.shard() ? run_raw(statement, deadline, in)
                                                   : run_once(statement, deadline, in);
    };
    auto answer = run_now();
    if (!answer.ok() && forget_if_stale(answer.status()))
        answer = run_now();
    if (answer.ok())
        answer->bytes_max = statement.bytes_max();
    if (answer.ok() && answer->rows && statement.rows_max())
        answer->rows =
            std::make_unique<exec::CountedStream>(std::move(answer->rows), *statement.rows_max());
    return answer;
}

absl::StatusOr<ShardId> Client::State::shard_of(const Statement& statement, TimePoint deadline) {
    if (statement.shard()) {
        if (const auto shard = topology_->find_shard(*statement.shard()))
            return *shard;
        return make_error(
            errors::kAtInvalid,
            absl::StrFormat(
                "address shard %s: there is none; they are %s to %s",
                *statement.shard(),
                topology_->shards.front().name,
                topology_->shards.back().name
            )
        );
    }
    const Statement::At& at = *statement.at();
    const topology::Table* table = topology_->find_table(at.table);
    if (table == nullptr || table->kind == topology::TableKind::kReference)
        return make_error(
            errors::kAtInvalid,
            absl::StrFormat(
                "address a shard by a key of %s: it is %s; name a sharded or local table",
                at.table,
                table == nullptr ? "no table of the configuration" : "on every shard"
            )
        );
    if (table->kind == topology::TableKind::kLocal)
        return table->shard;
    MOSAIC_ASSIGN_OR_RETURN(const BucketId bucket, bucket_of(*table, at.key, deadline));
    return topology_->groups[table->group].map.owner(bucket);
}

absl::StatusOr<client::Answer> Client::State::run_show(
    const client::Show& show, const exec::Call& call
) {
    absl::StatusOr<exec::ShardAnswer> shown;
    for (const ShardId shard : show.shards) {
        shown = executor_.run_raw(show.text, shard, call);
        if (shown.ok() || !client::is_worth_another_shard(shown.status()))
            break;
    }
    if (!shown.ok())
        return shown.status();
    client::Answer answer;
    answer.rows = std::move(shown->rows);
    return answer;
}

absl::StatusOr<client::Answer> Client::State::run_raw(
    const Statement& statement, TimePoint deadline, const client::Surroundings& in
) {
    if (!statement.values().empty())
        return make_error(
            errors::kAtInvalid,
            "run a statement on one named shard: its text is sent as it is, so values cannot be "
            "bound"
        );
    MOSAIC_ASSIGN_OR_RETURN(const ShardId shard, shard_of(statement, deadline));
    const exec::Call call = call_of(statement, {}, deadline);
    if (in.transaction != nullptr)
        return in.transaction->run_raw(statement.sql(), shard, call);
    MOSAIC_ASSIGN_OR_RETURN(exec::ShardAnswer raw, executor_.run_raw(statement.sql(), shard, call));
    client::Answer answer;
    answer.rows = std::move(raw.rows);
    answer.effect = std::move(raw.effect);
    return answer;
}

}  // namespace mosaic
