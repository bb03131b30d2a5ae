// mosaic explain: where a statement would go, and why.
#include "plan/explain.h"

#include "base/status.h"
#include "client/analysis.h"
#include "mosaic/client.h"
#include "verbs.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>
#include <unistd.h>
#include <utility>

namespace mosaic::tool {
namespace {

using Level = plan::Explanation::Level;
using nlohmann::ordered_json;

struct ExplainOptions {
    std::string statement;
    std::string executed;
    std::string format = "text";
    bool is_analyzed = false;
};

ordered_json error_json(const absl::Status& status) {
    return {
        {"id", error_detail(status).value_or(ErrorDetail{}).id.to_string()},
        {"message", std::string(message_of(status))}};
}

int number_of(Level level) {
    switch (level) {
        case Level::kNone:
            return 0;
        case Level::kAsWritten:
        case Level::kRowsByShard:
            return 1;
        case Level::kParts:
        case Level::kWrites:
            return 2;
        case Level::kGathered:
            return 3;
    }
    return 0;
}

ordered_json to_json(const plan::Explanation::Piece& piece) {
    ordered_json out = {{"shard", piece.shard}, {"sql", piece.text}};
    if (!piece.into.empty())
        out["into"] = piece.into;
    return out;
}

ordered_json to_json(const plan::Explanation& explanation) {
    ordered_json out;
    if (explanation.level != Level::kNone) {
        out["level"] = number_of(explanation.level);
        out["plan"] = plan::to_text(explanation.level).substr(3);  // behind its number
    }
    out["route"] = explanation.route;
    out["shards"] = explanation.shards;
    out["reason"] = explanation.reason;
    if (!explanation.why.empty())
        out["why"] = explanation.why;
    out["send"] = ordered_json::array();
    for (const plan::Explanation::Piece& piece : explanation.pieces)
        out["send"].push_back(to_json(piece));
    if (!explanation.merge.empty())
        out["merge"] = explanation.merge;
    if (!explanation.keys.empty())
        out["keys"] = explanation.keys;
    if (!explanation.finish.empty())
        out["finish"] = explanation.finish;
    if (!explanation.refusal.ok())
        out["error"] = error_json(explanation.refusal);
    return out;
}

ordered_json to_json(const exec::Trace::Step& step) {
    const auto in_ms = [](Duration duration) {
        return std::chrono::duration<double, std::milli>(duration).count();
    };
    return {
        {"shard", step.shard},
        {"what", step.what},
        {"rows", step.rows},
        {"bytes", step.bytes},
        {"first_ms", in_ms(step.first)},
        {"last_ms", in_ms(step.last)}};
}

void print_json(const ordered_json& json) {
    // A statement may hold bytes that are no UTF-8; JSON may not.
    print_line(json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

ordered_json to_json(const client::Analysis& analysis) {
    ordered_json out = to_json(analysis.explanation);
    for (const exec::Trace::Step& step : analysis.steps) out["took"].push_back(to_json(step));
    return out;
}

absl::StatusOr<client::Analysis> explained(Client::State& client, const Statement& statement) {
    client::Analysis analysis;
    MOSAIC_ASSIGN_OR_RETURN(analysis.explanation, client.explain(statement));
    return analysis;
}

absl::StatusOr<Exit> explain(const Tool& tool, const ExplainOptions& options) {
    if (options.statement.empty() == options.executed.empty())
        return make_error(
            errors::kToolUsage, "read the arguments: say one statement, as an argument or with -e"
        );
    MOSAIC_ASSIGN_OR_RETURN(Client client, Client::open(tool.config_file(), tool.registry()));
    const Statement statement(options.statement.empty() ? options.executed : options.statement);
    const bool is_json = options.format == "json";
    const auto analysis = options.is_analyzed ? client.state()->analyze(statement)
                                              : explained(*client.state(), statement);
    if (!analysis.ok()) {
        if (is_json)
            print_json({{"error", error_json(analysis.status())}});
        print_note(message_of(analysis.status()));
        return Exit::kFailed;
    }
    if (is_json)
        print_json(to_json(*analysis));
    else
        std::cout << client::to_text(*analysis) << std::flush;
    return analysis->explanation.refusal.ok() ? Exit::kDone : Exit::kFailed;
}

}  // namespace

void add_explain(CLI::App& app, Tool& tool) {
    CLI::App* command = app.add_subcommand(
        "explain", "Where a statement would go and why; nothing is run without --analyze"
    );
    command->footer(
        "`?` cannot be bound here: write values. Exit codes: 0 it would be run; 1 it is refused,\n"
        "and the id says why; 2 arguments or configuration."
    );
    const auto options = std::make_shared<ExplainOptions>();
    tool.add_config(*command);
    command->add_option("STATEMENT", options->statement, "One statement");
    command->add_option("-e,--execute", options->executed, "The same")->type_name("SQL");
    command->add_flag(
        "--analyze",
        options->is_analyzed,
        "Run it, and say what each shard gave and when; reads only"
    );
    command->add_option("--format", options->format, "text (default) or json")
        ->check(CLI::IsMember({"text", "json"}))
        ->type_name("FORMAT");
    tool.set_work(*command, [&tool, options] { return explain(tool, *options); });
}

}  // namespace mosaic::tool
