#pragma once

#include "config/config.h"
#include "migrate/files.h"
#include "migrate/migrate.h"
#include "migrate/sessions.h"

#include <absl/status/status.h>

#include <vector>

/// What must hold before anything is run.
namespace mosaic::migrate {

/// How the servers read the files, by the configuration's sql_mode.
[[nodiscard]] sql::Syntax syntax_of(const config::Config& config);

/// Whether the statements that a shard has done are those of the file.
[[nodiscard]] bool is_as_applied(const MigrationFile& file, const LedgerRow& row);

/// kMigrationChanged, with all files and shards where a file is not as it was applied.
[[nodiscard]] absl::Status check_unchanged(
    const std::vector<MigrationFile>& files, const std::vector<ShardSession>& shards
);

/// kMigrationOrder when one of `pending` is older than one that was applied on any shard.
[[nodiscard]] absl::Status check_order(
    const std::vector<const MigrationFile*>& pending, const std::vector<ShardSession>& shards
);

}  // namespace mosaic::migrate
