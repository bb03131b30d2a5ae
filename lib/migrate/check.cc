#include "migrate/check.h"

#include "base/status.h"

#include <absl/strings/ascii.h>
#include <absl/strings/match.h>
#include <absl/strings/str_format.h>

#include <algorithm>

namespace mosaic::migrate {

sql::Syntax syntax_of(const config::Config& config) {
    const std::string mode = absl::AsciiStrToUpper(config.options.session.sql_mode);
    sql::Syntax syntax;
    syntax.ansi_quotes = absl::StrContains(mode, "ANSI");
    syntax.no_backslash_escapes = absl::StrContains(mode, "NO_BACKSLASH_ESCAPES");
    return syntax;
}

bool is_as_applied(const MigrationFile& file, const LedgerRow& row) {
    const std::size_t count = file.statements().size();
    if (row.statements_done > count || (row.is_finished() && row.statement_count != count))
        return false;
    if (row.checksum != file.checksum(row.statements_done))
        return false;
    return !row.running || (row.statements_done < count &&
                            row.running->checksum == file.checksum(row.statements_done + 1));
}

absl::Status check_unchanged(
    const std::vector<MigrationFile>& files, const std::vector<ShardSession>& shards
) {
    std::string changed;
    for (const MigrationFile& file : files) {
        std::string where;
        for (const ShardSession& shard : shards) {
            const LedgerRow* row = shard.row(file.version());
            if (row != nullptr && !is_as_applied(file, *row))
                where += (where.empty() ? "" : ", ") + shard.schema;
        }
        if (!where.empty())
            changed += absl::StrFormat(
                "%s%s (applied on %s)", changed.empty() ? "" : "; ", file.name(), where
            );
    }
    if (changed.empty())
        return absl::OkStatus();
    return make_error(
        errors::kMigrationChanged,
        absl::StrFormat(
            "compare the migrations with the ledgers: %s: statements that were run, or begun, are "
            "not "
            "those of the file; bring the file back as it was and write the change as another "
            "migration",
            changed
        )
    );
}

absl::Status check_order(
    const std::vector<const MigrationFile*>& pending, const std::vector<ShardSession>& shards
) {
    std::uint64_t newest = 0;
    for (const ShardSession& shard : shards) {
        for (const auto& [version, row] : shard.ledger)
            newest = std::max(newest, row.is_finished() ? version : 0);
    }
    for (const MigrationFile* file : pending) {
        const bool is_begun =
            std::any_of(shards.begin(), shards.end(), [&](const ShardSession& shard) {
                return shard.row(file->version()) != nullptr;
            });
        if (!is_begun && file->version() < newest)
            return make_error(
                errors::kMigrationOrder,
                absl::StrFormat(
                    "apply %s: it is older than %d, which was applied; give it a newer name, or "
                    "allow "
                    "it with --out-of-order",
                    file->name(),
                    newest
                )
            );
    }
    return absl::OkStatus();
}

}  // namespace mosaic::migrate
