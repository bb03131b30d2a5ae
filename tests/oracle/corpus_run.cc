#include "corpus_run.h"

#include "base/status.h"
#include "corpus_order.h"
#include "corpus_statement.h"
#include "support/test_servers.h"

#include <absl/strings/ascii.h>
#include <absl/strings/str_format.h>
#include <absl/strings/str_join.h>
#include <absl/strings/str_split.h>

#include <algorithm>
#include <fstream>
#include <iostream>
#include <utility>

namespace mosaic::oracle {
namespace {

constexpr std::size_t kRowsShown = 8;

constexpr std::string_view kUnknownTable = "MO-3101";

/// Only its letters' case tells answers apart that this calls equal.
constexpr std::string_view kFolding = "utf8mb4_general_ci";

bool is_text(const Column& column) {
    return !column.is_binary &&
           (column.type == ColumnType::kChar || column.type == ColumnType::kVarchar ||
            column.type == ColumnType::kText);
}

/// Mosaic itself would not. A table that it does not know has the server's errno for that.
bool is_refusal(const Answer& answer) {
    return answer.is_refusal() ||
           (!answer.is_ok() && answer.detail.id.to_string() == kUnknownTable);
}

/// Sorts the parts of lists that no ORDER BY sorts.
void sort_parts(Answer& answer, const std::map<std::size_t, std::string>& lists) {
    for (const auto& [column, separator] : lists) {
        for (Row& row : answer.rows) {
            if (column >= row.size() || !row[column])
                continue;
            std::vector<std::string> parts = absl::StrSplit(*row[column], separator);
            std::ranges::sort(parts);
            row[column] = absl::StrJoin(parts, separator);
        }
    }
}

bool is_real(const Column& column) {
    return column.type == ColumnType::kDouble || column.type == ColumnType::kFloat;
}

}  // namespace

FolderTally& FolderTally::operator+=(const FolderTally& other) {
    judged += other.judged;
    different += other.different;
    open += other.open;
    refused += other.refused;
    may_be_refused += other.may_be_refused;
    unanswered += other.unanswered;
    settings_refused += other.settings_refused;
    for (const auto& [id, times] : other.refusals) refusals[id] += times;
    for (const auto& [number, times] : other.errors) errors[number] += times;
    for (const auto& [number, times] : other.answered_anyway) answered_anyway[number] += times;
    return *this;
}

void FolderRun::run() {
    one_.recreate();
    create_schema(one_, folder_);
    lay_out();
    std::string test;
    for (const Event& event : folder_.events) {
        if (std::exchange(test, event.test) != event.test)
            begin_test();
        run(event);
    }
}

void FolderRun::lay_out() {
    tables_ = spread(one_, folder_);
    views_ = views(one_);
    Contents contents;
    contents.spread = options_.scratch / (folder_.name + "-spread.yaml");
    std::ofstream(contents.spread) << spread_yaml(tables_, one_.database() + "_00");
    for (const auto& [name, table] : tables_) {
        Case of;
        of.where = folder_.name;
        of.sql = table.create;
        contents.tables.push_back(std::move(of));
    }
    cluster_.lay_out(options_.shards, contents);
    create_views();
    if (!session_yaml_.empty())
        cluster_.reopen(session_yaml_);
    copier_.begin(tables_);
}

// A view whose columns are gone cannot be made anew; the one server does not answer from it either.
void FolderRun::create_views() {
    for (std::size_t shard = 0; shard < cluster_.topology().shards.size(); ++shard) {
        for (const std::string& view : views_)
            test::run(cluster_.server_of(shard), view, cluster_.topology().shards[shard].name)
                .status()
                .IgnoreError();
    }
}

// Each test has sessions of its own.
void FolderRun::begin_test() {
    one_.end_sessions();
    cluster_.end_sessions();
    copier_.mark_all();  // An open transaction was rolled back.
    if (!std::exchange(session_yaml_, {}).empty())
        cluster_.reopen({});
}

void FolderRun::run(const Event& event) {
    Case of;
    of.where = event.where;
    of.sql = event.sql;
    of.session = event.test;
    const StatementFacts facts = facts_of(event.sql);
    switch (facts.kind) {
        case StatementFacts::Kind::kSelect:
            compare(of);
            return;
        case StatementFacts::Kind::kSetting:
            hear_setting(of);
            break;
        case StatementFacts::Kind::kWrite:
            static_cast<void>(one_.ask(of));
            copier_.mark(facts.tables);
            break;
        case StatementFacts::Kind::kOther:
            change(of);
            break;
    }
    if (facts.sets_insert_id)
        hand_over_insert_id(of);
}

// The statement ran on the one server alone; its value stays with the session, as its rows do.
void FolderRun::hand_over_insert_id(const Case& of) {
    Case asked = of;
    asked.sql = "SELECT LAST_INSERT_ID()";
    const Answer answer = one_.ask(asked);
    test::must(answer.status);
    asked.sql = "SELECT LAST_INSERT_ID(" + answer.rows.at(0).at(0).value() + ")";
    static_cast<void>(cluster_.ask(asked, true));
}

void FolderRun::hear_setting(const Case& of) {
    if (!one_.ask(of).is_ok() || cluster_.ask(of, false).is_ok())
        return;
    ++tally_.settings_refused;
    take_session(of);
}

void FolderRun::take_session(const Case& of) {
    Case asked = of;
    asked.sql = "SELECT @@time_zone, @@sql_mode";
    const Answer answer = one_.ask(asked);
    test::must(answer.status);
    const Row& row = answer.rows.at(0);
    const std::string yaml = absl::StrFormat(
        "session: {time_zone: \"%s\", sql_mode: \"%s\"}\n", row.at(0).value(), row.at(1).value()
    );
    if (std::exchange(session_yaml_, yaml) != yaml)
        cluster_.reopen(yaml);
}

void FolderRun::change(const Case& of) {
    static_cast<void>(one_.ask(of));
    copier_.mark_all();
    if (spread(one_, folder_) != tables_ || views(one_) != views_)
        lay_out();
}

void FolderRun::compare(const Case& of) {
    copier_.copy(of.session);
    const Answer expected = one_.ask(of);
    const Answer actual = cluster_.ask(of, true);
    if (expected.is_ok())
        judge(of, expected, actual);
    else
        note_error(of, expected, actual);
}

void FolderRun::note_error(const Case& of, const Answer& expected, const Answer& actual) {
    ++tally_.unanswered;
    const std::string number = std::to_string(expected.detail.mysql_errno);
    ++tally_.errors[number];
    if (actual.is_ok())
        ++tally_.answered_anyway[number];
    if (actual.is_ok() || options_.verbosity == Verbosity::kEverything)
        report(of, "the one server refuses it", expected, actual);
}

Questions FolderRun::questions_about(const Case& of) {
    return {
        .classes = [this](
                       const std::string& collation, const std::set<std::string>& texts
                   ) { return one_.classes(collation, texts); },
        .without_limit = [this, &of]() -> std::optional<Answer> {
            Case whole = of;
            const std::optional<std::string> sql = oracle::without_limit(of.sql);
            if (!sql)
                return std::nullopt;
            whole.sql = *sql;
            Answer answer = one_.ask(whole);
            return answer.is_ok() ? std::optional(std::move(answer)) : std::nullopt;
        },
    };
}

/// Whether Mosaic's rows are sorted by ORDER BY too. Nullopt: the keys cannot be seen.
std::optional<bool> FolderRun::has_same_sequence(const Case& of, const Answer& actual) {
    for (const KeyedStatement& statement : with_order_keys(of.sql)) {
        Case keyed = of;
        keyed.sql = statement.sql;
        const Answer answer = one_.ask(keyed);
        if (!answer.is_ok())
            continue;
        const bool is_same = has_same_keys(actual.rows, answer.rows, statement.keys);
        if (is_same || !statement.is_guess)
            return is_same;
    }
    return std::nullopt;
}

/// Nullopt: they differ only in what rule 16 leaves open.
std::optional<std::string> FolderRun::open_difference(
    const Case& of, const Answer& expected, const Answer& actual
) {
    Case loose = of;
    for (std::size_t i = 0; i < expected.columns.size(); ++i) {
        if (is_text(expected.columns[i]))
            loose.collations[i] = kFolding;
        if (is_real(expected.columns[i]))
            loose.approximate.push_back(i);
    }
    const std::map<std::size_t, std::string> lists = unordered_lists(of.sql);
    Answer wanted = expected;
    Answer found = actual;
    sort_parts(wanted, lists);
    sort_parts(found, lists);
    return difference(loose, wanted, found, questions_about(loose));
}

void FolderRun::note_refusal(const Case& of, const Answer& expected, const Answer& actual) {
    const std::string id = actual.detail.id.to_string();
    ++tally_.refusals[id];
    const bool is_allowed = std::ranges::any_of(options_.refusables, [&](const Refusable& line) {
        return line.id == id && absl::AsciiStrToUpper(of.sql).find(absl::AsciiStrToUpper(line.word)
                                ) != std::string::npos;
    });
    ++(is_allowed ? tally_.may_be_refused : tally_.refused);
    if (!is_allowed || options_.verbosity == Verbosity::kEverything)
        report(of, "refused " + id, expected, actual);
    // What it would have set is what later statements ask for.
    if (facts_of(of.sql).sets_insert_id)
        hand_over_insert_id(of);
}

void FolderRun::judge(const Case& asked, const Answer& expected, const Answer& actual) {
    ++tally_.judged;
    if (is_refusal(actual)) {
        note_refusal(asked, expected, actual);
        return;
    }
    Case of = asked;
    const FixedOrder order = order_of(of.sql, expected.columns);
    of.order = order.columns;
    std::optional<std::string> found = difference(of, expected, actual, questions_about(of));
    bool is_open = found && actual.is_ok() && !open_difference(of, expected, actual);
    if (!found && order.has_more && expected.rows != actual.rows) {
        const std::optional<bool> is_sorted = has_same_sequence(of, actual);
        is_open = !is_sorted;
        if (!is_sorted || !*is_sorted)
            found = "another sequence, by what is no output column";
    }
    if (!found) {
        if (options_.verbosity == Verbosity::kEverything)
            report(of, "equal", expected, actual);
        return;
    }
    if (is_open) {
        ++tally_.open;
        report(of, "open: " + *found, expected, actual);
        return;
    }
    ++tally_.different;
    report(of, "different: " + *found, expected, actual);
}

void FolderRun::report(
    const Case& of, std::string_view what, const Answer& expected, const Answer& actual
) {
    if (!reported_.emplace(of.sql, what).second)
        return;
    std::cout << absl::StrFormat(
        "%s (%s): %s\n    %s\n    one server: %s\n    mosaic:     %s\n\n",
        of.where,
        of.session,
        what,
        of.sql,
        describe(expected, kRowsShown),
        describe(actual, kRowsShown)
    );
}

}  // namespace mosaic::oracle
