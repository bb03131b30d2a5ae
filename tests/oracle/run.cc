#include "run.h"

#include "base/status.h"
#include "compare.h"

#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>
#include <iostream>

namespace mosaic::oracle {
namespace {

constexpr std::size_t kRowsShown = 12;

bool is_error_as_said(const Case& of, const Answer& answer) {
    if (answer.is_ok())
        return of.errors.empty();
    return std::ranges::find(of.errors, answer.detail.mysql_errno) != of.errors.end();
}

bool looks_like_query(const Case& of) {
    const std::vector<std::string> words = outer_words(of.sql);
    return words.empty() || words[0] == "SELECT" || words[0] == "SHOW" || words[0] == "WITH";
}

bool is_select(const Case& of) {
    const std::string text = of.sql.substr(std::min(of.sql.find_first_not_of("( "), of.sql.size()));
    return absl::StartsWithIgnoreCase(text, "SELECT") || absl::StartsWithIgnoreCase(text, "WITH");
}

std::string values_of(const Case& of) {
    std::string text;
    for (const BoundValue& bound : of.values)
        text += (text.empty() ? "   with " : ", ") + bound.literal;
    return text;
}

}  // namespace

Tally& Tally::operator+=(const Tally& other) {
    statements += other.statements;
    queries += other.queries;
    queries_refused += other.queries_refused;
    different += other.different;
    refused += other.refused;
    unexpected += other.unexpected;
    for (const auto& [id, cases] : other.refusals)
        refusals[id].insert(refusals[id].end(), cases.begin(), cases.end());
    answered.insert(answered.end(), other.answered.begin(), other.answered.end());
    return *this;
}

void Run::compare(const std::vector<Case>& cases) {
    one_.end_sessions();
    cluster_.end_sessions();
    for (const Case& of : cases) compare(of);
}

void Run::compare_tables() {
    for (const std::string& table : cluster_.tables()) {
        Case of;
        of.where = "rows of " + table;
        ++tally_.statements;
        compare_table(of, table);
    }
}

// A write outside a session stays open on the one server until Mosaic has done it too: where Mosaic
// refuses it, both sides stay equal.
Answer Run::ask_one(const Case& of) {
    if (!of.written_table.empty() && of.session.empty())
        static_cast<void>(one_.ask("BEGIN"));
    return one_.ask(of);
}

void Run::compare(const Case& of) {
    ++tally_.statements;
    tally_.queries += is_select(of) ? 1 : 0;
    const Answer expected = ask_one(of);
    const bool gives_rows = expected.is_ok() ? expected.has_rows : looks_like_query(of);
    const Answer actual = cluster_.ask(of, gives_rows);
    const bool is_write = !of.written_table.empty();
    if (is_write && of.session.empty())
        static_cast<void>(one_.ask(actual.is_ok() ? "COMMIT" : "ROLLBACK"));
    judge(of, expected, actual);
    const bool is_open = !of.session.empty() && one_.has_transaction(of.session);
    if (is_write && !is_open && !of.may_be_partial && !actual.is_refusal())
        compare_table(of, of.written_table);
}

Questions questions_about(OneServer& one, const Case& of) {
    return {
        .classes = [&one](
                       const std::string& collation, const std::set<std::string>& texts
                   ) { return one.classes(collation, texts); },
        .without_limit = [&one, &of]() -> std::optional<Answer> {
            Case whole = of;
            const std::optional<std::string> sql = oracle::without_limit(of.sql);
            if (!sql)
                return std::nullopt;
            whole.sql = *sql;
            return one.ask(whole);
        },
    };
}

void Run::judge(const Case& of, const Answer& expected, const Answer& actual) {
    if (!is_error_as_said(of, expected)) {
        ++tally_.different;
        report(of, "the one server does not answer as the case says", expected, actual);
        return;
    }
    if (actual.is_refusal() && !of.may_be_partial) {
        note_refusal(of, expected, actual);
        return;
    }
    const std::optional<std::string> found =
        difference(of, expected, actual, questions_about(one_, of));
    if (found) {
        ++tally_.different;
        report(of, *found, expected, actual);
        return;
    }
    if (!of.refusals.empty())
        tally_.answered.push_back(of.where);
    if (verbosity_ == Verbosity::kEverything)
        report(of, "equal", expected, actual);
}

void Run::note_refusal(const Case& of, const Answer& expected, const Answer& actual) {
    const std::string id = actual.detail.id.to_string();
    tally_.refusals[id].push_back(of.where);
    tally_.queries_refused += is_select(of) ? 1 : 0;
    if (std::ranges::find(of.refusals, id) != of.refusals.end()) {
        ++tally_.refused;
        if (verbosity_ == Verbosity::kEverything)
            report(of, "refused as it may be", expected, actual);
        return;
    }
    ++tally_.unexpected;
    report(of, "refused", expected, actual);
}

void Run::compare_table(const Case& written, const std::string& table) {
    Case of;
    of.where = written.where;
    of.sql = "SELECT * FROM " + table;
    of.session = written.session;
    const Answer expected = one_.ask(of);
    const Answer actual = cluster_.ask(of, true);
    const std::optional<std::string> found =
        difference(of, expected, actual, questions_about(one_, of));
    if (!found)
        return;
    ++tally_.different;
    report(written, "the table " + table + " differs: " + *found, expected, actual);
}

void Run::report(
    const Case& of, std::string_view what, const Answer& expected, const Answer& actual
) {
    std::cout << absl::StrFormat(
        "%s over %d shards: %s\n    %s%s\n    one server: %s\n    mosaic:     %s\n\n",
        of.where,
        shards_,
        what,
        of.sql,
        values_of(of),
        describe(expected, kRowsShown),
        describe(actual, kRowsShown)
    );
}

int run_on_one_server(OneServer& one, const std::vector<Case>& cases, Verbosity verbosity) {
    int wrong = 0;
    one.end_sessions();
    for (const Case& of : cases) {
        const Answer answer = one.ask(of);
        const bool is_right = is_error_as_said(of, answer);
        wrong += is_right ? 0 : 1;
        if (!is_right || verbosity == Verbosity::kEverything)
            std::cout << of.where << (is_right ? "" : ": not as the case says") << "\n    "
                      << of.sql << values_of(of) << "\n    " << describe(answer, kRowsShown)
                      << "\n\n";
    }
    return wrong;
}

}  // namespace mosaic::oracle
