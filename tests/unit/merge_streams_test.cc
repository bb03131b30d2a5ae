// Sorted merge, distinct, sort, limit, and how keys compare.
#include "base/status.h"
#include "merge/key_encoder.h"
#include "merge/number.h"
#include "unit/merge_fixture.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

using namespace mosaic;
using namespace mosaic::test;
using merge::Comparison;
using merge::MergeSpec;
using Text = Comparison::Text;

namespace {

Comparison compared(Text text) {
    Comparison made;
    made.text = text;
    return made;
}

merge::SortKey by(std::size_t position, Text text = Text::kNone, bool is_descending = false) {
    return {.column = position, .is_descending = is_descending, .comparison = compared(text)};
}

merge::GroupKey group_by(std::size_t position, Text text = Text::kNone) {
    return {.column = position, .comparison = compared(text)};
}

std::string key_of(const Column& type, const Comparison& comparison, const Row& row) {
    Batch batch;
    batch.clear(row.size());
    for (const auto& cell : row) {
        if (cell)
            batch.append(*cell);
        else
            batch.append_null();
    }
    const std::vector<Column> columns(row.size(), type);
    const merge::SortKey key{.column = 0, .is_descending = false, .comparison = comparison};
    const auto encoder = merge::KeyEncoder::make(std::span(&key, 1), columns);
    if (!encoder.ok())
        throw std::runtime_error(std::string(message_of(encoder.status())));
    std::string out;
    const absl::Status status = encoder->append(out, batch, 0);
    if (!status.ok())
        throw std::runtime_error(std::string(message_of(status)));
    return out;
}

// Each value is less than the next.
void check_ascending(
    const Column& type, const std::vector<std::string>& cells, const Comparison& how = {}
) {
    for (std::size_t i = 0; i + 1 < cells.size(); ++i) {
        INFO(cells[i] << " < " << cells[i + 1]);
        CHECK(key_of(type, how, {std::nullopt}) < key_of(type, how, {cells[i]}));
        CHECK(key_of(type, how, {cells[i]}) < key_of(type, how, {cells[i + 1]}));
    }
}

void check_equal(
    const Column& type, const std::vector<std::string>& cells, const Comparison& how = {}
) {
    for (const std::string& cell : cells) {
        INFO(cells[0] << " = " << cell);
        CHECK(key_of(type, how, {cells[0]}) == key_of(type, how, {cell}));
    }
}

std::uint16_t error_number(const absl::Status& status) {
    return error_detail(status).value().id.number;
}

std::string bytes(std::initializer_list<int> list) {
    std::string out;
    for (const int byte : list) out.push_back(static_cast<char>(byte));
    return out;
}

// Rows of (number or NULL, text) in the order of the spec of sorted_rows().
Rows random_rows(Rng& rng, std::size_t count) {
    Rows rows;
    for (std::size_t i = 0; i < count; ++i) {
        const auto number = static_cast<int>(rng.below(9)) - 4;
        std::string text(rng.below(3), 'a');
        for (char& c : text) c = static_cast<char>('a' + rng.below(2));
        rows.push_back(
            {rng.below(6) == 0 ? std::nullopt : std::optional(std::to_string(number)), text}
        );
    }
    return rows;
}

bool is_less(const Row& a, const Row& b) {  // number ascending, NULL first; then text descending
    if (a[0] != b[0]) {
        if (!a[0] || !b[0])
            return !a[0];
        return std::stoi(*a[0]) < std::stoi(*b[0]);
    }
    return *a[1] > *b[1];
}

const std::vector<Column> kColumns = {column(ColumnType::kInt), column(ColumnType::kVarchar)};

}  // namespace

TEST_CASE("numbers sort by value, whatever their text") {
    check_ascending(
        column(ColumnType::kBigInt),
        {"-9223372036854775808", "-10", "-9", "0", "9", "10", "9223372036854775807"}
    );
    check_ascending(
        unsigned_column(), {"0", "9", "10", "9223372036854775808", "18446744073709551615"}
    );
    check_ascending(
        column(ColumnType::kDecimal, 3),
        {"-100.000",
         "-99.999",
         "-9.990",
         "-0.002",
         "-0.001",
         "0.000",
         "0.001",
         "0.010",
         "9.990",
         "10.000",
         "100.000",
         "100.001"}
    );
    check_equal(column(ColumnType::kDecimal, 2), {"0.00", "-0.00", "0", "0.0"});
    check_equal(column(ColumnType::kDecimal, 2), {"1.50", "1.5", "01.50"});
    check_ascending(
        column(ColumnType::kDouble, 31),
        {"-1.7976931348623157e308", "-1e20", "-1.5", "-1e-300", "0", "1e-300", "0.1", "1e20"}
    );
    check_equal(column(ColumnType::kDouble, 31), {"0", "-0", "0.0"});
    check_ascending(column(ColumnType::kYear), {"1901", "2155"});
}

TEST_CASE("times sort as signed durations, dates by their text, bits as numbers") {
    check_ascending(
        column(ColumnType::kTime, 1),
        {"-838:59:59.0",
         "-01:00:00.5",
         "-01:00:00.0",
         "-00:00:01.0",
         "00:00:00.0",
         "99:00:00.0",
         "100:00:00.0"}
    );
    check_ascending(
        column(ColumnType::kDatetime),
        {"0000-00-00 00:00:00", "1999-12-31 23:59:59", "2000-01-01 00:00:00"}
    );
    check_ascending(column(ColumnType::kBit), {bytes({0, 1}), bytes({0, 255}), bytes({1, 0})});
}

TEST_CASE("text sorts as its comparison says") {
    const Column text = column(ColumnType::kVarchar);
    check_ascending(
        text,
        {"", bytes({0}), bytes({0, 0}), bytes({0, 255}), bytes({1}), "a", "a\t", "a ", "ab", "b"},
        compared(Text::kBytes)
    );
    check_ascending(text, {"a\t", "a", "a!", "ab", "b"}, compared(Text::kBytesPadded));
    check_equal(text, {"a", "a ", "a   "}, compared(Text::kBytesPadded));
    check_equal(text, {"", " "}, compared(Text::kBytesPadded));
    CHECK(
        key_of(text, compared(Text::kBytesPadded), {"\t"}) <
        key_of(text, compared(Text::kBytesPadded), {""})
    );
}

TEST_CASE("text sorts by its weight, the shorter one going on with that of a blank") {
    const Column text = column(ColumnType::kVarchar);
    Comparison weight = compared(Text::kWeight);
    weight.weight = 1;
    CHECK(key_of(text, weight, {"a", "A"}) == key_of(text, weight, {"A", "A"}));
    CHECK(key_of(text, weight, {"b", "A"}) < key_of(text, weight, {"a", "B"}));
    CHECK(key_of(text, weight, {std::nullopt, std::nullopt}) < key_of(text, weight, {"", ""}));

    Comparison padded = compared(Text::kWeightPadded);
    padded.weight = 1;
    padded.space_weight = bytes({2, 9});
    const std::string a = bytes({14, 51});
    const std::string blank = bytes({2, 9});
    const std::string tab = bytes({2, 1});
    CHECK(key_of(text, padded, {"a", a}) == key_of(text, padded, {"a ", a + blank}));
    CHECK(key_of(text, padded, {"a\t", a + tab}) < key_of(text, padded, {"a", a}));
    CHECK(key_of(text, padded, {"a", a}) < key_of(text, padded, {"aa", a + a}));
    CHECK_THROWS(key_of(text, padded, {"a", std::nullopt}));
    CHECK_THROWS(key_of(text, padded, {"a", "abc"}));
}

TEST_CASE("padded texts compare as if both were filled up") {
    Rng rng;
    INFO("MOSAIC_SEED=" << rng.seed());
    const Column text = column(ColumnType::kVarchar);
    const std::string letters = bytes({'\t', ' ', ' ', 'a', 0, 255});
    for (int round = 0; round < 3000; ++round) {
        std::string a;
        std::string b;
        for (auto left = rng.below(5); left > 0; --left) a += letters[rng.below(letters.size())];
        for (auto left = rng.below(5); left > 0; --left) b += letters[rng.below(letters.size())];
        std::string full_a = a;
        std::string full_b = b;
        full_a.resize(6, ' ');
        full_b.resize(6, ' ');
        const std::string key_a = key_of(text, compared(Text::kBytesPadded), {a});
        const std::string key_b = key_of(text, compared(Text::kBytesPadded), {b});
        REQUIRE((key_a < key_b) == (full_a < full_b));
        REQUIRE((key_a == key_b) == (full_a == full_b));
    }
}

TEST_CASE("merging any split of a sorted list gives the list") {
    Rng rng;
    INFO("MOSAIC_SEED=" << rng.seed());
    MergeSpec spec;
    spec.sorted_by = {by(0), by(1, Text::kBytes, true)};
    for (int round = 0; round < 300; ++round) {
        Rows rows = random_rows(rng, rng.below(60));
        std::stable_sort(rows.begin(), rows.end(), is_less);
        const auto shards = rng.split(rows, 1 + rng.below(9));
        const auto result = merged(kColumns, shards, spec, {}, {}, 1 + rng.below(7));
        REQUIRE(result.ok());
        REQUIRE(*result == rows);
    }
}

TEST_CASE("ties keep the order of the shards") {
    MergeSpec spec;
    spec.sorted_by = {by(0)};
    const auto result =
        merged(kColumns, {{{"1", "a"}, {"2", "b"}}, {{"1", "c"}, {"1", "d"}}, {{"1", "e"}}}, spec);
    REQUIRE(result.ok());
    CHECK(*result == Rows{{"1", "a"}, {"1", "c"}, {"1", "d"}, {"1", "e"}, {"2", "b"}});
}

TEST_CASE("a stream out of order is an error, within a batch and between two") {
    MergeSpec spec;
    spec.sorted_by = {by(0)};
    for (const std::size_t batch_rows : {1u, 3u}) {
        const auto result =
            merged(kColumns, {{{"1", "a"}}, {{"3", "b"}, {"2", "c"}}}, spec, {}, {}, batch_rows);
        REQUIRE_FALSE(result.ok());
        CHECK(error_number(result.status()) == errors::kStreamUnsorted.number);
    }
}

TEST_CASE("a key that is sorted by its beginning ties beyond it, and groups by all of it") {
    MergeSpec spec;
    spec.sorted_by = {by(1, Text::kBytes)};
    spec.sorted_by[0].comparison.prefix_max = 2;
    const std::vector<Rows> shards = {{{"1", "aab"}, {"1", "aaa"}}, {{"1", "aab"}}};
    CHECK(merged(kColumns, shards, spec).value().size() == 3);
    spec.distinct = {{.column = 1, .comparison = spec.sorted_by[0].comparison}};
    CHECK(merged(kColumns, shards, spec).value() == Rows{{"1", "aab"}, {"1", "aaa"}});
}

TEST_CASE("sorting in memory equals sorting, and is bounded") {
    Rng rng;
    INFO("MOSAIC_SEED=" << rng.seed());
    MergeSpec spec;
    spec.sort = {by(0), by(1, Text::kBytes, true)};
    Rows rows = random_rows(rng, 3000);
    auto result = merged(kColumns, {rows}, spec, {}, {}, 100);
    std::stable_sort(rows.begin(), rows.end(), is_less);
    REQUIRE(result.ok());
    CHECK((*result == rows));

    result = merged(kColumns, {rows}, spec, {}, {.bytes_max = 1000, .groups_max = 10});
    REQUIRE_FALSE(result.ok());
    CHECK(error_number(result.status()) == errors::kBytesMax.number);
}

TEST_CASE("distinct keeps the first of equal rows, sorted or not") {
    Rng rng;
    INFO("MOSAIC_SEED=" << rng.seed());
    for (int round = 0; round < 100; ++round) {
        Rows rows = random_rows(rng, rng.below(80));
        MergeSpec spec;
        spec.distinct = {group_by(1, Text::kBytes), group_by(0)};
        auto result = merged(kColumns, rng.split(rows, 1 + rng.below(4)), spec);
        REQUIRE(result.ok());
        const std::set<Row> wanted(rows.begin(), rows.end());
        CHECK(result->size() == wanted.size());
        CHECK(std::set<Row>(result->begin(), result->end()) == wanted);

        std::stable_sort(rows.begin(), rows.end(), is_less);
        spec.sorted_by = {by(0), by(1, Text::kBytes, true)};
        // Sorted, it holds one row: no bound is met.
        result = merged(kColumns, rng.split(rows, 3), spec, {}, {.bytes_max = 1, .groups_max = 0});
        REQUIRE(result.ok());
        rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
        CHECK(*result == rows);
    }
    MergeSpec spec;
    spec.distinct = {group_by(0)};
    const auto result =
        merged(kColumns, {{{"1", "a"}, {"1", "b"}, {"2", "c"}}}, spec, {}, {.groups_max = 1});
    REQUIRE_FALSE(result.ok());
    CHECK(error_number(result.status()) == errors::kGroupsMax.number);
}

TEST_CASE("limit and offset give that part of the list") {
    Rng rng;
    INFO("MOSAIC_SEED=" << rng.seed());
    for (int round = 0; round < 300; ++round) {
        Rows rows = random_rows(rng, rng.below(40));
        std::stable_sort(rows.begin(), rows.end(), is_less);
        MergeSpec spec;
        spec.sorted_by = {by(0), by(1, Text::kBytes, true)};
        spec.offset.value = rng.below(45);
        const std::uint64_t limit = rng.below(8) == 0 ? UINT64_MAX : rng.below(20);
        spec.limit = merge::Count{.value = 0, .parameter = std::uint16_t{1}};
        const auto result = merged(kColumns, rng.split(rows, 4), spec, {Value("x"), Value(limit)});
        REQUIRE(result.ok());
        const std::size_t begin = std::min<std::size_t>(spec.offset.value, rows.size());
        const std::size_t count = std::min<std::size_t>(limit, rows.size() - begin);
        const auto first = rows.begin() + static_cast<std::ptrdiff_t>(begin);
        CHECK(*result == Rows(first, first + static_cast<std::ptrdiff_t>(count)));
    }
    MergeSpec spec;
    spec.limit = merge::Count{.value = 0, .parameter = std::uint16_t{0}};
    for (const Value& bad : {Value(-1), Value("3"), Value(), Value(1.0)}) {
        const auto result = merged(kColumns, {{{"1", "a"}}}, spec, {bad});
        REQUIRE_FALSE(result.ok());
        CHECK(error_number(result.status()) == errors::kLimitInvalid.number);
    }
}

TEST_CASE("a satisfied limit asks the shards for nothing more") {
    for (const std::uint64_t limit : {0u, 1u, 2u}) {
        std::vector<std::unique_ptr<RowStream>> streams;
        int asked[2] = {0, 0};
        streams.push_back(std::make_unique<ListStream>(
            kColumns, Rows{{"1", "a"}, {"2", "b"}, {"5", "c"}, {"6", "d"}}, 2, &asked[0]
        ));
        streams.push_back(
            std::make_unique<ListStream>(kColumns, Rows{{"3", "e"}, {"4", "f"}}, 2, &asked[1])
        );
        MergeSpec spec;
        spec.sorted_by = {by(0)};
        spec.limit = merge::Count{.value = limit, .parameter = std::nullopt};
        spec.output = {{.column = 1, .scalar = std::nullopt}};
        auto stream = merge::merge(std::move(streams), spec, {}, {}).value();
        REQUIRE(stream->columns().size() == 1);
        CHECK(stream->columns()[0].type == ColumnType::kVarchar);
        Batch batch;
        std::uint64_t rows = 0;
        while (stream->next(batch).value()) rows += batch.row_count();
        CHECK(rows == limit);
        CHECK(asked[0] == (limit == 0 ? 0 : 1));
        CHECK(asked[1] == (limit == 0 ? 0 : 1));
        CHECK(stream->warning_count() == 2);
    }
}

TEST_CASE("what cannot be compared exactly is refused") {
    MergeSpec spec;
    spec.sorted_by = {by(0)};
    for (const ColumnType type :
         {ColumnType::kVarchar, ColumnType::kEnum, ColumnType::kFloat, ColumnType::kJson}) {
        const auto result = merged({column(type)}, {{{"1"}}}, spec);
        REQUIRE_FALSE(result.ok());
        CHECK(error_number(result.status()) == errors::kMergeType.number);
    }
    Column binary = column(ColumnType::kVarchar);
    binary.is_binary = true;
    CHECK(merged({binary}, {{{"b"}}, {{"a"}}}, spec).value() == Rows{{"a"}, {"b"}});
    const auto result = merged({column(ColumnType::kInt)}, {{{"1x"}}}, spec);
    REQUIRE_FALSE(result.ok());
    CHECK(error_number(result.status()) == errors::kMergeType.number);
}

TEST_CASE("shards that describe a column differently are refused") {
    std::vector<std::unique_ptr<RowStream>> streams;
    streams.push_back(std::make_unique<ListStream>(std::vector{column(ColumnType::kInt)}, Rows{}, 1)
    );
    streams.push_back(
        std::make_unique<ListStream>(std::vector{column(ColumnType::kVarchar)}, Rows{}, 1)
    );
    const auto result = merge::merge(std::move(streams), MergeSpec(), {}, {});
    REQUIRE_FALSE(result.ok());
    CHECK(error_number(result.status()) == errors::kMergeType.number);
}

TEST_CASE("doubles print as servers print them") {
    const std::pair<double, const char*> cases[] = {
        {1e20, "1e20"},
        {0.1, "0.1"},
        {1.5e-7, "0.00000015"},
        {1e14, "100000000000000"},
        {1e15, "1e15"},
        {123456789e7, "1.23456789e15"},
        {1802310279623633.2, "1802310279623633.2"},
        {1802310279623633.0, "1.802310279623633e15"},
        {1e-15, "0.000000000000001"},
        {1.5e-15, "0.0000000000000015"},
        {1e-16, "1e-16"},
        {-123456789012345678.0, "-1.2345678901234568e17"},
        {0.1 + 0.2, "0.30000000000000004"},
        {1.7976931348623157e308, "1.7976931348623157e308"},
        {2.2250738585072014e-308, "2.2250738585072014e-308"},
        {0, "0"}};
    for (const auto& [number, text] : cases) CHECK(merge::print_double(number, 31) == text);
    CHECK(merge::print_double(3.1, 2) == "3.10");
}
