// mosaic migrate: schema changes over all shards.
#include "migrate/migrate.h"

#include "base/clock.h"
#include "base/status.h"
#include "context.h"
#include "migrate/files.h"
#include "verbs.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <memory>
#include <utility>

namespace mosaic::tool {
namespace {

using migrate::MigrationState;
using migrate::MigrationStatus;

struct MigrateOptions {
    std::string folder;
    std::string title;
    std::uint64_t to = 0;
    bool is_out_of_order = false;
    int lock_wait_seconds = 10;
};

absl::StatusOr<Exit> make_new(const Tool& tool, const MigrateOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const config::Config config, tool.load_config());
    MOSAIC_ASSIGN_OR_RETURN(
        const std::filesystem::path file,
        migrate::make_file(
            migrate::folder_of(config, options.folder), options.title, wall_clock_ms()
        )
    );
    print_line(file.string());
    return Exit::kDone;
}

std::string state_text(const MigrationStatus& migration, const migrate::Status& status) {
    std::string text(migrate::to_string(migration.state));
    if (migration.state == MigrationState::kPartly || migration.state == MigrationState::kChanged)
        text += absl::StrFormat(
            ", finished on %d of %d", migration.shards_finished, status.shard_count
        );
    if (!status.unreachable.empty())
        text += absl::StrFormat(" on the %d shards that answered", status.shard_count);
    return text;
}

void print_as_json(const migrate::Status& status) {
    nlohmann::json all = nlohmann::json::array();
    for (const MigrationStatus& migration : status.migrations)
        all.push_back(
            {{"version", migration.version},
             {"title", migration.title},
             {"state", std::string(migrate::to_string(migration.state))},
             {"shards_finished", migration.shards_finished},
             {"shards_unfinished", migration.shards_unfinished},
             {"finished", migration.finished}}
        );
    nlohmann::json unreachable = nlohmann::json::object();
    for (const auto& [server, why] : status.unreachable)
        unreachable[server] = std::string(message_of(why));
    const nlohmann::json report = {
        {"shards", status.shard_count}, {"migrations", all}, {"unreachable", unreachable}};
    print_line(report.dump(2));
}

void print_as_table(const migrate::Status& status) {
    std::vector<std::vector<std::string>> rows;
    for (const MigrationStatus& migration : status.migrations)
        rows.push_back(
            {std::to_string(migration.version),
             migration.title,
             state_text(migration, status),
             migration.finished.empty() ? "-" : migration.finished}
        );
    print_table({"VERSION", "TITLE", "STATE", "FINISHED (UTC)"}, rows);
    for (const MigrationStatus& migration : status.migrations) {
        if (!migration.shards_unfinished.empty())
            print_line(absl::StrFormat("%d_%s:", migration.version, migration.title));
        for (const std::string& line : migration.shards_unfinished) print_line("  " + line);
    }
}

absl::StatusOr<Exit> show_status(const Tool& tool, const MigrateOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const Context context, open_context(tool));
    MOSAIC_ASSIGN_OR_RETURN(
        const migrate::Status status,
        migrate::read_status(
            {context.config, *context.topology, migrate::folder_of(context.config, options.folder)}
        )
    );
    if (tool.wants_json())
        print_as_json(status);
    else
        print_as_table(status);
    for (const auto& [server, why] : status.unreachable)
        print_note(absl::StrFormat("server %s: %s", server, message_of(why)));
    if (!status.unreachable.empty())
        return Exit::kFailed;
    return status.is_all_applied() ? Exit::kDone : Exit::kPending;
}

absl::StatusOr<Exit> run_up(const Tool& tool, const MigrateOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const Context context, open_context(tool));
    migrate::UpOptions up;
    if (options.to != 0)
        up.to = options.to;
    up.order = options.is_out_of_order ? migrate::Order::kAny : migrate::Order::kByTime;
    up.lock_wait = std::chrono::seconds(options.lock_wait_seconds);
    up.progress = print_line;
    MOSAIC_ASSIGN_OR_RETURN(
        const migrate::UpReport report,
        migrate::up(
            {context.config, *context.topology, migrate::folder_of(context.config, options.folder)},
            up
        )
    );
    print_line(
        report.applied.empty() ? "nothing to do: all migrations are applied"
                               : absl::StrFormat(
                                     "done: %d %s, %d statements",
                                     report.applied.size(),
                                     report.applied.size() == 1 ? "migration" : "migrations",
                                     report.statements_run
                                 )
    );
    return Exit::kDone;
}

void add_folder(CLI::App& command, const std::shared_ptr<MigrateOptions>& options) {
    command
        .add_option(
            "--folder",
            options->folder,
            "The SQL files (default: beside the configuration `migrations`, or for NAME.yaml "
            "`NAME/migrations` where that is there)"
        )
        ->type_name("FOLDER");
}

void add_up(CLI::App& verb, Tool& tool, const std::shared_ptr<MigrateOptions>& options) {
    CLI::App* command = verb.add_subcommand("up", "Apply what is pending, finish what was not");
    tool.add_config(*command);
    add_folder(*command, options);
    command->add_option("--to", options->to, "The last one to apply")->type_name("VERSION");
    command->add_flag(
        "--out-of-order", options->is_out_of_order, "Also those older than one that was applied"
    );
    command
        ->add_option(
            "--lock-wait",
            options->lock_wait_seconds,
            "Seconds that a statement waits for a table that others use (default 10)"
        )
        ->check(CLI::Range(1, 86400))
        ->type_name("SECONDS");
    tool.set_work(*command, [&tool, options] { return run_up(tool, *options); });
}

}  // namespace

void add_migrate(CLI::App& app, Tool& tool) {
    CLI::App* verb = app.add_subcommand("migrate", "Ship schema changes to all shards");
    verb->require_subcommand(1);
    const auto options = std::make_shared<MigrateOptions>();

    CLI::App* command = verb->add_subcommand("new", "Make an empty migration, named for now");
    tool.add_config(*command);
    add_folder(*command, options);
    command->add_option("TITLE", options->title, "What it does, in a few words")->required();
    tool.set_work(*command, [&tool, options] { return make_new(tool, *options); });

    command = verb->add_subcommand("status", "What is applied; exit code 3 unless all is");
    tool.add_config(*command);
    tool.add_format(*command);
    add_folder(*command, options);
    tool.set_work(*command, [&tool, options] { return show_status(tool, *options); });

    add_up(*verb, tool, options);
}

}  // namespace mosaic::tool
