#include "base/status.h"
#include "mosaic/cli.h"
#include "tool.h"
#include "verbs.h"

#include <CLI/CLI.hpp>
#include <absl/strings/str_format.h>

#include <exception>

namespace mosaic {
namespace {

using tool::Exit;

int finish(const absl::StatusOr<Exit>& done) {
    if (done.ok())
        return static_cast<int>(*done);
    tool::print_note(message_of(done.status()));
    return static_cast<int>(tool::exit_of(done.status()));
}

// CLI11 reports by exceptions: help is one of them.
int finish(const CLI::App& app, const CLI::ParseError& error) {
    if (error.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success))
        return app.exit(error);
    return finish(make_error(
        errors::kToolUsage, absl::StrFormat("read the arguments: %s; see --help", error.what())
    ));
}

}  // namespace

int run_tool(int argc, char** argv, const Registry& registry) {
    try {
        CLI::App app("Many MySQL shards, one database", "mosaic");
        app.require_subcommand(1);
        tool::Tool tool(registry);
        for (const tool::AddVerb add : tool::kVerbs) add(app, tool);
        try {
            app.parse(argc, argv);
        } catch (const CLI::ParseError& error) {
            return finish(app, error);
        }
        return finish(tool.work());
    } catch (const std::exception& error) {
        return finish(make_error(
            errors::kToolUsage,
            absl::StrFormat("run the tool: %s; this is a fault of ours", error.what())
        ));
    }
}

}  // namespace mosaic
