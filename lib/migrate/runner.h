#pragma once

#include "migrate/delivery.h"
#include "migrate/files.h"
#include "migrate/sessions.h"

#include <absl/status/status.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace mosaic::migrate {

/// Runs one migration on all shards where it is not finished. The ledgers exist, and the locks are
/// held.
class Runner {
public:
    /// `deliveries[i]` is of statement i. All must outlive this.
    Runner(
        const MigrationFile& file,
        const std::vector<Delivery>& deliveries,
        std::vector<ShardSession>& shards
    );

    /// kMigrationFailed when a statement failed on any shard; nothing after that statement was run.
    absl::Status run();

    [[nodiscard]] std::size_t statements_run() const { return statements_run_; }

private:
    struct Failure {
        const ShardSession* shard;
        absl::Status status;  ///< Its detail has an outcome.
    };

    absl::Status begin(ShardSession& shard);
    absl::Status resolve_running(ShardSession& shard, LedgerRow& row);
    absl::Status run_on(ShardSession& shard, std::size_t statement);
    absl::Status run_definition(ShardSession& shard, LedgerRow& row, std::size_t statement);
    absl::Status run_rows(ShardSession& shard, LedgerRow& row, std::size_t statement);
    absl::Status run_rows_in_transaction(
        ShardSession& shard, const LedgerRow& after, std::size_t statement
    );
    absl::Status set_clock(ShardSession& shard, std::string_view value) const;
    absl::Status note_failure(ShardSession& shard, LedgerRow& row, absl::Status status) const;
    absl::Status finish();
    [[nodiscard]] absl::StatusOr<std::string> fingerprint_of(
        ShardSession& shard, std::size_t statement
    ) const;
    void advance(LedgerRow& row, std::size_t statement) const;
    [[nodiscard]] absl::Status failed(
        std::string_view place, std::size_t statement, const std::vector<Failure>& failures
    ) const;

    const MigrationFile& file_;
    const std::vector<Delivery>& deliveries_;
    std::vector<ShardSession*> unfinished_;
    std::size_t statements_run_ = 0;
};

}  // namespace mosaic::migrate
