// No id is given out twice, whatever ends or is replaced: 8 processes, kill -9, replicas that lag,
// fork(), clock steps. MOSAIC_UNIQUE_IDS says how many ids each process takes of each scheme; the
// full form is 1000000.
#include "base/status.h"
#include "catalog/connect.h"
#include "catalog/counters.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"
#include "unique_ids_file.h"
#include "unique_ids_fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <memory>
#include <string>
#include <thread>
#include <vector>

using namespace mosaic;
using namespace mosaic::test;
using namespace std::chrono_literals;

namespace fs = std::filesystem;

namespace {

constexpr std::uint64_t kJump = 10'000'000;  // what counters skip at a failover, unless configured

const Words kTables = {"users", "visits", "photos", "albums", "orders"};

TimePoint soon() {
    return Clock::now() + 20s;
}

/// Ticket servers are the first `ticket_servers` ones; blocks are small, so that they change often.
TestCluster::Spec spec_of(int servers, int ticket_servers) {
    TestCluster::Spec spec;
    spec.shards = 2 * servers;
    spec.servers = servers;
    spec.tables = R"(
groups:
  - name: users
    buckets: 64
    tables:
      - {name: users, shard_key: id, ids: {column: id, scheme: uuid}}
      - {name: visits, shard_key: id, ids: {column: id, scheme: uuid_v4}}
      - {name: orders, shard_key: user_id, ids: {column: id, scheme: composite, type: 2}}
  - name: photos
    buckets: 64
    tables: [{name: photos, shard_key: id, ids: {column: id, scheme: ticket}}]
  - name: albums
    partitioner: prefix
    buckets: 64
    composite_layout: {reserved: 1, bucket: 8, type: 7, local: 48}
    tables: [{name: albums, shard_key: id, ids: {column: id, scheme: composite, type: 1}}]
composite: {block_size: 50, durability: process}
)";
    spec.more = "tickets: {durability: process, block_size: 100, servers: [s0";
    for (int i = 1; i < ticket_servers; ++i) spec.more += ", s" + std::to_string(i);
    spec.more += "]}\n";
    spec.ddl = {
        "CREATE TABLE users (id BINARY(16) NOT NULL PRIMARY KEY)",
        "CREATE TABLE visits (id BINARY(16) NOT NULL PRIMARY KEY)",
        "CREATE TABLE orders (id BIGINT UNSIGNED NOT NULL PRIMARY KEY, user_id BINARY(16) NOT "
        "NULL)",
        "CREATE TABLE photos (id BIGINT UNSIGNED NOT NULL PRIMARY KEY)",
        "CREATE TABLE albums (id BIGINT UNSIGNED NOT NULL PRIMARY KEY)"};
    return spec;
}

std::shared_ptr<pool::Pools> make_pools(const PoolOptions& options = {}) {
    return std::make_shared<pool::Pools>(driver::make_driver("mariadb"), options);
}

catalog::TicketServers tickets_of(const TestCluster& cluster) {
    const auto config = must(config::load(cluster.config(), Registry()));
    return catalog::ticket_servers(config);
}

void create_tickets(const TestCluster& cluster) {
    const auto pools = make_pools();
    must(catalog::create_tickets(*pools, tickets_of(cluster), {"photos"}, 100, soon()));
}

std::string ask(TestServers& servers, int server, const std::string& sql) {
    const auto connection = must(driver::make_driver("mariadb")->connect(servers.options(server)));
    return must(run(*connection, sql));
}

/// All of them, and none twice.
void check_ids(const fs::path& folder, const Words& tables, std::size_t processes) {
    for (const std::string& table : tables) {
        CAPTURE(table);
        const std::vector<IdFile::Record> ids = sorted_ids(folder, table);
        CHECK(ids.size() == processes * ids_each());
        CHECK(std::adjacent_find(ids.begin(), ids.end()) == ids.end());
    }
}

bool are_different(std::vector<std::uint64_t> ids) {
    std::sort(ids.begin(), ids.end());
    return std::adjacent_find(ids.begin(), ids.end()) == ids.end();
}

/// Tickets of all servers, and ids of orders of all shards, from a client of its own.
std::vector<std::uint64_t> take_some(const TestCluster& cluster) {
    Client client = cluster.open();
    std::vector<Id> ids(2000);
    const std::span all(ids);
    for (std::size_t i = 0; i < 1000; i += 200)
        must(client.next_ids("photos", all.subspan(i, 200)));
    for (std::size_t i = 1000; i < 2000; i += 10) {
        std::string user(16, '\0');
        user[15] = static_cast<char>(i / 10);
        must(client.next_ids("orders", all.subspan(i, 10), Value(*Uuid::from_bytes(user))));
    }
    std::vector<std::uint64_t> numbers;
    for (const Id& id : ids) numbers.push_back(id.number());
    return numbers;
}

constexpr std::uint64_t kOrderType = 2;

/// Whether some of the ids of this type (0: the tickets) come from behind a jump.
bool has_jumped(const std::vector<std::uint64_t>& ids, std::uint64_t type) {
    constexpr std::uint64_t kLocal = std::uint64_t{1} << 36;
    return std::any_of(ids.begin(), ids.end(), [&](std::uint64_t id) {
        return (id >> 36 & 1023) == type && id % kLocal > kJump;
    });
}

const std::string kNextBlock = "SELECT next_block FROM mosaic_tickets.tickets";
const std::string kWriter = "SELECT server_identity FROM mosaic_tickets.tickets";

/// Until the replica has some.
void wait_for_tickets(Replica& replica) {
    const std::string count =
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'mosaic_tickets'";
    const auto has_some = [&] {
        if (replica.ask(count) != "1\n")
            return false;
        const std::string next = replica.ask(kNextBlock);
        return !next.empty() && next != "0\n";
    };
    const TimePoint give_up = Clock::now() + 30s;
    while (!has_some()) {
        REQUIRE(Clock::now() < give_up);
        std::this_thread::sleep_for(20ms);
    }
}

}  // namespace

TEST_CASE("ids of 8 processes are different through kill -9 of processes and a server", "[ids]") {
    TestCluster cluster(spec_of(3, 3));
    create_tickets(cluster);
    Workers workers(cluster, kTables, 2s);
    workers.start_all();

    CHECK(workers.wait_until(0, 0.15));
    workers.kill_and_start(0);
    CHECK(workers.wait_until(3, 0.3));
    must(cluster.servers().server(1).kill9());
    CHECK(workers.wait_until(1, 0.35));  // without the server, and before what needs it stops
    workers.kill_and_start(1);
    must(cluster.servers().server(1).start());
    CHECK(workers.wait_until(2, 0.5));
    workers.kill_and_start(2);
    CHECK(workers.wait_until(0, 0.6));
    workers.kill_and_start(0);

    CHECK(workers.wait());
    check_ids(workers.folder(), kTables, kProcesses);
}

TEST_CASE("ids are different when a server's replica that lags takes its place", "[ids]") {
    TestCluster cluster(spec_of(2, 2));
    create_tickets(cluster);
    launcher::LocalServer& original = cluster.servers().server(0);
    Replica replica(cluster.servers(), 0, 77);
    replica.start();
    replica.follow(original.port());
    const Words tables = {"photos", "albums", "orders"};
    Workers workers(cluster, tables, 2500ms);
    workers.start_all();

    CHECK(workers.wait_until(0, 0.2));
    wait_for_tickets(replica);
    replica.ask("STOP REPLICA");
    const std::uint64_t behind = std::stoull(replica.ask(kNextBlock));
    const std::string writer = replica.ask(kWriter);
    replica.ask("RESET REPLICA ALL");
    CHECK(workers.wait_until(0, 0.5));
    std::vector<std::uint64_t> own = take_some(cluster);
    CHECK(std::stoull(ask(cluster.servers(), 0, kNextBlock)) > behind);
    CHECK(ask(cluster.servers(), 0, kWriter) == writer);
    must(original.kill9());
    replica.start_at(original.port());

    CHECK(workers.wait());
    check_ids(workers.folder(), tables, kProcesses);
    const std::vector<std::uint64_t> after = take_some(cluster);
    own.insert(own.end(), after.begin(), after.end());
    for (const char* table : {"photos", "orders"}) {
        for (const IdFile::Record& id : sorted_ids(workers.folder(), table)) own.push_back(id.high);
    }
    CHECK(are_different(own));
    // It was noticed: the counters have jumped, and say who wrote them.
    CHECK(replica.ask(kWriter) != writer);
    CHECK(std::stoull(replica.ask(kNextBlock)) > behind + kJump / 100);
    CHECK(has_jumped(after, 0));
    CHECK(has_jumped(after, kOrderType));
}

TEST_CASE("a server replaced while nothing is connected to it is known as another", "[ids]") {
    TestCluster cluster(spec_of(1, 1));
    create_tickets(cluster);
    launcher::LocalServer& original = cluster.servers().server(0);
    PoolOptions options;
    options.idle_max = 1s;
    const auto pools = make_pools(options);
    const auto source = catalog::make_ticket_source(pools, tickets_of(cluster));
    const auto take = [&] {
        auto blocks = source->next_blocks("photos", {}, 1, soon());
        if (!blocks.ok())  // the connection was lost with the server
            blocks = source->next_blocks("photos", {}, 1, soon());
        return must(blocks).front();
    };
    const auto connections = [&] {
        return std::stoull(ask(cluster.servers(), 0, "SELECT CONNECTION_ID()"));
    };
    const keys::Block first = take();

    must(original.stop());
    Replica replica(cluster.servers(), 0, 77);
    fs::create_directories(replica.data().parent_path());
    fs::copy(original.spec().folder / "data", replica.data(), fs::copy_options::recursive);
    fs::remove(replica.data() / "auto.cnf");  // MySQL's server_uuid
    must(original.start());
    for (int i = 0; i < 50; ++i) connections();
    const std::uint64_t next_connection = connections() + 1;
    keys::Block last = take();
    for (int i = 0; i < 3; ++i) last = take();
    std::this_thread::sleep_for(2500ms);  // until the pool has closed what was idle
    must(original.stop());
    replica.start();
    replica.start_at(original.port());
    while (connections() + 1 < next_connection) {
    }

    // The same port, and the same number of the connection.
    const keys::Block after = take();
    CHECK(after.first > first.first);
    CHECK(after.first > last.first + kJump / 2);
}

TEST_CASE("children of a process that holds half-used blocks take other ids", "[ids]") {
    TestCluster cluster(spec_of(2, 2));
    create_tickets(cluster);
    const fs::path folder = cluster.servers().folder() / "ids";
    fs::create_directories(folder);

    Process parent(
        {MOSAIC_UNIQUE_IDS_WORKER,
         "fork",
         cluster.config().string(),
         folder.string(),
         std::to_string(ids_each())}
    );
    CHECK(parent.wait() == 0);
    check_ids(folder, kTables, 1 + 8);
}

#ifdef MOSAIC_TEST_HOOKS
TEST_CASE("UUIDs are different, and rise in a process, when clocks step 5 s both ways", "[ids]") {
    TestCluster cluster(spec_of(1, 1));
    const Words tables = {"users", "visits"};
    Workers workers(cluster, tables, 1800ms);
    const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                            std::chrono::system_clock::now().time_since_epoch()
    )
                            .count();
    const Words steps = {
        "200:+5000,500:-5000,900:-5000,1300:+5000", "0:-5000,400:+5000,800:+5000,1200:-5000"};
    for (int i = 0; i < kProcesses; ++i)
        workers.start(i, "MOSAIC_CLOCK_STEPS=" + steps[static_cast<std::size_t>(i % 2)]);

    CHECK(workers.wait());  // a process whose ids of version 7 do not rise ends badly
    check_ids(workers.folder(), tables, kProcesses);
    for (int i = 0; i < kProcesses; ++i) {
        const IdFile ids = workers.file(i, "users");
        const auto first = static_cast<std::int64_t>(ids.records().front().high >> 16) - now_ms;
        const auto last = static_cast<std::int64_t>(ids.records().back().high >> 16) - now_ms;
        CHECK((i % 2 == 0 ? first > -1000 : first < -1000));  // the steps were made
        CHECK(last > 4500);
    }
}
#endif

#ifdef MOSAIC_TOOL
TEST_CASE("`mosaic keys advance` moves on while ids are taken, and after a restore", "[ids]") {
    TestCluster cluster(spec_of(2, 2));
    create_tickets(cluster);
    const auto advance = [&](Words more) {
        Words words{MOSAIC_TOOL, "keys", "advance", "photos"};
        words.insert(words.end(), more.begin(), more.end());
        words.insert(words.end(), {"--config", cluster.config().string()});
        return Process(words).wait();
    };
    const auto next_ids = [&](std::size_t count) {
        std::vector<Id> ids(count);
        Client client = cluster.open();
        must(client.next_ids("photos", ids));
        return ids;
    };
    Workers workers(cluster, {"photos"}, 1500ms);
    workers.start_all();
    for (const auto& [part, at_least] :
         {std::pair(0.3, "50000000"), {0.5, "7"}, {0.6, "90000000"}}) {
        CHECK(workers.wait_until(0, part));
        CHECK(advance({"--at-least", at_least}) == 0);
        CHECK(next_ids(1).front().number() > (part < 0.6 ? 50'000'000 : 90'000'000));
    }
    CHECK(workers.wait());
    check_ids(workers.folder(), {"photos"}, kProcesses);

    // Rows with ids, and then the ticket servers as they were before.
    const std::vector<Id> stored = next_ids(500);
    Client client = cluster.open();
    std::string sql = "INSERT INTO photos VALUES (" + stored.front().to_string() + ")";
    for (const Id& id : std::span(stored).subspan(1)) sql += ", (" + id.to_string() + ")";
    must(client.execute(Statement(sql).best_effort()));
    const auto restore = [&] {
        for (int i = 0; i < 2; ++i)
            ask(cluster.servers(), i, "UPDATE mosaic_tickets.tickets SET next_block = 450000");
    };
    restore();
    CHECK(next_ids(1).front().number() < stored.front().number());
    restore();
    CHECK(advance({}) == 0);
    for (const Id& id : next_ids(1000)) CHECK(id.number() > stored.back().number());
}
#endif
