#pragma once

#include "answer.h"
#include "catalog/catalog.h"
#include "config/config.h"
#include "corpus.h"
#include "mosaic/client.h"
#include "one_server.h"
#include "support/test_servers.h"

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::oracle {

/// What fills both sides: the table definitions, the rows, and how the tables are spread.
struct Contents {
    std::vector<Case> tables;      ///< CREATE TABLE
    std::vector<Case> rows;        ///< INSERT
    std::filesystem::path spread;  ///< `groups:` .. of the configuration
};

/// The sharded side: the same tables over some logical shards, behind a Client. What goes wrong
/// while it is laid out is thrown as std::runtime_error.
///
/// Where a server holds several shards, every second one also holds a copy of all rows of the one
/// before it, as it does while buckets move: rows that it does not own (query.md, rule 4).
class Cluster {
public:
    /// Shards are laid out over `servers` from the second on.
    Cluster(
        test::TestServers& servers,
        int shard_servers,
        std::string driver,
        std::string database = std::string(kDatabase)
    );

    /// Makes all anew over so many shards, and fills it through the client.
    void lay_out(int shards, const Contents& contents);

    [[nodiscard]] Answer ask(const Case& of, bool gives_rows);

    /// The level that answers the case, 1 to 3; 0: it would be refused.
    [[nodiscard]] int level_of(const Case& of);

    /// Forgets all sessions.
    void end_sessions() { sessions_.clear(); }

    [[nodiscard]] std::vector<std::string> tables() const;

    /// For who fills the shards past the client.
    [[nodiscard]] const topology::Topology& topology() const { return *topology_; }

    [[nodiscard]] bool lives_on(const std::string& table, std::size_t shard) const;
    driver::Connection& server_of(std::size_t shard);

    /// Shard with rows that it does not own -> the shard whose rows these are.
    [[nodiscard]] const std::map<std::size_t, std::size_t>& copied_from() const {
        return copied_from_;
    }

    /// Opens the client anew, with this text at the end of its configuration.
    void reopen(const std::string& more);

private:
    void write_config(int shards, const std::filesystem::path& spread);
    void publish_map(int shards);
    void create_tables(const std::vector<Case>& tables);
    void insert_rows(const std::vector<Case>& rows);
    void copy_foreign_rows();

    test::TestServers& servers_;
    int shard_servers_;
    std::string driver_;
    std::string database_;
    std::vector<std::unique_ptr<driver::Connection>> connections_;  ///< By shard server.
    std::filesystem::path config_file_;
    config::Config config_;
    std::shared_ptr<const topology::Topology> topology_;
    std::map<std::size_t, std::size_t> copied_from_;  ///< Shard with foreign rows -> whose.
    std::optional<Client> client_;
    std::map<std::string, Session> sessions_;
};

}  // namespace mosaic::oracle
