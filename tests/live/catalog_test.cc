// Identities and counters of ids on real servers.
#include "base/status.h"
#include "catalog/counters.h"
#include "catalog/identity.h"
#include "mosaic/log.h"
#include "support/test_servers.h"

#include <catch2/catch.hpp>

#include <atomic>
#include <set>
#include <thread>

using namespace mosaic;
using namespace mosaic::test;

namespace {

constexpr std::string_view kYaml =
    "version: 1\n"
    "database: app\n"
    "catalog: {file: catalog.json}\n"
    "servers: [{name: s0, primary: 'h:1'}, {name: s1, primary: 'h:2'}]\n"
    "groups: [{name: users, tables: [{name: users, shard_key: id}]}]\n";

TimePoint soon() {
    return std::chrono::steady_clock::now() + std::chrono::seconds(20);
}

std::unique_ptr<driver::Connection> connect(const TestServers& servers, int server) {
    return must(driver::make_driver("mariadb")->connect(servers.options(server)));
}

std::shared_ptr<pool::Pools> make_pools() {
    return std::make_shared<pool::Pools>(driver::make_driver("mariadb"), PoolOptions());
}

// The launcher's servers for tests flush at 2.
catalog::TicketServers tickets_of(const TestServers& servers, int count) {
    catalog::TicketServers tickets;
    for (int i = 0; i < count; ++i) {
        tickets.servers.push_back(servers.options(i));
        tickets.names.push_back("s" + std::to_string(i));
    }
    tickets.durability = catalog::CounterDurability::kProcess;
    tickets.failover_jump = 1000;
    return tickets;
}

// Takes blocks and says whether none of their ids was seen before.
bool take_is_new(keys::BlockSource& source, std::set<std::uint64_t>& seen, std::uint64_t wanted) {
    bool is_new = true;
    for (const keys::Block& block : must(source.next_blocks("users", {}, wanted, soon())))
        for (std::uint64_t id = block.first; id < block.end; ++id)
            is_new = seen.insert(id).second && is_new;
    return is_new;
}

std::uint16_t id_of(const absl::Status& status) {
    const auto detail = error_detail(status);
    return detail ? detail->id.number : std::uint16_t{0};
}

}  // namespace

TEST_CASE("a shard's identity is written once, checked, and never overwritten", "[identity]") {
    TestServers servers(1);
    const auto connection = connect(servers, 0);
    const Registry registry;
    const auto config = must(config::parse(kYaml, "/tmp/mosaic.yaml", registry));
    const auto ours =
        must(catalog::make_topology(config, must(catalog::first_map(config, 2, registry)), registry)
        );
    const auto others =
        must(catalog::make_topology(config, must(catalog::first_map(config, 2, registry)), registry)
        );

    CHECK(
        id_of(catalog::check_identity(*connection, *ours, ShardId{0}, soon())) ==
        errors::kIdentityMissing.number
    );
    must(catalog::write_identity(*connection, *ours, ShardId{0}, soon()));
    must(catalog::write_identity(*connection, *ours, ShardId{0}, soon()));
    must(catalog::check_identity(*connection, *ours, ShardId{0}, soon()));

    auto other_layout = config;
    other_layout.groups.at(0).composite_layout = {1, 16, 10, 37};
    auto same_map = must(catalog::first_map(other_layout, 2, registry));
    same_map.cluster_id = ours->cluster_id;
    const auto otherwise = must(catalog::make_topology(other_layout, same_map, registry));
    const absl::Status refused_layout =
        catalog::check_identity(*connection, *otherwise, ShardId{0}, soon());
    CHECK(id_of(refused_layout) == errors::kIdentityMismatch.number);
    CHECK(message_of(refused_layout).find("composite layout 1+16+10+37") != std::string::npos);

    const std::string before = must(run(*connection, "SELECT * FROM app_00._mosaic_identity"));
    for (const absl::Status& refused :
         {catalog::check_identity(*connection, *others, ShardId{0}, soon()),
          catalog::write_identity(*connection, *others, ShardId{0}, soon())}) {
        CHECK(id_of(refused) == errors::kIdentityMismatch.number);
        const std::string message(message_of(refused));
        CHECK(message.find(ours->cluster_id) != std::string::npos);
        CHECK(message.find(others->cluster_id) != std::string::npos);
    }
    CHECK(must(run(*connection, "SELECT * FROM app_00._mosaic_identity")) == before);
}

TEST_CASE("two ticket servers interleave, also for many threads", "[tickets]") {
    TestServers servers(2);
    const auto pools = make_pools();
    const auto tickets = tickets_of(servers, 2);
    must(catalog::create_tickets(*pools, tickets, {"users"}, 10, soon()));
    const auto source = catalog::make_ticket_source(pools, tickets);

    std::vector<std::vector<keys::Block>> taken(4);
    std::vector<std::thread> threads;
    for (auto& mine : taken)
        threads.emplace_back([&] {
            for (std::uint64_t i = 0; i < 100; ++i) {
                const auto blocks = source->next_blocks("users", {}, 1 + i % 40, soon());
                if (blocks.ok())
                    mine.insert(mine.end(), blocks->begin(), blocks->end());
            }
        });
    for (std::thread& thread : threads) thread.join();

    std::set<std::uint64_t> seen;
    std::size_t ids = 0;
    std::set<std::uint64_t> positions;
    for (const auto& blocks : taken) {
        CHECK(blocks.size() >= 100);
        for (const keys::Block& block : blocks) {
            positions.insert((block.first - 1) / 10 % 2);
            for (std::uint64_t id = block.first; id < block.end; ++id, ++ids) seen.insert(id);
        }
    }
    CHECK(seen.size() == ids);
    CHECK(positions.size() == 2);
    CHECK(*seen.begin() >= 1);
}

TEST_CASE(
    "ids stay unique through kill -9, restart, and a lagging server in a place", "[tickets]"
) {
    TestServers servers(2);
    const auto pools = make_pools();
    const auto tickets = tickets_of(servers, 2);
    must(catalog::create_tickets(*pools, tickets, {"users"}, 10, soon()));
    const auto source = catalog::make_ticket_source(pools, tickets);
    std::set<std::uint64_t> seen;
    for (int i = 0; i < 20; ++i) CHECK(take_is_new(*source, seen, 10));

    must(servers.server(0).kill9());
    for (int i = 0; i < 6; ++i) CHECK(take_is_new(*source, seen, 10));
    must(servers.server(0).start());
    const auto fresh = catalog::make_ticket_source(make_pools(), tickets);
    for (int i = 0; i < 6; ++i) CHECK(take_is_new(*fresh, seen, 10));

    // A replica that lags: an older number, written by another server. Told once.
    std::atomic<int> warnings = 0;
    set_log_sink([&](LogLevel level, std::string_view line) {
        if (level == LogLevel::kWarning && line.find("server another") != line.npos &&
            line.find("mosaic keys advance users") != line.npos)
            ++warnings;
    });
    must(
        run(*connect(servers, 1),
            "UPDATE mosaic_tickets.tickets SET next_block = 2, server_identity = 'another'")
    );
    const std::uint64_t highest = *seen.rbegin();
    for (int i = 0; i < 6; ++i) CHECK(take_is_new(*fresh, seen, 10));
    CHECK(*seen.rbegin() > highest + 500);
    set_log_sink({});
    CHECK(warnings == 1);
}

TEST_CASE("counters are refused where a crash could take them back", "[tickets]") {
    TestServers servers(1);
    auto tickets = tickets_of(servers, 1);
    must(catalog::create_tickets(*make_pools(), tickets, {"users"}, 10, soon()));
    const auto admin = connect(servers, 0);
    const auto take = [&](int flush, catalog::CounterDurability durability) {
        must(run(*admin, "SET GLOBAL innodb_flush_log_at_trx_commit = " + std::to_string(flush)));
        tickets.durability = durability;
        return id_of(catalog::make_ticket_source(make_pools(), tickets)
                         ->next_blocks("users", {}, 1, soon())
                         .status());
    };
    using enum catalog::CounterDurability;

    CHECK(take(0, kProcess) == errors::kTicketDurability.number);
    CHECK(take(2, kMachine) == errors::kTicketDurability.number);
    CHECK(take(2, kProcess) == 0);
    CHECK(take(1, kMachine) == 0);
}

TEST_CASE("a ticket row that is missing or changed is refused, and can be lifted", "[tickets]") {
    TestServers servers(1);
    const auto pools = make_pools();
    const auto tickets = tickets_of(servers, 1);
    must(catalog::create_tickets(*pools, tickets, {"users"}, 10, soon()));
    const auto source = catalog::make_ticket_source(pools, tickets);
    CHECK(
        id_of(source->next_blocks("nobody", {}, 1, soon()).status()) ==
        errors::kTicketMissing.number
    );

    for (const std::uint64_t at_least : {500u, 505u}) {
        const auto first =
            must(catalog::advance_tickets(*pools, tickets, "users", at_least, soon()));
        CHECK(first > at_least);
        CHECK(must(source->next_blocks("users", {}, 1, soon())).front().first == first);
    }
    must(run(*connect(servers, 0), "UPDATE mosaic_tickets.tickets SET block_size = 20"));
    CHECK(
        id_of(source->next_blocks("users", {}, 1, soon()).status()) == errors::kTicketChanged.number
    );
}

TEST_CASE("composite counters give blocks per bucket, make rows and jump", "[composite]") {
    TestServers servers(1);
    const Registry registry;
    const auto config = must(config::parse(kYaml, "/tmp/mosaic.yaml", registry));
    const auto topology =
        must(catalog::make_topology(config, must(catalog::first_map(config, 1, registry)), registry)
        );
    const auto admin = connect(servers, 0);
    must(catalog::write_identity(*admin, *topology, ShardId{0}, soon()));
    const auto pools = make_pools();
    const auto connect_bucket = [&](BucketId, TimePoint deadline
                                ) -> absl::StatusOr<catalog::BucketConnection> {
        MOSAIC_ASSIGN_OR_RETURN(
            auto connection, pools->pool(servers.options(0)).checkout(deadline)
        );
        return catalog::BucketConnection{std::move(connection), "app_00"};
    };
    const auto source = catalog::make_composite_source(
        connect_bucket, 10, catalog::CounterDurability::kProcess, 1000
    );
    const auto first_of = [&](std::uint32_t bucket) {
        return must(source->next_blocks("orders", BucketId{bucket}, 1, soon())).front().first;
    };

    CHECK(first_of(1) == 1);
    CHECK(first_of(1) == 11);
    CHECK(first_of(2) == 1);
    must(run(*admin, "UPDATE app_00._mosaic_counters SET server_identity = 'x' WHERE bucket = 1"));
    CHECK(first_of(1) == 1021);
    CHECK(first_of(1) == 1031);

    // A replica that lags lacks rows too, those of new buckets.
    std::string warned;
    set_log_sink([&](LogLevel, std::string_view line) { warned += line; });
    must(run(*admin, "UPDATE app_00._mosaic_counters SET server_identity = 'x'"));
    must(run(*admin, "DELETE FROM app_00._mosaic_counters WHERE bucket = 2"));
    const auto elsewhere = catalog::make_composite_source(
        connect_bucket, 10, catalog::CounterDurability::kProcess, 1000
    );
    const auto first_elsewhere = [&](std::uint32_t bucket) {
        return must(elsewhere->next_blocks("orders", BucketId{bucket}, 1, soon())).front().first;
    };
    CHECK(first_elsewhere(2) == 1001);
    CHECK(first_elsewhere(3) == 1001);
    CHECK(first_elsewhere(1) == 2041);
    set_log_sink({});
    CHECK(warned.find("counters of shard app_00 were last written by another") != warned.npos);
    CHECK(warned.find("another", warned.find("another") + 1) == warned.npos);
}
