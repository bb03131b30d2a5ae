// Aggregates over any split equal those of the whole.
#include "base/status.h"
#include "types/decimal.h"
#include "unit/merge_fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

using namespace mosaic;
using namespace mosaic::test;
using merge::Aggregate;
using merge::MergeSpec;
using Kind = Aggregate::Kind;

namespace {

Aggregate aggregate(Kind kind, std::size_t column, std::size_t type_of) {
    Aggregate made;
    made.kind = kind;
    made.column = column;
    made.type_of = type_of;
    return made;
}

merge::GroupKey key(std::size_t position) {
    return {.column = position, .comparison = {}};
}

Aggregate distinct(Kind kind, std::size_t column, std::size_t type_of) {
    Aggregate made = aggregate(kind, column, type_of);
    made.distinct = {key(column)};
    return made;
}

absl::StatusOr<Rows> total(
    const std::vector<Column>& columns,
    const std::vector<Rows>& shards,
    std::vector<Aggregate> aggregates
) {
    MergeSpec spec;
    spec.aggregate = merge::AggregateSpec{.keys = {}, .aggregates = std::move(aggregates)};
    return merged(columns, shards, spec);
}

std::uint16_t error_number(const absl::Status& status) {
    return error_detail(status).value().id.number;
}

// group, count, sum, minimum, maximum: what a shard answers
const std::vector<Column> kPartial = {
    column(ColumnType::kInt),
    column(ColumnType::kBigInt),
    column(ColumnType::kDecimal, 2),
    column(ColumnType::kDecimal, 2),
    column(ColumnType::kDecimal, 2),
    column(ColumnType::kDecimal, 6)};

struct Totals {
    std::int64_t count = 0;
    std::int64_t sum = 0;  // hundredths
    std::int64_t least = INT64_MAX;
    std::int64_t most = INT64_MIN;

    void add(std::int64_t value) {
        ++count;
        sum += value;
        least = std::min(least, value);
        most = std::max(most, value);
    }
};

std::string hundredths(std::int64_t value) {
    return Decimal(boost::multiprecision::cpp_int(value), 2).to_string();
}

using Groups = std::map<int, Totals>;

Rows partial_rows(const Groups& groups) {
    Rows rows;
    for (const auto& [group, totals] : groups)
        rows.push_back(
            {std::to_string(group),
             std::to_string(totals.count),
             hundredths(totals.sum),
             hundredths(totals.least),
             hundredths(totals.most),
             "0.000000"}
        );
    return rows;
}

Rows whole_rows(const Groups& groups) {
    Rows rows;
    for (const auto& [group, totals] : groups) {
        const Decimal sum(boost::multiprecision::cpp_int(totals.sum), 2);
        rows.push_back(
            {std::to_string(group),
             std::to_string(totals.count),
             hundredths(totals.sum),
             hundredths(totals.least),
             hundredths(totals.most),
             Decimal::divide(sum, Decimal(totals.count), 6).to_string()}
        );
    }
    return rows;
}

}  // namespace

TEST_CASE("partial aggregates over any split equal the whole, sorted and hashed") {
    Rng rng;
    INFO("MOSAIC_SEED=" << rng.seed());
    Aggregate average = aggregate(Kind::kAverage, 2, 5);
    average.count = 1;
    MergeSpec spec;
    spec.aggregate = merge::AggregateSpec{
        .keys = {key(0)},
        .aggregates = {
            aggregate(Kind::kFirst, 0, 0),
            aggregate(Kind::kCount, 1, 1),
            aggregate(Kind::kSum, 2, 2),
            aggregate(Kind::kMin, 3, 3),
            aggregate(Kind::kMax, 4, 4),
            average}};
    for (int round = 0; round < 200; ++round) {
        Groups whole;
        std::vector<Groups> shards(1 + rng.below(6));
        for (auto left = rng.below(100); left > 0; --left) {
            const auto group = static_cast<int>(rng.below(12)) - 6;
            const auto value = static_cast<std::int64_t>(rng.below(2001)) - 1000;
            whole[group].add(value);
            shards[rng.below(shards.size())][group].add(value);
        }
        std::vector<Rows> rows;
        for (const Groups& groups : shards) rows.push_back(partial_rows(groups));

        spec.sorted_by = {{.column = 0, .is_descending = false, .comparison = {}}};
        auto result = merged(kPartial, rows, spec, {}, {.bytes_max = 200, .groups_max = 0});
        REQUIRE(result.ok());
        REQUIRE(*result == whole_rows(whole));

        spec.sorted_by.clear();
        result = merged(kPartial, rows, spec);
        REQUIRE(result.ok());
        std::sort(result->begin(), result->end(), [](const Row& a, const Row& b) {
            return std::stoi(*a[0]) < std::stoi(*b[0]);
        });
        REQUIRE(*result == whole_rows(whole));
    }
}

TEST_CASE("aggregates of no rows: one row without keys, none with keys") {
    Aggregate average = aggregate(Kind::kAverage, 2, 5);
    average.count = 1;
    const std::vector<Aggregate> all = {
        aggregate(Kind::kCount, 1, 1),
        aggregate(Kind::kSum, 2, 2),
        aggregate(Kind::kMin, 3, 3),
        aggregate(Kind::kFirst, 0, 0),
        average,
        aggregate(Kind::kBitAnd, 1, 1),
        aggregate(Kind::kBitOr, 1, 1),
        aggregate(Kind::kBitXor, 1, 1),
        distinct(Kind::kCountDistinct, 1, 1),
        distinct(Kind::kSumDistinct, 2, 2)};
    const Row empty = {
        "0",
        std::nullopt,
        std::nullopt,
        std::nullopt,
        std::nullopt,
        "18446744073709551615",
        "0",
        "0",
        "0",
        std::nullopt};
    CHECK(total(kPartial, {{}, {}}, all).value() == Rows{empty});

    for (const bool is_sorted : {false, true}) {
        MergeSpec spec;
        if (is_sorted)
            spec.sorted_by = {{.column = 0, .is_descending = false, .comparison = {}}};
        spec.aggregate = merge::AggregateSpec{.keys = {key(0)}, .aggregates = all};
        CHECK(merged(kPartial, {{}, {}}, spec).value().empty());
    }
}

TEST_CASE("sums, extremes and averages leave NULLs out") {
    Aggregate average = aggregate(Kind::kAverage, 2, 5);
    average.count = 1;
    const std::vector<Rows> shards = {
        {{"1", "0", std::nullopt, std::nullopt, std::nullopt, std::nullopt}},
        {{"1", "2", "5.00", "-1.50", "6.50", "2.500000"}}};
    const auto result = total(
        kPartial,
        shards,
        {aggregate(Kind::kCount, 1, 1),
         aggregate(Kind::kSum, 2, 2),
         aggregate(Kind::kMin, 3, 3),
         aggregate(Kind::kMax, 4, 4),
         average}
    );
    CHECK(result.value() == Rows{{"2", "5.00", "-1.50", "6.50", "2.500000"}});
}

TEST_CASE("sums of integers are exact beyond 64 bits") {
    const std::vector<Column> columns = {column(ColumnType::kDecimal), unsigned_column()};
    const auto result = total(
        columns,
        {{{"18446744073709551615", "18446744073709551615"}},
         {{"18446744073709551615", "18446744073709551615"}}},
        {aggregate(Kind::kSum, 0, 0), aggregate(Kind::kSum, 1, 0), aggregate(Kind::kMax, 1, 1)}
    );
    CHECK(
        result.value() ==
        Rows{{"36893488147419103230", "36893488147419103230", "18446744073709551615"}}
    );
}

TEST_CASE("averages round half away from zero at the reply's scale") {
    const std::vector<Column> columns = {
        column(ColumnType::kDecimal), column(ColumnType::kBigInt), column(ColumnType::kDecimal, 4)};
    Aggregate average = aggregate(Kind::kAverage, 0, 2);
    average.count = 1;
    const auto of = [&](const char* sum, const char* count) {
        return *total(columns, {{{sum, count, "0.0000"}}}, {average}).value()[0][0];
    };
    CHECK(of("10", "3") == "3.3333");
    CHECK(of("20", "3") == "6.6667");
    CHECK(of("-20", "3") == "-6.6667");
    CHECK(of("1", "20000") == "0.0001");
    CHECK(of("1", "20001") == "0.0000");
    CHECK(of("-1", "20000") == "-0.0001");
    CHECK(of("-1", "20001") == "0.0000");
    CHECK(of("6", "3") == "2.0000");
}

TEST_CASE("doubles add up as doubles, and a fixed number of decimals stays") {
    const std::vector<Column> columns = {
        column(ColumnType::kDouble, 31),
        column(ColumnType::kDouble, 2),
        column(ColumnType::kBigInt)};
    Aggregate average = aggregate(Kind::kAverage, 0, 0);
    average.count = 2;
    const auto result = total(
        columns,
        {{{"0.1", "1.15", "1"}}, {{"0.2", "2", "2"}}},
        {aggregate(Kind::kSum, 0, 0), aggregate(Kind::kSum, 1, 1), average}
    );
    CHECK(result.value() == Rows{{"0.30000000000000004", "3.15", "0.10000000000000002"}});
}

TEST_CASE("bit aggregates work on all 64 bits") {
    const std::vector<Column> columns = {unsigned_column()};
    const auto result = total(
        columns,
        {{{"18446744073709551615"}}, {{"9223372036854775809"}}, {{"3"}}},
        {aggregate(Kind::kBitAnd, 0, 0),
         aggregate(Kind::kBitOr, 0, 0),
         aggregate(Kind::kBitXor, 0, 0)}
    );
    CHECK(result.value() == Rows{{"1", "18446744073709551615", "9223372036854775805"}});
}

TEST_CASE("DISTINCT aggregates count tuples without a NULL once") {
    const std::vector<Column> columns = {
        column(ColumnType::kInt), column(ColumnType::kDecimal, 1), column(ColumnType::kDecimal, 5)};
    Aggregate tuples = aggregate(Kind::kCountDistinct, 0, 0);
    tuples.distinct = {key(0), key(1)};
    const auto result = total(
        columns,
        {{{"1", "1.0", "0"}, {"1", "2.0", "0"}, {std::nullopt, "3.0", "0"}},
         {{"1", "1.0", "0"}, {"2", std::nullopt, "0"}, {"2", "2.0", "0"}}},
        {distinct(Kind::kCountDistinct, 0, 0),
         tuples,
         distinct(Kind::kSumDistinct, 1, 1),
         distinct(Kind::kAverageDistinct, 1, 2)}
    );
    CHECK(result.value() == Rows{{"2", "3", "6.0", "2.00000"}});
}

TEST_CASE("minimum and maximum compare as told and keep the text") {
    const std::vector<Column> columns = {
        column(ColumnType::kVarchar), column(ColumnType::kVarchar), column(ColumnType::kTime)};
    Aggregate least = aggregate(Kind::kMin, 0, 0);
    least.comparison.text = merge::Comparison::Text::kWeight;
    least.comparison.weight = 1;
    Aggregate most = least;
    most.kind = Kind::kMax;
    const auto result = total(
        columns,
        {{{"b", "B", "99:00:00"}, {"A", "A", "-01:00:00"}}, {{"C", "C", "100:00:00"}}},
        {least, most, aggregate(Kind::kMin, 2, 2), aggregate(Kind::kMax, 2, 2)}
    );
    CHECK(result.value() == Rows{{"A", "C", "-01:00:00", "100:00:00"}});
}

TEST_CASE("groups are bounded by number and by bytes") {
    MergeSpec spec;
    spec.aggregate =
        merge::AggregateSpec{.keys = {key(0)}, .aggregates = {aggregate(Kind::kFirst, 0, 0)}};
    const std::vector<Rows> shards = {{{"1"}, {"2"}}, {{"3"}}};
    const std::vector<Column> columns = {column(ColumnType::kInt)};
    auto result = merged(columns, shards, spec, {}, {.groups_max = 3});
    CHECK(result.ok());
    result = merged(columns, shards, spec, {}, {.groups_max = 2});
    REQUIRE_FALSE(result.ok());
    CHECK(error_number(result.status()) == errors::kGroupsMax.number);
    result = merged(columns, shards, spec, {}, {.bytes_max = 100});
    REQUIRE_FALSE(result.ok());
    CHECK(error_number(result.status()) == errors::kBytesMax.number);
}

TEST_CASE("negative and positive zero are one group") {
    MergeSpec spec;
    spec.aggregate =
        merge::AggregateSpec{.keys = {key(0)}, .aggregates = {aggregate(Kind::kCount, 1, 1)}};
    const std::vector<Column> columns = {
        column(ColumnType::kDouble, 31), column(ColumnType::kBigInt)};
    CHECK(merged(columns, {{{"-0", "1"}}, {{"0", "2"}}}, spec).value() == Rows{{"3"}});
}

TEST_CASE("the answer's columns are described as the reply describes theirs") {
    std::vector<Column> columns = kPartial;
    columns[5].name = "AVG(price)";
    std::vector<std::unique_ptr<RowStream>> streams;
    streams.push_back(std::make_unique<ListStream>(columns, Rows{}, 1));
    Aggregate average = aggregate(Kind::kAverage, 2, 5);
    average.count = 1;
    MergeSpec spec;
    spec.aggregate =
        merge::AggregateSpec{.keys = {}, .aggregates = {aggregate(Kind::kCount, 1, 1), average}};
    spec.output = {{.column = 1, .scalar = std::nullopt}, {.column = 0, .scalar = std::nullopt}};
    const auto stream = merge::merge(std::move(streams), spec, {}, {}).value();
    REQUIRE(stream->columns().size() == 2);
    CHECK(stream->columns()[0] == columns[5]);
    CHECK(stream->columns()[1] == columns[1]);
}

TEST_CASE("what cannot be added up exactly is refused") {
    const std::vector<Column> columns = {
        column(ColumnType::kVarchar), column(ColumnType::kFloat), column(ColumnType::kInt)};
    for (const std::size_t position : {0u, 1u}) {
        const auto result =
            total(columns, {{{"1", "1", "1"}}}, {aggregate(Kind::kSum, position, position)});
        REQUIRE_FALSE(result.ok());
        CHECK(error_number(result.status()) == errors::kMergeType.number);
    }
    const auto result = total(columns, {{{"1", "1", "x"}}}, {aggregate(Kind::kSum, 2, 2)});
    REQUIRE_FALSE(result.ok());
    CHECK(error_number(result.status()) == errors::kMergeType.number);
}
