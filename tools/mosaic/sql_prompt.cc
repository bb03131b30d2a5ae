#include "sql_prompt.h"

#include "base/clock.h"
#include "base/status.h"
#include "line_input.h"
#include "script_reader.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <chrono>
#include <iostream>
#include <unistd.h>
#include <utility>

namespace mosaic::tool {
namespace {

constexpr char kHelp[] =
    "Statements end with ; and may take several lines. Ctrl-C drops what is typed; while a\n"
    "statement runs it ends it and leaves. exit, quit, \\q or Ctrl-D leave; an open transaction "
    "is\n"
    "rolled back then. BEGIN and COMMIT work as usual. `mosaic explain` shows where statements go.";

std::string count_of(std::uint64_t count, const char* one, const char* many) {
    return absl::StrFormat("%d %s", count, count == 1 ? one : many);
}

// `2 rows (0.004 s)`; `1 row changed, 1 warning (0.002 s)`
std::string summary(const StatementRunner::Outcome& outcome, std::chrono::duration<double> time) {
    std::string text;
    if (outcome.rows)
        text = *outcome.rows == 0 ? "no rows" : count_of(*outcome.rows, "row", "rows");
    else
        text = absl::StrFormat(
            "done, %s", count_of(outcome.done.affected_rows, "row changed", "rows changed")
        );
    if (outcome.done.warnings > 0)
        text += ", " + count_of(outcome.done.warnings, "warning", "warnings");
    if (outcome.done.last_insert_id)
        text += ", first id " + outcome.done.last_insert_id->to_string();
    text += absl::StrFormat(" (%.3f s)", time.count());
    if (!outcome.done.info.empty())
        text += "\n" + outcome.done.info;
    return text;
}

class Prompt {
public:
    Prompt(
        StatementRunner& runner,
        Interrupt& interrupt,
        std::string database,
        const sql::Syntax& syntax
    )
        : runner_(runner),
          interrupt_(interrupt),
          database_(std::move(database)),
          reader_(syntax),
          input_(STDIN_FILENO, "the terminal") {}

    absl::StatusOr<Exit> run() {
        interrupt_.hold();
        print_note(absl::StrFormat("Database %s. help says more, exit leaves.", database_));
        std::string line;
        while (true) {
            ask();
            if (!input_.has_line() && !interrupt_.wait_for(STDIN_FILENO)) {
                if (!drop_typed())
                    return Exit::kInterrupted;
                continue;
            }
            is_leaving_ = false;
            MOSAIC_ASSIGN_OR_RETURN(const bool has_line, input_.next(line));
            if (!has_line) {
                print_note("");
                break;
            }
            if (!obey(line))
                break;
            if (!runner_.output().status().ok())
                return runner_.output().status();
        }
        if (runner_.in_transaction())
            print_note("The open transaction is rolled back.");
        return Exit::kDone;
    }

private:
    void ask() const {
        std::string prompt = database_ + (runner_.in_transaction() ? "*> " : "> ");
        if (reader_.is_pending())
            prompt = std::string(prompt.size() - 3, ' ') + "-> ";
        std::cerr << prompt << std::flush;
    }

    // False: it was the second time in a row, with nothing typed.
    bool drop_typed() {
        const bool was_pending = reader_.is_pending();
        reader_.forget_pending();
        print_note("");
        if (was_pending)
            return true;
        if (is_leaving_)
            return false;
        is_leaving_ = true;
        print_note("(Ctrl-C once more leaves; exit and Ctrl-D too)");
        return true;
    }

    // False: leave.
    bool obey(const std::string& line) {
        if (!reader_.is_pending()) {
            std::string word(absl::StripAsciiWhitespace(line));
            while (word.ends_with(';')) word.pop_back();
            if (absl::EqualsIgnoreCase(word, "exit") || absl::EqualsIgnoreCase(word, "quit") ||
                word == "\\q")
                return false;
            if (absl::EqualsIgnoreCase(word, "help") || word == "\\h" || word == "?") {
                print_note(kHelp);
                return true;
            }
        }
        reader_.add(line);
        while (const auto statement = reader_.next()) run_one(statement->text);
        return true;
    }

    void run_one(const std::string& sql) {
        const TimePoint begin = std::chrono::steady_clock::now();
        interrupt_.release();
        const auto outcome = runner_.run(sql);
        interrupt_.hold();
        if (outcome.ok())
            print_note(summary(*outcome, std::chrono::steady_clock::now() - begin));
        else
            print_note(message_of(outcome.status()));
        print_note("");
    }

    StatementRunner& runner_;
    Interrupt& interrupt_;
    const std::string database_;
    ScriptReader reader_;
    LineInput input_;
    bool is_leaving_ = false;
};

}  // namespace

absl::StatusOr<Exit> run_prompt(
    StatementRunner& runner,
    Interrupt& interrupt,
    const std::string& database,
    const sql::Syntax& syntax
) {
    return Prompt(runner, interrupt, database, syntax).run();
}

}  // namespace mosaic::tool
