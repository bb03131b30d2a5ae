// Statements that are dropped, run out of time or are killed at random moments leave nothing
// behind.
#include "base/status.h"
#include "mosaic/mosaic.h"
#include "support/test_cluster.h"

#include <catch2/catch.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <malloc.h>
#include <random>
#include <string>
#include <thread>
#include <vector>

using namespace mosaic;
using namespace mosaic::test;
using namespace std::chrono_literals;

namespace {

constexpr int kServers = 2;
constexpr int kPoolSize = 6;
constexpr int kThreads = 8;
constexpr int kRows = 4000;

TestCluster::Spec two_servers(const char* driver) {
    TestCluster::Spec spec;
    spec.driver = driver;
    spec.shards = 4;
    spec.servers = kServers;
    spec.tables = "groups: [{name: numbers, tables: [{name: numbers, shard_key: id}]}]\n";
    spec.more = "pool: {size_max: 6, checkout_timeout: 5s}\n";
    spec.ddl = {
        "CREATE TABLE numbers (id BIGINT NOT NULL PRIMARY KEY, half INT NOT NULL, text "
        "VARCHAR(300) "
        "NOT NULL)"};
    return spec;
}

void fill(Client& client) {
    const std::string text(250, 'x');
    for (int begin = 0; begin < kRows; begin += 1000) {
        std::string sql = "INSERT INTO numbers VALUES ";
        for (int i = begin; i < begin + 1000; ++i)
            sql += (i > begin ? ", (" : "(") + std::to_string(i) + ", " + std::to_string(i / 2) +
                   ", '" + text + "')";
        must(client.execute(Statement(sql).best_effort()));
    }
}

/// Of every way to run: streams, sorted merges, groups, rows that meet on one server, and one shard
/// that takes its time.
const std::array<const char*, 6> kStatements = {
    "SELECT * FROM numbers",
    "SELECT * FROM numbers ORDER BY text, half DESC, id",
    "SELECT half % 100, COUNT(*), MAX(text) FROM numbers GROUP BY half % 100",
    "SELECT a.id, b.text FROM numbers a JOIN numbers b ON a.half = b.id",
    "SELECT id, ROW_NUMBER() OVER (ORDER BY half, id) FROM numbers",
    "SELECT COUNT(*) FROM numbers a JOIN numbers b ON a.id = 7 AND b.id = 7 WHERE a.text < "
    "CONCAT(b.text, REPEAT('y', 1000))",
};

/// Cuts statements short; each thread has its own.
class Canceller {
public:
    Canceller(Client& client, unsigned seed) : client_(client), random_(seed) {}

    void run_one() {
        const Statement statement(kStatements.at(below(kStatements.size())));
        switch (below(3)) {
            case 0:
                drop_stream(statement);
                break;
            case 1:  // Out of time, at any moment.
                static_cast<void>(
                    client_.query(Statement(statement).within(std::chrono::milliseconds(below(25))))
                );
                break;
            default:
                drop_stream_of_transaction();
                break;
        }
    }

private:
    std::size_t below(std::size_t end) { return random_() % end; }

    void read_some(Stream& stream) {
        Batch batch;
        for (std::size_t left = below(4); left > 0; --left) {
            const auto has_rows = stream.next(batch);
            if (!has_rows.ok() || !*has_rows)
                return;
        }
    }

    void drop_stream(const Statement& statement) {
        auto stream = client_.stream(statement);
        if (stream.ok())
            read_some(*stream);
    }

    void drop_stream_of_transaction() {
        Session session = client_.session();
        static_cast<void>(session.run(Statement("BEGIN")));
        auto answer = session.run_streamed(
            Statement("SELECT * FROM numbers WHERE id = ?", static_cast<std::int64_t>(below(kRows)))
        );
        if (answer.ok() && answer->rows)
            read_some(*answer->rows);
    }

    Client& client_;
    std::mt19937 random_;
};

/// Kills statements and connections of others on both servers, all the time.
class Killer {
public:
    explicit Killer(TestCluster& cluster) {
        for (std::uint32_t shard = 0; shard < kServers; ++shard)
            admins_.push_back(cluster.connect(ShardId{shard}));
        thread_ = std::thread([this] {
            while (!is_over_) {
                for (auto& admin : admins_) kill_one(*admin);
                std::this_thread::sleep_for(5ms);
            }
        });
    }

    ~Killer() {
        is_over_ = true;
        thread_.join();
    }

private:
    void kill_one(driver::Connection& admin) {
        const auto busy =
            run(admin,
                "SELECT CONCAT(IF(RAND() < 0.5, 'KILL ', 'KILL QUERY '), id) FROM "
                "information_schema.processlist WHERE command = 'Query' AND id <> CONNECTION_ID() "
                "ORDER BY RAND() LIMIT 1");
        if (busy.ok() && !busy->empty())
            static_cast<void>(run(admin, busy->substr(0, busy->find_first_of("\t\n"))));
    }

    std::vector<std::unique_ptr<driver::Connection>> admins_;
    std::atomic<bool> is_over_ = false;
    std::thread thread_;
};

void cancel(Client& client, int count) {
    std::vector<std::thread> threads;
    for (unsigned t = 0; t < kThreads; ++t)
        threads.emplace_back([&client, count, t] {
            Canceller canceller(client, 42 + t);
            for (int i = 0; i < count / kThreads; ++i) canceller.run_one();
        });
    for (std::thread& thread : threads) thread.join();
}

/// Takes every connection that the pool may open to the shard's server, at once: none is busy, and
/// none has a temporary table.
void check_connections(Client& client, const std::string& shard) {
    std::vector<Transaction> holders;
    for (int i = 0; i < kPoolSize; ++i) {
        holders.push_back(client.session().begin());
        if (!holders.back().query(Statement("SELECT 1").on_shard(shard)).ok())
            holders.back() = client.session().begin();  // the last kill has come late
        CHECK(one_cell(holders.back().query(Statement("SELECT 1").on_shard(shard))) == "1");
        for (int table = 0; table < 2; ++table) {
            const auto left = holders.back().query(
                Statement("SELECT 1 FROM _mosaic_" + std::to_string(table)).on_shard(shard)
            );
            REQUIRE_FALSE(left.ok());
            CHECK(error_detail(left.status())->mysql_errno == 1146);
        }
    }
}

/// Statements that run on the server; those that were cut have a moment to notice.
std::string running(TestCluster& cluster, std::uint32_t shard) {
    const auto admin = cluster.connect(ShardId{shard});
    std::string found;
    for (int i = 0; i < 40; ++i) {
        found = must(
            run(*admin,
                "SELECT info FROM information_schema.processlist WHERE command = 'Query' AND id <> "
                "CONNECTION_ID()")
        );
        if (found.empty())
            return found;
        std::this_thread::sleep_for(50ms);
    }
    return found;
}

/// A connection that was killed while it was made counts as a server that is down, for as long as
/// it takes to find that it is not.
void wait_until_used(Client& client) {
    const auto end = std::chrono::steady_clock::now() + 2s;
    while (!client.query("SELECT COUNT(*) FROM numbers").ok() &&
           std::chrono::steady_clock::now() < end)
        std::this_thread::sleep_for(10ms);
}

std::size_t heap_in_use() {
    ::malloc_trim(0);
    return ::mallinfo2().uordblks;
}

}  // namespace

TEST_CASE("1,000 statements cut at random moments leave nothing behind", "[cancel]") {
    const char* driver = GENERATE("mariadb", "connector-cpp");
    CAPTURE(driver);
    TestCluster cluster(two_servers(driver));
    {
        Client client = cluster.open();
        fill(client);
    }
    std::vector<std::size_t> heap;
    for (int round = 0; round < 3; ++round) {
        Client client = cluster.open();
        {
            const Killer killer(cluster);
            cancel(client, round == 0 ? 200 : 400);
        }
        wait_until_used(client);
        for (std::uint32_t shard = 0; shard < kServers; ++shard) {
            CHECK(running(cluster, shard).empty());
            check_connections(client, cluster.topology().shard(ShardId{shard}).name);
        }
        CHECK(one_cell(client.query("SELECT COUNT(*) FROM numbers")) == std::to_string(kRows));
        CHECK(
            one_cell(client.query("SELECT COUNT(*) FROM numbers a JOIN numbers b ON a.half = b.id")
            ) == std::to_string(kRows)
        );
        heap.push_back(heap_in_use());
    }
    // The first round made what stays: threads, their caches, tables of the connectors.
    INFO(heap[0] << ' ' << heap[1] << ' ' << heap[2]);
    CHECK(heap[2] < heap[1] + (256U << 10));
}
