#include "compare.h"

#include "base/status.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <utility>

namespace mosaic::oracle {
namespace {

using Difference = std::optional<std::string>;

constexpr double kRelativeError = 1e-12;
constexpr int kNotFixedMin = 31;  // decimals of a number that has as many as it needs

/// `decimals`: how many are shown, where their number is fixed; the last one may be rounded otherwise.
bool are_near(const Cell& a, const Cell& b, int decimals) {
    if (a == b)
        return true;
    if (!a || !b)
        return false;
    const double x = std::strtod(a->c_str(), nullptr);
    const double y = std::strtod(b->c_str(), nullptr);
    const double rounding = decimals < kNotFixedMin ? 1.001 * std::pow(10.0, -decimals) : 0.0;
    return std::abs(x - y) <= kRelativeError * std::max(std::abs(x), std::abs(y)) + rounding;
}

/// Compares rows, cell for cell; in approximate columns numbers that are nearly equal.
class RowOrder {
public:
    RowOrder(const Case& of, const std::vector<Column>& columns)
        : approximate_(of.approximate), columns_(columns) {}

    [[nodiscard]] bool are_equal(const Row& a, const Row& b) const {
        if (a.size() != b.size())
            return false;
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (!are_equal(i, a[i], b[i]))
                return false;
        }
        return true;
    }

    [[nodiscard]] bool are_equal(std::size_t column, const Cell& a, const Cell& b) const {
        return is_approximate(column) ? are_near(a, b, decimals(column)) : a == b;
    }

    /// Exact columns first, so that nearly equal rows stand at equal places.
    [[nodiscard]] bool is_less(const Row& a, const Row& b) const {
        for (std::size_t i = 0; i < a.size(); ++i) {
            if (!is_approximate(i) && a[i] != b[i])
                return a[i] < b[i];
        }
        for (const std::size_t i : approximate_) {
            if (i < a.size() && number(a[i]) != number(b[i]))
                return number(a[i]) < number(b[i]);
        }
        return false;
    }

private:
    static double number(const Cell& cell) {
        return cell ? std::strtod(cell->c_str(), nullptr) : -HUGE_VAL;
    }

    [[nodiscard]] bool is_approximate(std::size_t column) const {
        return std::ranges::find(approximate_, column) != approximate_.end();
    }

    // One whole number is not another.
    [[nodiscard]] int decimals(std::size_t column) const {
        const int shown = column < columns_.size() ? columns_[column].decimals : 0;
        return shown == 0 ? kNotFixedMin : shown;
    }

    const std::vector<std::size_t>& approximate_;
    const std::vector<Column>& columns_;
};

Difference compare_errors(const Case& of, const Answer& expected, const Answer& actual) {
    if (expected.is_ok())
        return "an error instead of an answer";
    if (actual.is_ok())
        return "an answer instead of an error";
    const bool is_partial = of.may_be_partial && actual.detail.outcome == Outcome::kPartial;
    if (is_partial && (actual.detail.shards_done.empty() || actual.detail.shards_not_done.empty()))
        return "a partial write that does not list the shards on each side";
    if (actual.detail.mysql_errno != expected.detail.mysql_errno)
        return "another errno";
    if (actual.detail.sqlstate != expected.detail.sqlstate)
        return "another SQLSTATE";
    return std::nullopt;
}

bool is_text(ColumnType type) {
    return type == ColumnType::kChar || type == ColumnType::kVarchar || type == ColumnType::kText ||
           type == ColumnType::kEnum || type == ColumnType::kSet;
}

bool is_integer(ColumnType type) {
    return type == ColumnType::kTinyInt || type == ColumnType::kSmallInt ||
           type == ColumnType::kMediumInt || type == ColumnType::kInt ||
           type == ColumnType::kBigInt || type == ColumnType::kYear;
}

/// Where the server has put a computed value into a temporary table on its way, it says another of
/// the text types with other decimals, or another of the integer types.
bool are_types_fit(const Column& a, const Column& b, bool is_computed) {
    if (is_computed && is_text(a.type) && is_text(b.type))
        return true;
    const bool has_year = a.type == ColumnType::kYear || b.type == ColumnType::kYear;
    const bool are_integers = is_computed && is_integer(a.type) && is_integer(b.type);
    return (a.type == b.type || are_integers) && a.decimals == b.decimals &&
           (a.is_unsigned == b.is_unsigned || (are_integers && has_year));
}

Difference compare_columns(const Case& of, const Answer& expected, const Answer& actual) {
    if (expected.columns.size() != actual.columns.size())
        return "another number of columns";
    for (std::size_t i = 0; i < expected.columns.size(); ++i) {
        const Column& a = expected.columns[i];
        const Column& b = actual.columns[i];
        const bool is_computed = std::ranges::count(of.computed, i) > 0;
        if (a.name != b.name || !are_types_fit(a, b, is_computed) ||
            a.is_binary != b.is_binary)
            return absl::StrFormat(
                "column %d is [%s] instead of [%s]", i + 1, describe(b), describe(a)
            );
    }
    return std::nullopt;
}

void name_classes(std::vector<Row>& rows, std::size_t column, const Classes& classes) {
    for (Row& row : rows) {
        if (column < row.size() && row[column])
            row[column] = classes.at(*row[column]);
    }
}

void collect(const std::vector<Row>& rows, std::size_t column, std::set<std::string>& texts) {
    for (const Row& row : rows) {
        if (column < row.size() && row[column])
            texts.insert(*row[column]);
    }
}

Difference compare_order(
    const Case& of,
    const RowOrder& order,
    const std::vector<Row>& expected,
    const std::vector<Row>& actual
) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
        if (of.order.kind == Order::Kind::kExact && !order.are_equal(expected[i], actual[i]))
            return absl::StrFormat("row %d is another", i + 1);
        for (const std::size_t column : of.order.columns) {
            if (column >= expected[i].size())
                return "the case names an order column that is not there";
            if (!order.are_equal(column, expected[i][column], actual[i][column]))
                return absl::StrFormat("row %d is out of order", i + 1);
        }
    }
    return std::nullopt;
}

/// The first row of `part` that `whole` lacks.
Difference find_missing(const RowOrder& order, std::vector<Row> part, std::vector<Row> whole) {
    const auto is_less = [&](const Row& a, const Row& b) { return order.is_less(a, b); };
    std::ranges::sort(part, is_less);
    std::ranges::sort(whole, is_less);
    std::size_t at = 0;
    for (const Row& row : part) {
        while (at < whole.size() && !order.are_equal(row, whole[at])) ++at;
        if (at == whole.size())
            return "a row that should not be there: " + describe(row);
        ++at;
    }
    return std::nullopt;
}

/// Puts the names of their classes in the place of texts that are compared by weight. Names depend
/// on all the texts asked for at once.
void name_classes(
    const Case& of, std::vector<Row>& some, std::vector<Row>& others, const Questions& questions
) {
    for (const auto& [column, collation] : of.collations) {
        std::set<std::string> texts;
        collect(some, column, texts);
        collect(others, column, texts);
        const Classes classes = questions.classes(collation, texts);
        name_classes(some, column, classes);
        name_classes(others, column, classes);
    }
}

Difference compare_rows(
    const Case& of, const Answer& expected, const Answer& actual, const Questions& questions
) {
    if (expected.rows.size() != actual.rows.size())
        return absl::StrFormat("%d rows instead of %d", actual.rows.size(), expected.rows.size());
    const RowOrder by(of, expected.columns);
    std::vector<Row> wanted = expected.rows;
    std::vector<Row> found = actual.rows;
    name_classes(of, wanted, found, questions);
    if (Difference order = compare_order(of, by, wanted, found))
        return order;
    Difference missing = find_missing(by, found, wanted);
    if (!missing || of.order.kind == Order::Kind::kExact)
        return missing;
    // Ties under LIMIT: which of them stay is open, but each is a row of the whole answer.
    std::optional<Answer> whole = questions.without_limit();
    if (!whole)
        return missing;
    found = actual.rows;
    name_classes(of, found, whole->rows, questions);
    return find_missing(by, found, whole->rows);
}

/// A warning about the statement, not about a row, is one of each shard; a server that reads rows
/// by another index gives another number; and where LIMIT stops the shards early, theirs are never
/// heard.
bool are_warnings_fit(const Case& of, const Answer& expected, const Answer& actual) {
    if (expected.warnings == actual.warnings || !expected.has_rows)
        return expected.warnings == actual.warnings;
    return of.may_warn_otherwise || absl::StrContains(absl::AsciiStrToUpper(of.sql), "LIMIT") ||
           (expected.warnings > 0 && actual.warnings > 0);
}

}  // namespace

Difference difference(
    const Case& of, const Answer& expected, const Answer& actual, const Questions& questions
) {
    if (!expected.is_ok() || !actual.is_ok())
        return compare_errors(of, expected, actual);
    if (expected.has_rows != actual.has_rows)
        return actual.has_rows ? "rows instead of none" : "no rows instead of some";
    if (!are_warnings_fit(of, expected, actual))
        return absl::StrFormat("%d warnings instead of %d", actual.warnings, expected.warnings);
    if (!expected.has_rows) {
        if (of.is_cleanup || expected.affected_rows == actual.affected_rows)
            return std::nullopt;
        return absl::StrFormat(
            "%d rows affected instead of %d", actual.affected_rows, expected.affected_rows
        );
    }
    if (Difference found = compare_columns(of, expected, actual))
        return found;
    return compare_rows(of, expected, actual, questions);
}

}  // namespace mosaic::oracle
