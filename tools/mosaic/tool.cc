#include "tool.h"

#include "base/status.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <unistd.h>
#include <utility>

namespace mosaic::tool {
namespace {

constexpr ErrorRow kUsageRows[] = {
    errors::kConfigUnreadable,
    errors::kConfigSyntax,
    errors::kConfigInvalid,
    errors::kPartitionerMissing,
    errors::kToolUsage,
    errors::kToolFile,
    errors::kUnknownTable,
    errors::kKeySchemeMissing,
    errors::kMigrationsUnreadable,
};

constexpr ErrorRow kRefusedRows[] = {
    errors::kMapMissing,
    errors::kMapExists,
    errors::kMapMismatch,
    errors::kMigrationName,
    errors::kMigrationChanged,
    errors::kMigrationStatement,
    errors::kMigrationOrder,
    errors::kMigrationBusy,
    errors::kClusterNotOurs,
    errors::kClusterBusy,
};

template <std::size_t kCount>
bool is_one_of(const ErrorRow (&rows)[kCount], ErrorId id) {
    return std::any_of(std::begin(rows), std::end(rows), [&](const ErrorRow& row) {
        return row.number == id.number;
    });
}

}  // namespace

Exit exit_of(const absl::Status& status) {
    if (status.ok())
        return Exit::kDone;
    const ErrorDetail detail = error_detail(status).value_or(ErrorDetail{});
    if (detail.outcome == Outcome::kPartial)
        return Exit::kPartial;
    if (detail.outcome == Outcome::kInDoubt)
        return Exit::kInDoubt;
    if (is_one_of(kUsageRows, detail.id))
        return Exit::kUsage;
    return is_one_of(kRefusedRows, detail.id) ? Exit::kRefused : Exit::kFailed;
}

// Read here and not by the option: CLI11 takes it for every verb's option, those that are not
// called too, and they all write where the one that was said has written.
Tool::Tool(const Registry& registry) : registry_(registry) {
    if (const char* file = std::getenv("MOSAIC_CONFIG"); file != nullptr && *file != '\0')
        config_file_ = file;
}

void Tool::set_work(CLI::App& command, std::function<absl::StatusOr<Exit>()> work) {
    command.callback([this, work = std::move(work)] { work_ = work; });
}

void Tool::add_config(CLI::App& command) {
    command
        .add_option(
            "--config",
            config_file_,
            "The configuration (default: $MOSAIC_CONFIG, or config/mosaic.yaml)"
        )
        ->type_name("FILE");
}

void Tool::add_format(CLI::App& command) {
    command.add_option("--format", format_, "How to print: table (default) or json")
        ->check(CLI::IsMember({"table", "json"}))
        ->type_name("FORMAT");
}

void Tool::add_yes(CLI::App& command) {
    command.add_flag("--yes", is_yes_, "Do it without asking");
}

absl::StatusOr<config::Config> Tool::load_config() const {
    return config::load(config_file_, registry_);
}

absl::Status Tool::confirm(std::string_view question) const {
    if (is_yes_)
        return absl::OkStatus();
    if (::isatty(STDIN_FILENO) == 0)
        return make_error(
            errors::kToolUsage,
            absl::StrFormat("ask `%s`: there is no terminal to ask on; say --yes", question)
        );
    std::cerr << question << " [y/N] " << std::flush;
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "y" || answer == "Y" || answer == "yes")
        return absl::OkStatus();
    return make_error(
        errors::kToolUsage, absl::StrFormat("ask `%s`: not confirmed; nothing was done", question)
    );
}

void print_table(
    const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows
) {
    std::vector<std::size_t> widths;
    for (const std::string& title : head) widths.push_back(title.size());
    for (const auto& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    const auto print_row = [&](const std::vector<std::string>& row) {
        std::string line;
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 < row.size())
                line += std::string(widths[i] - row[i].size() + 2, ' ');
        }
        print_line(line);
    };
    print_row(head);
    for (const auto& row : rows) print_row(row);
}

void print_line(std::string_view line) {
    std::cout << line << std::endl;
}

void print_note(std::string_view line) {
    std::cerr << line << std::endl;
}

}  // namespace mosaic::tool
