#include "base/status.h"

#include "migrate/check.h"
#include "migrate/migrate.h"
#include "migrate/sessions.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <map>
#include <utility>

namespace mosaic::migrate {
namespace {

std::string describe_unfinished(const ShardSession& shard, const LedgerRow* row) {
    if (row == nullptr)
        return shard.schema + ": not begun";
    std::string text = absl::StrFormat(
        "%s: %d of %d statements done", shard.schema, row->statements_done, row->statement_count
    );
    if (row->running)
        text += ", the next one was under way";
    if (!row->error.empty())
        text += " (" + row->error + ")";
    return text;
}

MigrationStatus status_of(const MigrationFile& file, const std::vector<ShardSession>& shards) {
    MigrationStatus status{file.version(), file.title(), MigrationState::kPending, 0, {}, {}};
    bool is_begun = false;
    bool is_changed = false;
    for (const ShardSession& shard : shards) {
        const LedgerRow* row = shard.row(file.version());
        is_begun = is_begun || row != nullptr;
        is_changed = is_changed || (row != nullptr && !is_as_applied(file, *row));
        if (row != nullptr && row->is_finished()) {
            ++status.shards_finished;
            status.finished = std::max(status.finished, row->finished);
        } else {
            status.shards_unfinished.push_back(describe_unfinished(shard, row));
        }
    }
    const bool is_finished = is_begun && status.shards_unfinished.empty();
    status.state = is_changed    ? MigrationState::kChanged
                   : is_finished ? MigrationState::kApplied
                   : is_begun    ? MigrationState::kPartly
                                 : MigrationState::kPending;
    if (!is_begun)
        status.shards_unfinished.clear();
    return status;
}

void add_without_file(Status& status, const std::vector<ShardSession>& shards) {
    std::map<std::uint64_t, MigrationStatus> missing;
    for (const ShardSession& shard : shards) {
        for (const auto& entry : shard.ledger) {
            const std::uint64_t version = entry.first;
            const LedgerRow& row = entry.second;
            const bool has_file = std::any_of(
                status.migrations.begin(),
                status.migrations.end(),
                [&](const MigrationStatus& known) { return known.version == version; }
            );
            if (has_file)
                continue;
            MigrationStatus& one = missing[version];
            one.version = version;
            one.title = row.title;
            one.state = MigrationState::kFileMissing;
            one.shards_finished += row.is_finished() ? 1u : 0u;
            one.finished = std::max(one.finished, row.finished);
        }
    }
    for (auto& [version, one] : missing) status.migrations.push_back(std::move(one));
    std::sort(
        status.migrations.begin(),
        status.migrations.end(),
        [](const MigrationStatus& a, const MigrationStatus& b) { return a.version < b.version; }
    );
}

}  // namespace

std::filesystem::path folder_of(const config::Config& config, const std::filesystem::path& named) {
    if (!named.empty())
        return named;
    const std::filesystem::path beside = config.file.parent_path();
    std::error_code failed;
    const std::filesystem::path own = beside / config.file.stem() / "migrations";
    return std::filesystem::is_directory(own, failed) ? own : beside / "migrations";
}

std::string_view to_string(MigrationState state) {
    switch (state) {
        case MigrationState::kPending:
            return "pending";
        case MigrationState::kPartly:
            return "partly";
        case MigrationState::kApplied:
            return "applied";
        case MigrationState::kChanged:
            return "changed";
        case MigrationState::kFileMissing:
            return "file missing";
    }
    return "";
}

bool Status::is_all_applied() const {
    return std::all_of(migrations.begin(), migrations.end(), [](const MigrationStatus& migration) {
        return migration.state == MigrationState::kApplied;
    });
}

absl::StatusOr<Status> read_status(const Target& target) {
    MOSAIC_ASSIGN_OR_RETURN(
        const std::vector<MigrationFile> files, read_folder(target.folder, syntax_of(target.config))
    );
    MOSAIC_ASSIGN_OR_RETURN(
        const Sessions sessions, Sessions::open(target.config, target.topology)
    );
    Status status;
    status.shard_count = sessions.shards().size();
    for (const Sessions::Failure& failure : sessions.failures())
        status.unreachable.emplace_back(failure.server, failure.status);
    for (const MigrationFile& file : files)
        status.migrations.push_back(status_of(file, sessions.shards()));
    add_without_file(status, sessions.shards());
    return status;
}

}  // namespace mosaic::migrate
