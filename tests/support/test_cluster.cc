#include "support/test_cluster.h"

#include "base/status.h"
#include "catalog/catalog.h"
#include "catalog/identity.h"
#include "config/config.h"

#include <chrono>
#include <fstream>

namespace mosaic::test {
namespace {

TimePoint in_ten_seconds() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(10);
}

}  // namespace

TestCluster::TestCluster(const Spec& spec) : servers_(spec.servers, spec.server_flags) {
    config_ = servers_.folder() / "mosaic.yaml";
    write_config(spec);
    const Registry registry;
    const config::Config config = must(config::load(config_, registry));
    const catalog::MapRecord map = must(catalog::first_map(config, spec.shards, registry));
    must(catalog::open_catalog(config.catalog)->publish(map));
    topology_ = must(catalog::make_topology(config, map, registry));
    make_shards(spec);
}

void TestCluster::write_config(const Spec& spec) {
    std::ofstream out(config_);
    out << "version: 1\ndatabase: app\naccount: {user: root, password: ''}\n"
        << "catalog: {file: catalog.json}\ndriver: " << spec.driver << "\nservers:\n";
    for (int i = 0; i < spec.servers; ++i)
        out << "  - {name: s" << i << ", primary: 127.0.0.1:" << servers_.server(i).port() << "}\n";
    out << spec.tables << '\n' << spec.more << '\n';
}

void TestCluster::make_shards(const Spec& spec) {
    for (std::uint32_t i = 0; i < topology_->shards.size(); ++i) {
        const auto connection = connect(ShardId{i});
        must(catalog::write_identity(*connection, *topology_, ShardId{i}, in_ten_seconds()));
        for (const std::string& statement : spec.ddl)
            must(run(*connection, statement, topology_->shards[i].name));
    }
}

std::unique_ptr<driver::Connection> TestCluster::connect(ShardId shard) {
    const auto server = static_cast<int>(topology_->shard(shard).server.value);
    return must(driver::make_driver("mariadb")->connect(servers_.options(server)));
}

Client TestCluster::open(const Registry& registry) const {
    return must(Client::open(config_, registry));
}

int id_of(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail ? detail->id.number : 0;
}

std::string one_cell(const absl::StatusOr<Result>& result) {
    if (!result.ok())
        return std::string(result.status().message());
    if (result->row_count() != 1)
        return std::to_string(result->row_count()) + " rows";
    return std::string(result->cell(0, 0).value_or("NULL"));
}

}  // namespace mosaic::test
