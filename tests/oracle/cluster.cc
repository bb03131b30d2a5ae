#include "cluster.h"

#include "base/status.h"
#include "catalog/identity.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace mosaic::oracle {
namespace {

using test::must;

TimePoint in_ten_seconds() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(10);
}

std::string run(
    driver::Connection& connection, std::string_view sql, std::string_view schema = {}
) {
    return must(test::run(connection, sql, schema));
}

void drop_shards(driver::Connection& connection, const std::string& database) {
    std::istringstream names(
        run(connection,
            "SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE '" +
                database + "%'")
    );
    for (std::string name; std::getline(names, name);) run(connection, "DROP DATABASE " + name);
}

Answer answer_of(const Result& result) {
    Answer answer;
    answer.has_rows = true;
    answer.columns = result.columns();
    answer.warnings = result.warnings();
    for (std::size_t r = 0; r < result.row_count(); ++r) {
        Row row;
        for (std::size_t c = 0; c < answer.columns.size(); ++c) {
            const auto cell = result.cell(r, c);
            row.push_back(cell ? Cell(std::string(*cell)) : Cell());
        }
        answer.rows.push_back(std::move(row));
    }
    return answer;
}

Answer answer_of(const Done& done) {
    Answer answer;
    answer.affected_rows = done.affected_rows;
    answer.warnings = done.warnings;
    return answer;
}

template <typename T>
Answer answer_of(const absl::StatusOr<T>& result) {
    return result.ok() ? answer_of(*result) : failed(result.status());
}

Answer answer_of(const absl::StatusOr<Session::Answer>& result) {
    if (!result.ok())
        return failed(result.status());
    return result->rows ? answer_of(*result->rows) : answer_of(result->done);
}

Statement statement_of(const Case& of) {
    std::vector<Value> values;
    for (const BoundValue& bound : of.values) values.push_back(bound.value);
    Statement statement(of.sql, std::move(values));
    if (of.is_best_effort)
        statement.best_effort();
    return statement;
}

}  // namespace

Cluster::Cluster(
    test::TestServers& servers, int shard_servers, std::string driver, std::string database
)
    : servers_(servers),
      shard_servers_(shard_servers),
      driver_(std::move(driver)),
      database_(std::move(database)) {
    for (int i = 0; i < shard_servers_; ++i) {
        connections_.push_back(must(driver::make_driver("mariadb")->connect(servers_.options(i + 1))
        ));
        // Hundreds of tables are made and dropped again: a file for each takes most of that time.
        run(*connections_.back(), "SET GLOBAL innodb_file_per_table = 0");
    }
}

void Cluster::lay_out(int shards, const Contents& contents) {
    sessions_.clear();
    client_.reset();
    for (const auto& connection : connections_) drop_shards(*connection, database_);
    write_config(shards, contents.spread);
    publish_map(shards);
    create_tables(contents.tables);
    client_ = must(Client::open(config_file_));
    insert_rows(contents.rows);
    copy_foreign_rows();
}

void Cluster::reopen(const std::string& more) {
    sessions_.clear();
    client_.reset();
    std::filesystem::path file = config_file_;
    file.replace_filename("again-" + config_file_.filename().string());
    std::ofstream(file) << std::ifstream(config_file_).rdbuf() << more;
    client_ = must(Client::open(file));
}

void Cluster::write_config(int shards, const std::filesystem::path& spread) {
    config_file_ = servers_.folder() / absl::StrFormat("%s-over-%d-shards.yaml", database_, shards);
    std::ofstream out(config_file_);
    out << "version: 1\ndatabase: " << database_ << "\naccount: {user: root, password: ''}\n"
        << "catalog: {file: " << database_ << "-over-" << shards
        << "-shards.json}\ndriver: " << driver_ << "\nservers:\n";
    for (int i = 1; i <= std::min(shards, shard_servers_); ++i)
        out << "  - {name: s" << i << ", primary: 127.0.0.1:" << servers_.server(i).port() << "}\n";
    out << std::ifstream(spread).rdbuf();
}

void Cluster::publish_map(int shards) {
    const Registry registry;
    config_ = must(config::load(config_file_, registry));
    std::filesystem::remove(config_.catalog.file);  // of a cluster laid out before this one
    catalog::MapRecord map = must(catalog::first_map(config_, shards, registry));
    copied_from_.clear();
    std::map<std::string, std::size_t> last_on;
    for (std::size_t shard = 0; shard < map.shards.size(); ++shard) {
        const auto [last, is_new] = last_on.try_emplace(map.shards[shard].server, shard);
        if (is_new)
            continue;
        copied_from_[shard] = last->second;
        map.shards[shard].has_foreign_rows = true;
        last_on.erase(last);
    }
    must(catalog::open_catalog(config_.catalog)->publish(map));
    topology_ = must(catalog::make_topology(config_, map, registry));
    for (std::uint32_t shard = 0; shard < topology_->shards.size(); ++shard)
        must(catalog::write_identity(server_of(shard), *topology_, ShardId{shard}, in_ten_seconds())
        );
}

driver::Connection& Cluster::server_of(std::size_t shard) {
    return *connections_[topology_->shards[shard].server.value];
}

bool Cluster::lives_on(const std::string& table, std::size_t shard) const {
    const topology::Table* found = topology_->find_table(table);
    if (found == nullptr)
        throw std::runtime_error("the configuration does not name the table " + table);
    return found->kind != topology::TableKind::kLocal || found->shard.value == shard;
}

void Cluster::create_tables(const std::vector<Case>& tables) {
    for (std::size_t shard = 0; shard < topology_->shards.size(); ++shard) {
        for (const Case& of : tables) {
            if (lives_on(table_of(of.sql), shard))
                run(server_of(shard), of.sql, topology_->shards[shard].name);
        }
    }
}

void Cluster::insert_rows(const std::vector<Case>& rows) {
    for (const Case& of : rows) {
        const std::string table = table_of(of.sql);
        if (topology_->find_table(table) != nullptr &&
            topology_->find_table(table)->kind == topology::TableKind::kSharded) {
            const absl::StatusOr<Done> done = client_->execute(Statement(of.sql).best_effort());
            if (!done.ok())
                throw std::runtime_error(
                    "filling " + of.where + ": " + std::string(message_of(done.status()))
                );
            continue;
        }
        for (std::size_t shard = 0; shard < topology_->shards.size(); ++shard) {
            if (lives_on(table, shard))
                run(server_of(shard), of.sql, topology_->shards[shard].name);
        }
    }
}

void Cluster::copy_foreign_rows() {
    for (const auto& [shard, source] : copied_from_) {
        for (const config::TableSpec& spec : config_.tables) {
            if (spec.table.kind != topology::TableKind::kSharded)
                continue;
            run(server_of(shard),
                absl::StrFormat(
                    "INSERT INTO %s.%s SELECT * FROM %s.%s",
                    topology_->shards[shard].name,
                    spec.table.name,
                    topology_->shards[source].name,
                    spec.table.name
                ));
        }
    }
}

Answer Cluster::ask(const Case& of, bool gives_rows) {
    const Statement statement = statement_of(of);
    if (!of.session.empty()) {
        auto session = sessions_.find(of.session);
        if (session == sessions_.end())
            session = sessions_.emplace(of.session, client_->session()).first;
        return answer_of(session->second.run(statement));
    }
    if (gives_rows)
        return answer_of(client_->query(statement));
    return answer_of(client_->execute(statement));
}

int Cluster::level_of(const Case& of) {
    constexpr std::string_view kLead = "level  ";
    const absl::StatusOr<std::string> plan = client_->explain(statement_of(of));
    if (!plan.ok() || !plan->starts_with(kLead))
        return 0;
    return (*plan)[kLead.size()] - '0';
}

std::vector<std::string> Cluster::tables() const {
    std::vector<std::string> names;
    for (const config::TableSpec& spec : config_.tables) names.push_back(spec.table.name);
    return names;
}

}  // namespace mosaic::oracle
