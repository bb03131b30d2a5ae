#include "base/status.h"
#include "migrate/check.h"
#include "migrate/migrate.h"
#include "migrate/runner.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <utility>

namespace mosaic::migrate {
namespace {

using std::chrono::steady_clock;

absl::Status check_last(
    const std::vector<MigrationFile>& files, const std::optional<std::uint64_t>& to
) {
    const bool is_known =
        !to || std::any_of(files.begin(), files.end(), [&](const MigrationFile& file) {
            return file.version() == *to;
        });
    if (is_known)
        return absl::OkStatus();
    return make_error(
        errors::kMigrationName,
        absl::StrFormat(
            "apply migrations up to %d: no file begins with it; see `mosaic migrate status`", *to
        )
    );
}

std::vector<const MigrationFile*> pending_of(
    const std::vector<MigrationFile>& files,
    const std::vector<ShardSession>& shards,
    const std::optional<std::uint64_t>& to
) {
    std::vector<const MigrationFile*> pending;
    for (const MigrationFile& file : files) {
        if (to && file.version() > *to)
            break;
        const bool is_finished =
            std::all_of(shards.begin(), shards.end(), [&](const ShardSession& shard) {
                const LedgerRow* row = shard.row(file.version());
                return row != nullptr && row->is_finished();
            });
        if (!is_finished)
            pending.push_back(&file);
    }
    return pending;
}

// A migration goes to every shard, so every server must answer.
absl::Status check_all_reached(const Sessions& sessions) {
    if (sessions.failures().empty())
        return absl::OkStatus();
    const Sessions::Failure& first = sessions.failures().front();
    return with_detail(
        absl::Status(
            first.status.code(),
            absl::StrFormat(
                "%s (server %s, one of %d that cannot be migrated; nothing was done)",
                message_of(first.status),
                first.server,
                sessions.failures().size()
            )
        ),
        error_detail(first.status).value_or(ErrorDetail{})
    );
}

void tell(const UpOptions& options, const std::string& line) {
    if (options.progress)
        options.progress(line);
}

absl::Status run_one(
    const MigrationFile& file,
    const std::vector<Delivery>& deliveries,
    std::vector<ShardSession>& shards,
    const UpOptions& options,
    UpReport& report
) {
    const auto begin = steady_clock::now();
    Runner runner(file, deliveries, shards);
    const absl::Status done = runner.run();
    report.statements_run += runner.statements_run();
    if (!done.ok())
        return done;
    report.applied.push_back(file.name());
    const std::chrono::duration<double> taken = steady_clock::now() - begin;
    tell(
        options,
        absl::StrFormat(
            "%s: applied, %d statements over %d shards in %.1f s",
            file.name(),
            runner.statements_run(),
            shards.size(),
            taken.count()
        )
    );
    return absl::OkStatus();
}

}  // namespace

absl::StatusOr<UpReport> up(const Target& target, const UpOptions& options) {
    MOSAIC_ASSIGN_OR_RETURN(
        const std::vector<MigrationFile> files, read_folder(target.folder, syntax_of(target.config))
    );
    MOSAIC_RETURN_IF_ERROR(check_last(files, options.to));
    MOSAIC_ASSIGN_OR_RETURN(Sessions sessions, Sessions::open(target.config, target.topology));
    MOSAIC_RETURN_IF_ERROR(check_all_reached(sessions));
    MOSAIC_RETURN_IF_ERROR(sessions.lock());
    std::vector<ShardSession>& shards = sessions.shards();
    MOSAIC_RETURN_IF_ERROR(check_unchanged(files, shards));
    const std::vector<const MigrationFile*> pending = pending_of(files, shards, options.to);
    if (options.order == Order::kByTime)
        MOSAIC_RETURN_IF_ERROR(check_order(pending, shards));
    std::vector<std::vector<Delivery>> deliveries;
    for (const MigrationFile* file : pending) {
        MOSAIC_ASSIGN_OR_RETURN(std::vector<Delivery> one, address(*file, target.topology));
        deliveries.push_back(std::move(one));
    }

    UpReport report;
    if (pending.empty())
        return report;
    MOSAIC_RETURN_IF_ERROR(sessions.set_lock_wait(options.lock_wait));
    for (const ShardSession& shard : shards)
        MOSAIC_RETURN_IF_ERROR(create_ledger(*shard.connection, shard.schema));
    for (std::size_t i = 0; i < pending.size(); ++i)
        MOSAIC_RETURN_IF_ERROR(run_one(*pending[i], deliveries[i], shards, options, report));
    return report;
}

}  // namespace mosaic::migrate
