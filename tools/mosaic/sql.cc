// mosaic sql: statements from the command line, a script, a pipe or a prompt.
#include "base/status.h"
#include "client/session_facts.h"
#include "interrupt.h"
#include "line_input.h"
#include "mosaic/client.h"
#include "script_reader.h"
#include "sql_prompt.h"
#include "statement_runner.h"
#include "verbs.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <unistd.h>
#include <utility>
#include <vector>

namespace mosaic::tool {
namespace {

struct SqlOptions {
    std::vector<std::string> statements;
    std::string file;
    std::string format;
    bool is_forced = false;
    bool is_best_effort = false;
    std::uint32_t timeout_seconds = 0;
};

/// An open file that closes itself; standard input is left open.
class OpenFile {
public:
    explicit OpenFile(int file) : file_(file) {}

    ~OpenFile() {
        if (file_ > STDIN_FILENO)
            ::close(file_);
    }

    OpenFile(const OpenFile&) = delete;
    OpenFile& operator=(const OpenFile&) = delete;

    [[nodiscard]] int get() const { return file_; }

private:
    int file_;
};

// Partial and in doubt as everywhere; else the statement failed, whatever the reason: the tool was
// called rightly.
Exit exit_of_statement(const absl::Status& status) {
    const Exit exit = exit_of(status);
    return exit == Exit::kPartial || exit == Exit::kInDoubt ? exit : Exit::kFailed;
}

Exit worse(Exit a, Exit b) {
    return std::max(a, b);
}

/// Runs what scripts hold, in order, in one session.
class ScriptRun {
public:
    ScriptRun(StatementRunner& runner, const SqlOptions& options, const sql::Syntax& syntax)
        : runner_(runner), options_(options), syntax_(syntax) {}

    /// Of -e.
    void run_text(const std::string& text) {
        ScriptReader reader(syntax_);
        // One line needs no number.
        const std::string name = text.find('\n') == std::string::npos ? "" : "-e";
        std::size_t at = 0;
        while (at < text.size() && !is_over_) {
            const std::size_t end = std::min(text.find('\n', at), text.size() - 1) + 1;
            reader.add(std::string_view(text).substr(at, end - at));
            at = end;
            run_complete(reader, name);
        }
        finish(reader, name);
    }

    [[nodiscard]] absl::Status run_file(LineInput& input) {
        ScriptReader reader(syntax_);
        std::string line;
        while (!is_over_) {
            MOSAIC_ASSIGN_OR_RETURN(const bool has_line, input.next(line));
            if (!has_line)
                break;
            reader.add(line);
            run_complete(reader, input.name());
        }
        finish(reader, input.name());
        return absl::OkStatus();
    }

    [[nodiscard]] Exit exit() const { return exit_; }

private:
    void finish(ScriptReader& reader, const std::string& name) {
        if (is_over_)
            return;
        reader.end();
        run_complete(reader, name);
    }

    void run_complete(ScriptReader& reader, const std::string& name) {
        while (!is_over_) {
            const auto statement = reader.next();
            if (!statement)
                return;
            const auto outcome = runner_.run(statement->text);
            if (!outcome.ok())
                fail(outcome.status(), name, statement->line);
        }
    }

    void fail(const absl::Status& status, const std::string& name, std::size_t line) {
        const bool is_output = !runner_.output().status().ok();
        is_over_ = is_output || !options_.is_forced;
        exit_ = worse(exit_, exit_of_statement(status));
        if (runner_.output().is_reader_gone())
            return;
        const std::string message(message_of(status));
        print_note(name.empty() ? message : absl::StrFormat("%s:%d: %s", name, line, message));
    }

    StatementRunner& runner_;
    const SqlOptions& options_;
    const sql::Syntax syntax_;
    Exit exit_ = Exit::kDone;
    bool is_over_ = false;
};

RowFormat format_of(const SqlOptions& options) {
    if (options.format == "json")
        return RowFormat::kJson;
    if (options.format == "table")
        return RowFormat::kTable;
    const bool is_table = options.format.empty() && ::isatty(STDOUT_FILENO) != 0;
    return is_table ? RowFormat::kTable : RowFormat::kTsv;
}

absl::StatusOr<int> open_script(const std::string& name) {
    if (name.empty() || name == "-")
        return STDIN_FILENO;
    const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return make_error(
            errors::kToolFile, absl::StrFormat("open %s: %s", name, std::strerror(errno))
        );
    return file;
}

absl::StatusOr<Exit> run_scripts(
    StatementRunner& runner, const SqlOptions& options, const sql::Syntax& syntax
) {
    ScriptRun run(runner, options, syntax);
    if (!options.statements.empty()) {
        for (const std::string& text : options.statements) run.run_text(text);
    } else {
        MOSAIC_ASSIGN_OR_RETURN(const int opened, open_script(options.file));
        const OpenFile file(opened);
        LineInput input(file.get(), opened == STDIN_FILENO ? "standard input" : options.file);
        MOSAIC_RETURN_IF_ERROR(run.run_file(input));
    }
    if (runner.in_transaction())
        print_note("note: the transaction that was left open is rolled back");
    return run.exit();
}

absl::StatusOr<Exit> run_sql(const Tool& tool, const SqlOptions& options) {
    if (!options.statements.empty() && !options.file.empty())
        return make_error(
            errors::kToolUsage, "read the arguments: say either -e or a file, not both"
        );
    Interrupt on_interrupt;
    MOSAIC_ASSIGN_OR_RETURN(const config::Config config, tool.load_config());
    MOSAIC_ASSIGN_OR_RETURN(Client client, Client::open(tool.config_file(), tool.registry()));
    StatementRunner::Options how{
        .format = format_of(options), .is_best_effort = options.is_best_effort, .timeout = {}};
    if (options.timeout_seconds > 0)
        how.timeout = std::chrono::seconds(options.timeout_seconds);
    StatementRunner runner(client, how);
    const sql::Syntax syntax = client::session_facts(config.options.session).syntax;
    const bool is_prompt =
        options.statements.empty() && options.file.empty() && ::isatty(STDIN_FILENO) != 0;
    if (is_prompt)
        return run_prompt(runner, on_interrupt, config.database, syntax);
    return run_scripts(runner, options, syntax);
}

}  // namespace

void add_sql(CLI::App& app, Tool& tool) {
    CLI::App* command =
        app.add_subcommand("sql", "Run statements: of -e, a file, a pipe, a prompt");
    command->footer(
        "A script stops at its first error, and what it left uncommitted is rolled back.\n"
        "tsv is what `mariadb --batch` prints. json: an object per row and line, numbers exact,\n"
        "bytes as \"0x..\". Both print rows as they come; a table is held in memory first.\n"
        "Exit codes: 0 done; 1 a statement failed; 2 arguments or configuration; 4 no map yet;\n"
        "5 a write was done on some shards only; 6 in doubt, look before you repeat; 130 Ctrl-C."
    );
    const auto options = std::make_shared<SqlOptions>();
    tool.add_config(*command);
    command->add_option("FILE", options->file, "A script; - or none: standard input");
    command->add_option("-e,--execute", options->statements, "Statements; may be given again")
        ->allow_extra_args(false)
        ->type_name("SQL");
    command
        ->add_option(
            "--format", options->format, "table (default on a terminal), tsv (default) or json"
        )
        ->check(CLI::IsMember({"table", "tsv", "json"}))
        ->type_name("FORMAT");
    command->add_flag("--force", options->is_forced, "Go on after an error");
    command->add_flag(
        "--best-effort",
        options->is_best_effort,
        "Let a write reach several shards without a transaction over them"
    );
    command
        ->add_option(
            "--timeout",
            options->timeout_seconds,
            "Longest for one statement (default: limits.deadline_default)"
        )
        ->check(CLI::Range(1u, 31u * 24 * 3600))
        ->type_name("SECONDS");
    tool.set_work(*command, [&tool, options] { return run_sql(tool, *options); });
}

}  // namespace mosaic::tool
