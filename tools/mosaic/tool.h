#pragma once

#include "config/config.h"
#include "mosaic/registry.h"

#include <CLI/App.hpp>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

/// What all verbs share. A verb is one file with one function `add_VERB`, listed in verbs.h.
namespace mosaic::tool {

/// The process's exit code: one table for all verbs.
enum class Exit : int {
    kDone = 0,
    kFailed = 1,
    kUsage = 2,    ///< Arguments or configuration.
    kPending = 3,  ///< Differences or pending work found.
    kRefused = 4,  ///< Before anything was done.
    kPartial = 5,  ///< Done on some shards, or some servers; the message lists them.
    kInDoubt = 6,  ///< Look before you repeat.
    kInterrupted = 130,
};

[[nodiscard]] Exit exit_of(const absl::Status& status);

/// One call of the tool.
class Tool {
public:
    explicit Tool(const Registry& registry);

    /// What the command does when it is called. An error is printed and becomes its exit code.
    void set_work(CLI::App& command, std::function<absl::StatusOr<Exit>()> work);

    /// `--config FILE`, or $MOSAIC_CONFIG, or config/mosaic.yaml.
    void add_config(CLI::App& command);
    /// `--format table|json`.
    void add_format(CLI::App& command);
    /// `--yes`: ask nothing.
    void add_yes(CLI::App& command);

    [[nodiscard]] absl::StatusOr<config::Config> load_config() const;

    /// As it was named; for messages and for what to do next.
    [[nodiscard]] const std::string& config_file() const { return config_file_; }

    [[nodiscard]] bool wants_json() const { return format_ == "json"; }

    [[nodiscard]] const Registry& registry() const { return registry_; }

    /// OK when the user says yes, or said --yes. Where nobody can be asked --yes is needed.
    [[nodiscard]] absl::Status confirm(std::string_view question) const;

    /// The chosen command's work. \pre a command was parsed
    [[nodiscard]] absl::StatusOr<Exit> work() const { return work_(); }

private:
    const Registry& registry_;
    std::string config_file_ = "config/mosaic.yaml";
    std::string format_ = "table";
    bool is_yes_ = false;
    std::function<absl::StatusOr<Exit>()> work_;
};

/// Prints to standard output: a head in capitals, cells aligned; the last column as long as it is.
void print_table(
    const std::vector<std::string>& head, const std::vector<std::vector<std::string>>& rows
);

void print_line(std::string_view line);
/// To standard error: what is no result.
void print_note(std::string_view line);

}  // namespace mosaic::tool
