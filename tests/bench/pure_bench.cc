// What the library does without a server: ids, map, parser, plans. Prints a table; takes the
// options of Google Benchmark.
#include "bench/pin.h"
#include "bench/pure_table.h"
#include "client/answers.h"
#include "client/plan_cache.h"
#include "exec/executor.h"
#include "golden/plan_world.h"
#include "keys/schemes.h"
#include "merge/sorted_merge.h"
#include "partition/hash_partitioner.h"
#include "sql/parser.h"

#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <ctime>
#include <random>
#include <unistd.h>

namespace mosaic::bench {
namespace {

constexpr std::uint32_t kShards = 16;
constexpr std::size_t kBatch = 1000;
constexpr std::size_t kKeys = 16'384;  // a power of two
constexpr const char* kPointSelect = "SELECT name, email FROM users WHERE id = ?";

// Ids and keys.

/// Blocks from a counter in memory: what is measured is taking ids from blocks.
class CountingSource final : public keys::BlockSource {
public:
    absl::StatusOr<std::vector<keys::Block>> next_blocks(
        const std::string&, std::optional<BucketId>, std::uint64_t wanted, TimePoint
    ) override {
        const std::uint64_t count = std::max<std::uint64_t>(wanted, 1000);
        const std::uint64_t first = next_.fetch_add(count);
        return std::vector<keys::Block>{{first, first + count}};
    }

private:
    std::atomic<std::uint64_t> next_{1};
};

void clock_gettime_once(benchmark::State& state) {
    timespec now{};
    for (auto _ : state) {
        clock_gettime(CLOCK_REALTIME, &now);
        benchmark::DoNotOptimize(now);
    }
}

void atomic_increment(benchmark::State& state) {
    static std::atomic<std::uint64_t> counter{0};
    for (auto _ : state) benchmark::DoNotOptimize(counter.fetch_add(1));
}

void uuid_v7(benchmark::State& state) {
    for (auto _ : state) {
        Uuid uuid = keys::next_uuid(keys::UuidVersion::kV7);
        benchmark::DoNotOptimize(uuid);
    }
}

/// As a client asks for them, of `kParents` parents in turn.
template <std::uint32_t kParents = 0>
void next_of(benchmark::State& state, KeyScheme& scheme, std::span<Id> ids) {
    std::uint32_t at = 0;
    const TimePoint deadline = std::chrono::steady_clock::now() + std::chrono::hours(1);
    for (auto _ : state) {
        std::optional<BucketId> parent;
        if constexpr (kParents > 0)
            parent = BucketId{at++ % kParents};
        if (!scheme.next(ids, parent, deadline).ok())
            std::abort();
        benchmark::DoNotOptimize(ids.data());
    }
}

void uuid_v7_batch(benchmark::State& state) {
    static const auto scheme = keys::make_uuid_scheme(keys::UuidVersion::kV7);
    std::vector<Id> ids(kBatch);
    next_of(state, *scheme, ids);
}

void ticket(benchmark::State& state) {
    static const auto scheme =
        keys::make_ticket_scheme("users", std::make_shared<CountingSource>());
    Id id;
    next_of(state, *scheme, std::span(&id, 1));
}

void composite(benchmark::State& state) {
    static const auto scheme = *keys::make_composite_scheme(
        {.layout = {}, .type = 2, .bucket_count = 16384, .counter = "orders", .is_child = true},
        std::make_shared<CountingSource>()
    );
    Id id;
    next_of<64>(state, *scheme, std::span(&id, 1));
}

const topology::Topology& world() {
    static const topology::Topology topology = tests::plan_topology(kShards);
    return topology;
}

/// Random numbers from `first` to `last`.
std::vector<std::uint64_t> random_keys(std::uint64_t first, std::uint64_t last) {
    std::mt19937_64 random(42);
    std::uniform_int_distribution<std::uint64_t> any(first, last);
    std::vector<std::uint64_t> keys(kKeys);
    for (std::uint64_t& key : keys) key = any(random);
    return keys;
}

void bucket_to_shard(benchmark::State& state) {
    const partition::PartitionMap& map = world().groups.front().map;
    const std::vector<std::uint64_t> buckets = random_keys(0, map.bucket_count() - 1);
    std::size_t at = 0;
    for (auto _ : state) {
        const auto bucket = static_cast<std::uint32_t>(buckets[at++ % kKeys]);
        benchmark::DoNotOptimize(map.owner(BucketId{bucket}));
    }
}

void key_to_shard(benchmark::State& state, std::uint64_t first, std::uint64_t last) {
    const topology::TableGroup& group = world().groups.front();
    const std::vector<std::uint64_t> keys = random_keys(first, last);
    std::size_t at = 0;
    for (auto _ : state) {
        const auto bucket = group.partitioner->bucket_of_integer(keys[at++ % kKeys]);
        benchmark::DoNotOptimize(group.map.owner(*bucket));
    }
}

void key_of_8_digits(benchmark::State& state) {
    key_to_shard(state, 10'000'000, 99'999'999);
}

void key_of_19_digits(benchmark::State& state) {
    key_to_shard(state, 1'000'000'000'000'000'000, 9'999'999'999'999'999'999U);
}

// Statements.

void parse_of(benchmark::State& state, std::string_view text) {
    sql::Arena arena;
    for (auto _ : state) {
        arena.clear();
        const auto statement = sql::parse(text, {}, arena);
        if (!statement.ok())
            std::abort();
        benchmark::DoNotOptimize(*statement);
    }
}

void parse_point_select(benchmark::State& state) {
    parse_of(state, "SELECT c FROM t WHERE id = 42");
}

void parse_join(benchmark::State& state) {
    parse_of(
        state,
        "SELECT c.country, p.category, COUNT(*), SUM(o.amount) AS total FROM customers c "
        "JOIN orders o ON o.customer_id = c.id JOIN products p ON p.id = o.product_id "
        "WHERE o.status = 'paid' AND o.created_at >= '2024-01-01' "
        "GROUP BY c.country, p.category ORDER BY total DESC LIMIT 10"
    );
}

void parse_insert(benchmark::State& state) {
    std::string text = "INSERT INTO users (id, name, email, country, age) VALUES ";
    for (std::size_t row = 0; row < kBatch; ++row) {
        const std::string number = std::to_string(10'000'000 + row * 7919);
        text += row == 0 ? "(" : ", (";
        text += number + ", 'name " + number + "', 'user" + number + "@example.com', 'SE', 42)";
    }
    parse_of(state, text);
}

std::shared_ptr<const plan::Plan> make_plan() {
    sql::Arena arena;
    const auto statement = sql::parse(kPointSelect, {}, arena);
    return *plan::make_plan(**statement, world(), tests::plan_schema(), {});
}

void plan_anew(benchmark::State& state) {
    const schema::Schema schema = tests::plan_schema();
    for (auto _ : state) {
        sql::Arena arena;
        const auto statement = sql::parse(kPointSelect, {}, arena);
        benchmark::DoNotOptimize(plan::make_plan(**statement, world(), schema, {}).ok());
    }
}

/// A cache in which the point select is one of many.
client::PlanCache& cache() {
    static client::PlanCache plans(1024);
    if (plans.find(kPointSelect) == nullptr) {
        const auto plan = make_plan();
        for (int i = 0; i < 500; ++i)
            plans.insert("SELECT " + std::to_string(i) + " FROM users WHERE id = ?", plan, 1);
        plans.insert(kPointSelect, plan, 1);
    }
    return plans;
}

void cache_hit(benchmark::State& state) {
    client::PlanCache& plans = cache();
    for (auto _ : state) benchmark::DoNotOptimize(plans.find(kPointSelect));
}

/// What a client does between a statement it knows and sending its text.
void hit_and_route(benchmark::State& state) {
    client::PlanCache& plans = cache();
    const topology::Topology& topology = world();
    std::vector<Value> values(1);
    const std::vector<std::uint64_t> keys = random_keys(10'000'000, 99'999'999);
    std::size_t at = 0;
    for (auto _ : state) {
        values.front() = Value(keys[at++ % kKeys]);
        const auto plan = plans.find(kPointSelect);
        if (!client::check_values(*plan, values).ok())
            std::abort();
        const auto targets = plan::targets(*plan, values, topology);
        if (!targets.ok() || !plan::uses_single(*plan, *targets, topology))
            std::abort();
        const ShardId shard = exec::shards_to_ask(targets->route, topology).front();
        std::string text = plan::render(
            *plan, plan->single, *targets, 0, shard, values, topology, Backslash::kEscapes
        );
        benchmark::DoNotOptimize(text.data());
    }
}

// Merges.

constexpr std::size_t kStreams = 16;
constexpr std::size_t kRowsPerStream = 65'536;

/// Batches made beforehand, given out as copies.
class PreparedStream final : public RowStream {
public:
    PreparedStream(const std::vector<Column>& columns, const std::vector<Batch>& batches)
        : columns_(columns), batches_(batches) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return columns_; }

    absl::StatusOr<bool> next(Batch& out) override {
        if (next_ == batches_.size()) {
            out.clear(columns_.size());
            return false;
        }
        out = batches_[next_++];
        return true;
    }

private:
    const std::vector<Column>& columns_;
    const std::vector<Batch>& batches_;
    std::size_t next_ = 0;
};

/// Sorted streams of random keys of 8 digits, with other columns.
class SortedRows {
public:
    explicit SortedRows(const std::vector<std::string>& others) : columns_(1 + others.size()) {
        columns_.front().type = ColumnType::kBigInt;
        std::vector<std::vector<std::uint64_t>> keys(kStreams);
        std::mt19937_64 random(42);
        std::uniform_int_distribution<std::uint64_t> any(10'000'000, 99'999'999);
        for (std::vector<std::uint64_t>& of_stream : keys) {
            of_stream.resize(kRowsPerStream);
            for (std::uint64_t& key : of_stream) key = any(random);
            std::sort(of_stream.begin(), of_stream.end());
            fill(of_stream, others);
        }
    }

    /// Merges all streams; checks how many rows came, and the order of the ends of each batch.
    void merge() const {
        std::vector<std::unique_ptr<RowStream>> streams;
        for (const std::vector<Batch>& of_stream : batches_)
            streams.push_back(std::make_unique<PreparedStream>(columns_, of_stream));
        const auto merged = merge::make_sorted_merge(std::move(streams), {merge::SortKey()});
        Batch batch;
        std::size_t rows = 0;
        std::string last;
        while (*(*merged)->next(batch)) {
            const std::string_view first = *batch.cell(0, 0);
            const std::string_view end = *batch.cell(batch.row_count() - 1, 0);
            if (first < last || end < first)
                std::abort();
            last = end;
            rows += batch.row_count();
        }
        if (rows != kStreams * kRowsPerStream)
            std::abort();
    }

private:
    void fill(const std::vector<std::uint64_t>& keys, const std::vector<std::string>& others) {
        std::vector<Batch>& batches = batches_.emplace_back();
        for (const std::uint64_t key : keys) {
            if (batches.empty() || batches.back().row_count() == kBatch)
                batches.emplace_back().clear(columns_.size());
            batches.back().append(std::to_string(key));
            for (const std::string& other : others) batches.back().append(other);
        }
    }

    std::vector<Column> columns_;
    std::vector<std::vector<Batch>> batches_;
};

void merge_keys(benchmark::State& state) {
    static const SortedRows rows({});
    for (auto _ : state) rows.merge();
}

void merge_rows(benchmark::State& state) {
    static const SortedRows rows({"a name of some length", "2024-02-29 23:59:59", "12.50"});
    for (auto _ : state) rows.merge();
}

BENCHMARK(clock_gettime_once)->Name("clock_gettime");
BENCHMARK(atomic_increment);
BENCHMARK(uuid_v7);
BENCHMARK(uuid_v7_batch);
BENCHMARK(ticket);
BENCHMARK(composite);
BENCHMARK(bucket_to_shard);
BENCHMARK(key_of_8_digits);
BENCHMARK(key_of_19_digits);
BENCHMARK(parse_point_select);
BENCHMARK(parse_join);
BENCHMARK(parse_insert);
BENCHMARK(plan_anew);
BENCHMARK(cache_hit);
BENCHMARK(hit_and_route);
BENCHMARK(merge_keys);
BENCHMARK(merge_rows);

const std::vector<PureRow>& rows() {
    static const std::vector<PureRow> all = {
        {.benchmark = "clock_gettime", .what = "one `clock_gettime` call"},
        {.benchmark = "uuid_v7",
         .what = "uuid v7, one",
         .beside = "clock_gettime",
         .ratio_max = 1.3},
        {.benchmark = "uuid_v7_batch",
         .what = "uuid v7, in batches of 1,000",
         .per_run = kBatch,
         .ns_max = 10},
        {.benchmark = "atomic_increment", .what = "one atomic increment"},
        {.benchmark = "ticket",
         .what = "ticket from a block",
         .beside = "atomic_increment",
         .ratio_max = 2},
        {.benchmark = "composite", .what = "composite id of a child row"},
        {.benchmark = "bucket_to_shard", .what = "bucket to shard", .ns_max = 3},
        {.benchmark = "key_of_8_digits", .what = "integer key of 8 digits to shard", .ns_max = 20},
        {.benchmark = "key_of_19_digits",
         .what = "integer key of 19 digits to shard",
         .ns_max = 45},
        {.benchmark = "parse_point_select", .what = "parse of a point select", .ns_max = 230},
        {.benchmark = "parse_join",
         .what = "parse of a join of three tables, grouped and sorted",
         .ns_max = 1500},
        {.benchmark = "parse_insert",
         .what = "parse of an insert of 1,000 rows of 5 values, per row",
         .per_run = kBatch},
        {.benchmark = "plan_anew", .what = "parse and plan of a point select", .ns_max = 5000},
        {.benchmark = "cache_hit", .what = "plan cache, hit"},
        {.benchmark = "hit_and_route",
         .what = "plan cache hit, targets and text of a point select",
         .ns_max = 1000},
        {.benchmark = "merge_keys",
         .what = "merge of 16 streams of integer keys, per row",
         .per_run = kStreams * kRowsPerStream,
         .ns_max = 50},
        {.benchmark = "merge_rows",
         .what = "merge of 16 streams of rows of 4 values, by integer key, per row",
         .per_run = kStreams * kRowsPerStream},
    };
    return all;
}

}  // namespace
}  // namespace mosaic::bench

int main(int argc, char** argv) {
    // Repetitions in mixed order, so that a drift of the machine hits all; options on the command
    // line win.
    std::vector<std::string> options = {
        argv[0],
        "--benchmark_repetitions=15",
        "--benchmark_enable_random_interleaving=true",
        "--benchmark_min_time=0.02"};
    options.insert(options.end(), argv + 1, argv + argc);
    std::vector<char*> pointers;
    for (std::string& option : options) pointers.push_back(option.data());
    int count = static_cast<int>(pointers.size());
    benchmark::Initialize(&count, pointers.data());
    if (benchmark::ReportUnrecognizedArguments(count, pointers.data()))
        return 2;
    mosaic::bench::pin(::getpid(), 0);
    mosaic::bench::PureTable table;
    benchmark::RunSpecifiedBenchmarks(&table);
    table.print(mosaic::bench::rows());
    return 0;
}
