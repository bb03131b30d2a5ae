// Numbers merged here are what the server itself computes of all the rows.
#include "merge/merge.h"
#include "merge/number.h"
#include "support/test_servers.h"

#include <absl/strings/str_format.h>
#include <catch2/catch.hpp>

#include <charconv>
#include <cmath>
#include <cstdlib>
#include <cstring>
#include <random>

using namespace mosaic;
using namespace mosaic::test;
using merge::Aggregate;
using merge::MergeSpec;
using merge::Scalar;

namespace {

constexpr int kShards = 5;
constexpr int kRows = 4000;
constexpr int kGroups = 300;

// An answer as it came: its columns, and one batch of all its rows.
struct Answer {
    std::vector<Column> columns;
    Batch rows;
};

class AnswerStream final : public RowStream {
public:
    explicit AnswerStream(Answer answer) : answer_(std::move(answer)) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return answer_.columns; }

    absl::StatusOr<bool> next(Batch& out) override {
        out.clear(answer_.columns.size());
        std::swap(out, answer_.rows);
        return !out.empty();
    }

private:
    Answer answer_;
};

class Server {
public:
    Server() : servers_(1), driver_(driver::make_driver("mariadb")) {
        connection_ = must(driver_->connect(servers_.options(0)));
        must(run(*connection_, "CREATE DATABASE numbers"));
    }

    void execute(const std::string& sql) { must(run(*connection_, sql, "numbers")); }

    Answer ask(const std::string& sql) {
        must(connection_->send({.text = sql, .schema = "numbers"}, driver::Overlap::kAlone));
        Answer answer;
        answer.columns = must(connection_->receive()).columns;
        answer.rows.clear(answer.columns.size());
        Batch batch;
        while (must(connection_->fetch(batch)))
            for (std::size_t row = 0; row < batch.row_count(); ++row)
                answer.rows.append_row(batch, row);
        static_cast<void>(must(connection_->next_result()));
        return answer;
    }

    // `select` with %s for the table, asked of each shard's table and merged.
    Answer ask_shards(const std::string& select, const MergeSpec& spec) {
        std::vector<std::unique_ptr<RowStream>> streams;
        for (int shard = 0; shard < kShards; ++shard) {
            std::string sql = select;
            sql.replace(sql.find("%s"), 2, absl::StrFormat("t%d", shard));
            streams.push_back(std::make_unique<AnswerStream>(ask(sql)));
        }
        auto stream = must(merge::merge(std::move(streams), spec, {}, {}));
        Answer answer;
        answer.columns = stream->columns();
        answer.rows.clear(answer.columns.size());
        Batch batch;
        while (must(stream->next(batch)))
            for (std::size_t row = 0; row < batch.row_count(); ++row)
                answer.rows.append_row(batch, row);
        return answer;
    }

private:
    TestServers servers_;
    std::shared_ptr<driver::Driver> driver_;
    std::unique_ptr<driver::Connection> connection_;
};

std::uint64_t seed() {
    const char* given = std::getenv("MOSAIC_SEED");
    return given != nullptr ? std::strtoull(given, nullptr, 10) : std::random_device{}();
}

double random_double(std::mt19937_64& random) {
    double number = 0;
    do {
        const std::uint64_t bits = random();
        std::memcpy(&number, &bits, sizeof number);
    } while (!std::isnormal(number));
    return number;
}

// Doubles of the sizes around which servers change the form they print.
double moderate_double(std::mt19937_64& random) {
    const double digits = static_cast<double>(random() % 2'000'000'001) - 1e9;
    return digits * std::pow(10.0, static_cast<int>(random() % 40) - 28);
}

std::string row_of(std::mt19937_64& random, int id) {
    const auto small = [&](std::uint64_t below) { return static_cast<long>(random() % below); };
    const std::string number = random() % 9 == 0 ? "NULL" : std::to_string(small(2001) - 1000);
    return absl::StrFormat(
        "(%d,%d,%s,%d,%s,%d.%d,%.17e)",
        id,
        small(kGroups),
        number,
        random(),
        random() % 9 == 0 ? "NULL" : absl::StrFormat("%d.%02d", small(20001) - 10000, small(100)),
        small(1000) - 500,
        small(1'000'000),
        moderate_double(random)
    );
}

// `whole` has all the rows, t0 .. each of its own.
void fill(Server& server, std::mt19937_64& random) {
    const std::string columns =
        " (id INT PRIMARY KEY, g INT NOT NULL, i INT, u BIGINT UNSIGNED NOT NULL, d DECIMAL(10,2), "
        "w DECIMAL(30,10) NOT NULL, f DOUBLE NOT NULL)";
    std::vector<std::string> inserts(kShards);
    std::string whole;
    for (int id = 0; id < kRows; ++id) {
        const std::string row = row_of(random, id);
        whole += (whole.empty() ? "" : ",") + row;
        std::string& insert = inserts[random() % (kShards - 1)];  // the last one stays empty
        insert += (insert.empty() ? "" : ",") + row;
    }
    server.execute("CREATE TABLE whole" + columns);
    server.execute("INSERT INTO whole VALUES " + whole);
    for (int shard = 0; shard < kShards; ++shard) {
        server.execute(absl::StrFormat("CREATE TABLE t%d%s", shard, columns));
        if (!inserts[static_cast<std::size_t>(shard)].empty())
            server.execute(absl::StrFormat(
                "INSERT INTO t%d VALUES %s", shard, inserts[static_cast<std::size_t>(shard)]
            ));
    }
}

Aggregate aggregate(Aggregate::Kind kind, std::size_t column, std::size_t type_of) {
    Aggregate made;
    made.kind = kind;
    made.column = column;
    made.type_of = type_of;
    return made;
}

Aggregate average(std::size_t sum, std::size_t count, std::size_t type_of) {
    Aggregate made = aggregate(Aggregate::Kind::kAverage, sum, type_of);
    made.count = count;
    return made;
}

merge::SortSpec by_first() {
    return {{.column = 0, .is_descending = false, .comparison = {}}};
}

std::string text_of(const Batch& batch, std::size_t row, std::size_t column) {
    const auto cell = batch.cell(row, column);
    return cell ? std::string(*cell) : "NULL";
}

// Equal in every text, type and scale.
void check_equal(const Answer& merged, const Answer& whole) {
    REQUIRE(merged.columns.size() == whole.columns.size());
    REQUIRE(merged.rows.row_count() == whole.rows.row_count());
    for (std::size_t c = 0; c < whole.columns.size(); ++c) {
        INFO(whole.columns[c].name);
        CHECK(merged.columns[c].type == whole.columns[c].type);
        CHECK(merged.columns[c].decimals == whole.columns[c].decimals);
        CHECK(merged.columns[c].is_unsigned == whole.columns[c].is_unsigned);
        for (std::size_t row = 0; row < whole.rows.row_count(); ++row) {
            INFO("row " << row);
            REQUIRE(text_of(merged.rows, row, c) == text_of(whole.rows, row, c));
        }
    }
}

Scalar column(std::size_t position) {
    Scalar made;
    made.op = Scalar::Op::kColumn;
    made.column = position;
    return made;
}

Scalar of(Scalar::Op op, Scalar left, Scalar right) {
    Scalar made;
    made.op = op;
    made.args = {std::move(left), std::move(right)};
    return made;
}

Scalar literal(Value value) {
    Scalar made;
    made.value = std::move(value);
    return made;
}

}  // namespace

TEST_CASE("merged numbers equal the server's own", "[numbers]") {
    const std::uint64_t with_seed = seed();
    INFO("MOSAIC_SEED=" << with_seed);
    std::mt19937_64 random(with_seed);
    Server server;
    fill(server, random);
    using Kind = Aggregate::Kind;

    SECTION("counts, sums, extremes and averages of exact numbers") {
        for (const bool is_sorted : {true, false}) {
            MergeSpec spec;
            if (is_sorted)
                spec.sorted_by = by_first();
            else
                spec.sort = by_first();
            spec.aggregate = merge::AggregateSpec{
                .keys = {{.column = 0, .comparison = {}}},
                .aggregates = {
                    aggregate(Kind::kFirst, 0, 0),
                    aggregate(Kind::kCount, 1, 1),
                    aggregate(Kind::kSum, 2, 2),
                    average(2, 1, 3),
                    aggregate(Kind::kSum, 4, 4),
                    average(4, 5, 6),
                    aggregate(Kind::kSum, 7, 7),
                    average(7, 8, 9),
                    aggregate(Kind::kMin, 10, 10),
                    aggregate(Kind::kMax, 11, 11),
                    average(12, 8, 13),
                    aggregate(Kind::kBitAnd, 14, 14),
                    aggregate(Kind::kBitOr, 15, 15),
                    aggregate(Kind::kBitXor, 16, 16)}};
            const Answer merged = server.ask_shards(
                "SELECT g, COUNT(i), SUM(i), AVG(i), SUM(d), COUNT(d), AVG(d), SUM(u), COUNT(*), "
                "AVG(u), MIN(d), MAX(u), SUM(w), AVG(w), BIT_AND(u), BIT_OR(u), BIT_XOR(u) FROM %s "
                "GROUP BY g ORDER BY g",
                spec
            );
            const Answer whole = server.ask(
                "SELECT g, COUNT(i), SUM(i), AVG(i), SUM(d), AVG(d), SUM(u), AVG(u), MIN(d), "
                "MAX(u), AVG(w), BIT_AND(u), BIT_OR(u), BIT_XOR(u) FROM whole GROUP BY g ORDER BY g"
            );
            check_equal(merged, whole);
        }
    }

    SECTION("expressions over sums") {
        MergeSpec spec;
        spec.sorted_by = by_first();
        spec.aggregate = merge::AggregateSpec{
            .keys = {{.column = 0, .comparison = {}}},
            .aggregates = {
                aggregate(Kind::kFirst, 0, 0),
                aggregate(Kind::kSum, 1, 1),
                aggregate(Kind::kSum, 2, 2),
                aggregate(Kind::kCount, 3, 3),
                aggregate(Kind::kFirst, 4, 4),
                aggregate(Kind::kFirst, 5, 5),
                aggregate(Kind::kFirst, 6, 6),
                aggregate(Kind::kFirst, 7, 7),
                aggregate(Kind::kFirst, 8, 8),
                aggregate(Kind::kFirst, 9, 9)}};
        using Op = Scalar::Op;
        spec.output = {
            {.column = 4, .scalar = of(Op::kDivide, column(1), column(3))},
            {.column = 5, .scalar = of(Op::kDivide, column(2), column(1))},
            {.column = 6, .scalar = of(Op::kIntegerDivide, column(2), literal(7))},
            {.column = 7, .scalar = of(Op::kModulo, column(3), literal(7))},
            {.column = 8,
             .scalar = of(Op::kSubtract, of(Op::kMultiply, column(2), column(3)), column(1))},
            {.column = 9, .scalar = of(Op::kCoalesce, column(2), literal(0))}};
        const std::string expressions =
            "SUM(i) / COUNT(*), SUM(d) / SUM(i), SUM(d) DIV 7, COUNT(*) % 7, "
            "SUM(d) * COUNT(*) - SUM(i), COALESCE(SUM(d), 0)";
        const Answer merged = server.ask_shards(
            "SELECT g, SUM(i), SUM(d), COUNT(*), " + expressions + " FROM %s GROUP BY g ORDER BY g",
            spec
        );
        check_equal(
            merged, server.ask("SELECT " + expressions + " FROM whole GROUP BY g ORDER BY g")
        );
    }

    SECTION("the groups that HAVING keeps by an average that is not exact") {
        MergeSpec spec;
        spec.sorted_by = by_first();
        spec.aggregate = merge::AggregateSpec{
            .keys = {{.column = 0, .comparison = {}}},
            .aggregates = {aggregate(Kind::kFirst, 0, 0), average(1, 2, 3)}};
        spec.having = of(Scalar::Op::kGreater, column(1), literal(Value::decimal("12.34567895")));
        const Answer merged = server.ask_shards(
            "SELECT g, SUM(d), COUNT(d), AVG(d) FROM %s GROUP BY g ORDER BY g", spec
        );
        check_equal(
            merged,
            server.ask(
                "SELECT g, AVG(d) FROM whole GROUP BY g HAVING AVG(d) > 12.34567895 ORDER BY g"
            )
        );
    }

    SECTION("DISTINCT aggregates") {
        MergeSpec spec;
        Aggregate count = aggregate(Kind::kCountDistinct, 1, 2);
        Aggregate sum = aggregate(Kind::kSumDistinct, 1, 3);
        Aggregate mean = aggregate(Kind::kAverageDistinct, 1, 4);
        count.distinct = sum.distinct = mean.distinct = {{.column = 1, .comparison = {}}};
        spec.aggregate = merge::AggregateSpec{
            .keys = {{.column = 0, .comparison = {}}},
            .aggregates = {aggregate(Kind::kFirst, 0, 0), count, sum, mean}};
        spec.sort = by_first();
        const Answer merged = server.ask_shards(
            "SELECT g, i, COUNT(DISTINCT i), SUM(DISTINCT i), AVG(DISTINCT i) FROM %s GROUP BY g, "
            "i",
            spec
        );
        check_equal(
            merged,
            server.ask(
                "SELECT g, COUNT(DISTINCT i), SUM(DISTINCT i), AVG(DISTINCT i) FROM whole GROUP BY "
                "g ORDER BY g"
            )
        );
    }

    SECTION("rows merged in the server's order of numbers, with a limit") {
        for (const char* key : {"i", "u", "d", "w", "f"}) {
            for (const bool is_descending : {false, true}) {
                MergeSpec spec;
                spec.sorted_by = {
                    {.column = 1, .is_descending = is_descending, .comparison = {}},
                    {.column = 0, .is_descending = false, .comparison = {}}};
                spec.offset.value = 100;
                spec.limit = merge::Count{.value = 2500, .parameter = std::nullopt};
                const std::string order = absl::StrFormat(
                    " ORDER BY %s %s, id LIMIT ", key, is_descending ? "DESC" : "ASC"
                );
                const std::string select = absl::StrFormat("SELECT id, %s FROM ", key);
                const Answer merged = server.ask_shards(select + "%s" + order + "2600", spec);
                check_equal(merged, server.ask(select + "whole" + order + "100, 2500"));
            }
        }
    }

    SECTION("sums of doubles, within what the order of additions changes") {
        MergeSpec spec;
        spec.sorted_by = by_first();
        spec.aggregate = merge::AggregateSpec{
            .keys = {{.column = 0, .comparison = {}}},
            .aggregates = {aggregate(Kind::kSum, 1, 1), average(1, 2, 3)}};
        const Answer merged = server.ask_shards(
            "SELECT g, SUM(ABS(f)), COUNT(f), AVG(ABS(f)) FROM %s GROUP BY g ORDER BY g", spec
        );
        const Answer whole =
            server.ask("SELECT SUM(ABS(f)), AVG(ABS(f)) FROM whole GROUP BY g ORDER BY g");
        REQUIRE(merged.rows.row_count() == whole.rows.row_count());
        for (std::size_t row = 0; row < whole.rows.row_count(); ++row)
            for (std::size_t c = 0; c < 2; ++c) {
                const double ours = std::stod(text_of(merged.rows, row, c));
                const double theirs = std::stod(text_of(whole.rows, row, c));
                CHECK(std::fabs(ours - theirs) <= 1e-12 * std::fabs(theirs));
            }
    }
}

TEST_CASE("doubles print as the server prints them", "[numbers]") {
    const std::uint64_t with_seed = seed();
    INFO("MOSAIC_SEED=" << with_seed);
    std::mt19937_64 random(with_seed);
    Server server;
    server.execute("CREATE TABLE doubles (id INT PRIMARY KEY, f DOUBLE)");
    std::vector<double> numbers = {
        0.0, 1e14, 1e15, 1e-15, 1e-16, 123456789012345.6, 99999999999999.9};
    for (int i = 0; i < 2000; ++i) {
        numbers.push_back(random_double(random));
        numbers.push_back(moderate_double(random));
    }
    std::string values;
    for (std::size_t i = 0; i < numbers.size(); ++i)
        values += absl::StrFormat("%s(%d,%.17e)", i == 0 ? "" : ",", i, numbers[i]);
    server.execute("INSERT INTO doubles VALUES " + values);

    const Answer printed = server.ask("SELECT f FROM doubles ORDER BY id");

    REQUIRE(printed.rows.row_count() == numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i)
        REQUIRE(
            merge::print_double(numbers[i], printed.columns[0].decimals) ==
            text_of(printed.rows, i, 0)
        );
}
