#pragma once

#include "mosaic/client.h"
#include "support/test_servers.h"
#include "topology/topology.h"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace mosaic::test {

/// Servers with a map, identities and tables: a whole sharded database for one test. What goes wrong
/// is thrown as std::runtime_error.
class TestCluster {
public:
    struct Spec {
        int shards = 4;
        int servers = 2;
        std::string driver = "mariadb";
        /// `groups:`, `reference_tables:` .. of the configuration.
        std::string tables;
        /// More of the configuration: `limits:`, `pool:` ..
        std::string more;
        /// Run in every shard's schema; local tables too, which then stand empty on the others.
        std::vector<std::string> ddl;
        std::vector<std::string> server_flags;
    };

    explicit TestCluster(const Spec& spec);

    [[nodiscard]] Client open(const Registry& registry = Registry()) const;
    [[nodiscard]] const std::filesystem::path& config() const { return config_; }
    [[nodiscard]] TestServers& servers() { return servers_; }
    [[nodiscard]] const topology::Topology& topology() const { return *topology_; }
    /// A connection to the server of a shard that knows nothing of Mosaic.
    [[nodiscard]] std::unique_ptr<driver::Connection> connect(ShardId shard);

private:
    void write_config(const Spec& spec);
    void make_shards(const Spec& spec);

    TestServers servers_;
    std::filesystem::path config_;
    std::shared_ptr<const topology::Topology> topology_;
};

/// The id's number of an error; 0: none.
[[nodiscard]] int id_of(const absl::Status& status);

/// The first cell of a result of one row; else what there is instead, for a CHECK to show.
[[nodiscard]] std::string one_cell(const absl::StatusOr<Result>& result);

}  // namespace mosaic::test
