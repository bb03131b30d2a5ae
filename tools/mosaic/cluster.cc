// mosaic cluster: the configuration's servers, run on this machine.
#include "base/status.h"
#include "launcher/data_folder.h"
#include "launcher/local_server.h"
#include "verbs.h"

#include <absl/strings/str_format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <set>
#include <utility>

namespace mosaic::tool {
namespace {

namespace fs = std::filesystem;
using launcher::LocalServer;
using launcher::ServerState;
using launcher::ServerStatus;

struct ClusterOptions {
    std::string folder;
    std::string kind = "mariadb";
    std::string mysql_root;
    bool deletes = false;
};

/// The servers, none touched yet.
struct Cluster {
    fs::path folder;
    std::vector<LocalServer> servers;
};

bool is_loopback(const Endpoint& endpoint) {
    return !endpoint.socket.empty() || endpoint.host == "127.0.0.1" || endpoint.host == "localhost";
}

absl::Status check_ours(const config::Config& config) {
    if (!config.cluster)
        return make_error(
            errors::kClusterNotOurs,
            absl::StrFormat(
                "run the servers of %s here: it has no `cluster:` section, so they are somebody "
                "else's; add `cluster: {folder: ..}` if they are to run on this machine",
                config.file.string()
            )
        );
    for (const topology::Server& server : config.servers) {
        if (!is_loopback(server.primary))
            return make_error(
                errors::kClusterNotOurs,
                absl::StrFormat(
                    "run the servers of %s here: server %s is at %s, which is not this machine; "
                    "give "
                    "it an address such as 127.0.0.1:4101, or take the `cluster:` section out",
                    config.file.string(),
                    server.name,
                    server.primary.to_string()
                )
            );
    }
    return absl::OkStatus();
}

absl::StatusOr<Cluster> open_cluster(const Tool& tool, const ClusterOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const config::Config config, tool.load_config());
    MOSAIC_RETURN_IF_ERROR(check_ours(config));
    Cluster cluster;
    std::error_code failed;
    const fs::path folder =
        options.folder.empty() ? config.cluster->folder : fs::path(options.folder);
    cluster.folder = fs::weakly_canonical(fs::absolute(folder, failed), failed);
    for (const topology::Server& server : config.servers) {
        launcher::LocalServerSpec spec;
        spec.name = server.name;
        spec.kind =
            options.kind == "mysql" ? launcher::ServerKind::kMySql : launcher::ServerKind::kMariaDb;
        spec.folder = cluster.folder / server.name;
        spec.templates = cluster.folder / ".templates";
        spec.port = server.primary.port;
        spec.socket = server.primary.socket;
        spec.server_id = static_cast<std::uint32_t>(cluster.servers.size() + 1);
        spec.account = {server.user, server.password};
        spec.programs.mysql_root = options.mysql_root;
        MOSAIC_ASSIGN_OR_RETURN(LocalServer made, LocalServer::make(std::move(spec)));
        cluster.servers.push_back(std::move(made));
    }
    return cluster;
}

std::string state_text(const ServerStatus& status) {
    return std::string(launcher::to_string(status.state));
}

void print_status(const Tool& tool, const Cluster& cluster) {
    std::vector<std::vector<std::string>> rows;
    nlohmann::json all = nlohmann::json::array();
    for (const LocalServer& server : cluster.servers) {
        const ServerStatus status = server.status();
        rows.push_back(
            {status.name,
             state_text(status),
             status.port == 0 ? "-" : std::to_string(status.port),
             status.pid == 0 ? "-" : std::to_string(status.pid),
             status.version.empty() ? "-" : status.version,
             status.folder.string()}
        );
        all.push_back(
            {{"name", status.name},
             {"state", state_text(status)},
             {"port", status.port},
             {"pid", status.pid},
             {"version", status.version},
             {"socket", status.socket.string()},
             {"folder", status.folder.string()}}
        );
    }
    if (tool.wants_json())
        print_line(all.dump(2));
    else
        print_table({"SERVER", "STATE", "PORT", "PID", "VERSION", "FOLDER"}, rows);
}

bool is_all(const Cluster& cluster, ServerState state) {
    return std::all_of(
        cluster.servers.begin(),
        cluster.servers.end(),
        [&](const LocalServer& server) { return server.status().state == state; }
    );
}

absl::Status incomplete(
    std::string_view doing, const Cluster& cluster, const std::vector<absl::Status>& failures
) {
    std::set<std::string> reasons;
    for (const absl::Status& failure : failures) reasons.emplace(message_of(failure));
    if (reasons.size() == 1 && failures.size() == cluster.servers.size())
        return failures.front();
    std::string list;
    for (const std::string& reason : reasons) list += "\n  " + reason;
    ErrorDetail detail;
    if (failures.size() < cluster.servers.size())
        detail.outcome = Outcome::kPartial;
    return make_error(
        errors::kClusterIncomplete,
        absl::StrFormat(
            "%s the local cluster in %s: %d of %d servers failed; put that right and say it "
            "again:%s",
            doing,
            cluster.folder.string(),
            failures.size(),
            cluster.servers.size(),
            list
        ),
        detail
    );
}

// Does both steps on all servers, so that they start or stop at the same time.
template <typename First, typename Second>
std::vector<absl::Status> on_all(Cluster& cluster, First first, Second second) {
    std::vector<absl::Status> failures;
    std::vector<LocalServer*> under_way;
    for (LocalServer& server : cluster.servers) {
        if (absl::Status status = (server.*first)(); status.ok())
            under_way.push_back(&server);
        else
            failures.push_back(std::move(status));
    }
    for (LocalServer* server : under_way) {
        if (absl::Status status = (server->*second)(); !status.ok())
            failures.push_back(std::move(status));
    }
    return failures;
}

absl::StatusOr<Exit> up(const Tool& tool, const ClusterOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(Cluster cluster, open_cluster(tool, options));
    MOSAIC_RETURN_IF_ERROR(launcher::make_private_folder(cluster.folder));
    MOSAIC_ASSIGN_OR_RETURN(
        const launcher::FolderLock lock,
        launcher::FolderLock::take(cluster.folder, launcher::FolderLock::WhenTaken::kFail)
    );
    const std::vector<absl::Status> failures =
        on_all(cluster, &LocalServer::launch, &LocalServer::wait_until_answering);
    print_status(tool, cluster);
    if (!failures.empty())
        return incomplete("start", cluster, failures);
    return Exit::kDone;
}

absl::StatusOr<Exit> show_status(const Tool& tool, const ClusterOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(const Cluster cluster, open_cluster(tool, options));
    print_status(tool, cluster);
    return is_all(cluster, ServerState::kAnswering) ? Exit::kDone : Exit::kPending;
}

absl::Status delete_folders(const Cluster& cluster) {
    std::vector<fs::path> folders{cluster.folder / ".templates"};
    for (const LocalServer& server : cluster.servers) folders.push_back(server.spec().folder);
    for (const fs::path& folder : folders) {
        std::error_code failed;
        fs::remove_all(folder, failed);
        if (failed)
            return make_error(
                errors::kServerFolderUnusable,
                absl::StrFormat(
                    "delete %s: %s; delete it by hand", folder.string(), failed.message()
                )
            );
    }
    return absl::OkStatus();
}

absl::StatusOr<Exit> down(const Tool& tool, const ClusterOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(Cluster cluster, open_cluster(tool, options));
    std::error_code failed;
    if (!fs::exists(cluster.folder, failed)) {
        print_status(tool, cluster);
        return Exit::kDone;
    }
    if (options.deletes)
        MOSAIC_RETURN_IF_ERROR(tool.confirm(absl::StrFormat(
            "Delete all data of the %d servers in %s?",
            cluster.servers.size(),
            cluster.folder.string()
        )));
    MOSAIC_ASSIGN_OR_RETURN(
        const launcher::FolderLock lock,
        launcher::FolderLock::take(cluster.folder, launcher::FolderLock::WhenTaken::kFail)
    );
    const std::vector<absl::Status> failures =
        on_all(cluster, &LocalServer::begin_stop, &LocalServer::wait_until_stopped);
    print_status(tool, cluster);
    if (!failures.empty())
        return incomplete("stop", cluster, failures);
    if (options.deletes)
        MOSAIC_RETURN_IF_ERROR(delete_folders(cluster));
    return Exit::kDone;
}

using Work = absl::StatusOr<Exit> (*)(const Tool&, const ClusterOptions&);

CLI::App* add_command(
    CLI::App& verb,
    Tool& tool,
    const std::shared_ptr<ClusterOptions>& options,
    const char* name,
    const char* about,
    Work work
) {
    CLI::App* command = verb.add_subcommand(name, about);
    tool.add_config(*command);
    tool.add_format(*command);
    command
        ->add_option(
            "--folder",
            options->folder,
            "Where the servers' data are (default: the configuration's)"
        )
        ->type_name("FOLDER");
    tool.set_work(*command, [&tool, options, work] { return work(tool, *options); });
    return command;
}

}  // namespace

void add_cluster(CLI::App& app, Tool& tool) {
    CLI::App* verb =
        app.add_subcommand("cluster", "Run the configuration's servers on this machine");
    verb->require_subcommand(1);
    const auto options = std::make_shared<ClusterOptions>();
    CLI::App* start = add_command(*verb, tool, options, "up", "Start them and wait", up);
    start->add_option("--kind", options->kind, "mariadb (default) or mysql")
        ->check(CLI::IsMember({"mariadb", "mysql"}))
        ->type_name("KIND");
    start->add_option("--mysql-root", options->mysql_root, "The folder of an unpacked MySQL")
        ->envname("MOSAIC_MYSQL_ROOT")
        ->type_name("FOLDER");
    add_command(
        *verb, tool, options, "status", "Which of them run; exit code 3 unless all do", show_status
    );
    CLI::App* stop = add_command(*verb, tool, options, "down", "Stop them; their data stay", down);
    stop->add_flag("--delete", options->deletes, "Delete their data too");
    tool.add_yes(*stop);
}

}  // namespace mosaic::tool
