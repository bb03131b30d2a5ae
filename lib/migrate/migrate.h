#pragma once

#include "config/config.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Schema changes over all shards: numbered SQL files, a ledger in each shard.
namespace mosaic::migrate {

/// What is migrated, and by which files.
struct Target {
    const config::Config& config;
    const topology::Topology& topology;
    std::filesystem::path folder;
};

/// The folder of a configuration, unless a name is given: `migrations` beside the file; for one of
/// several files in a folder, `shop.yaml` say, `shop/migrations` where that is there.
[[nodiscard]] std::filesystem::path folder_of(
    const config::Config& config, const std::filesystem::path& named
);

enum class MigrationState : std::uint8_t {
    kPending,      ///< Begun nowhere.
    kPartly,       ///< Finished on some shards, or begun.
    kApplied,      ///< Finished on all.
    kChanged,      ///< The file is not as it was applied.
    kFileMissing,  ///< In a ledger, not in the folder.
};

[[nodiscard]] std::string_view to_string(MigrationState state);

struct MigrationStatus {
    std::uint64_t version = 0;
    std::string title;
    MigrationState state = MigrationState::kPending;
    std::size_t shards_finished = 0;
    std::vector<std::string>
        shards_unfinished;  ///< kPartly: with what stopped each, if it is known.
    std::string finished;   ///< kApplied: the latest time of all shards, UTC.
};

struct Status {
    std::vector<MigrationStatus> migrations;  ///< Oldest first.
    std::size_t shard_count = 0;              ///< Those that answered.
    /// Servers that could not be asked, with the reason.
    std::vector<std::pair<std::string, absl::Status>> unreachable;

    [[nodiscard]] bool is_all_applied() const;
};

/// What was done where. Writes nothing.
[[nodiscard]] absl::StatusOr<Status> read_status(const Target& target);

/// Whether a migration may be older than one that was applied.
enum class Order : std::uint8_t { kByTime, kAny };

struct UpOptions {
    std::optional<std::uint64_t> to;  ///< The last one to apply; empty: all.
    Order order = Order::kByTime;
    std::chrono::seconds lock_wait{10};                   ///< For locks on tables that others use.
    std::function<void(std::string_view line)> progress;  ///< May be empty.
};

struct UpReport {
    std::vector<std::string> applied;  ///< Files that are finished on all shards now, by this call.
    std::size_t statements_run = 0;    ///< Over all shards.
};

/// Applies what is pending, oldest first, on all shards; finishes what an earlier call could not.
///
/// A statement is tried on all its shards; when it failed on any, nothing after it is run. A
/// statement that changes rows commits together with its note in the ledger. A definition is
/// changed fully or not at all (MariaDB from 10.6, MySQL from 8.0), and one that was under way in a
/// crash is resolved by what its table looks like now.
///
/// \return kMigrationFailed, whose detail says rolled back, partial or in doubt, with the shards;
/// or,
///     before anything was done: kMigrationStatement, kMigrationChanged, kMigrationOrder,
///     kMigrationBusy, kMigrationName, kMigrationsUnreadable, or why a server could not be asked.
/// \par Blocking
/// As long as the servers take; there is no deadline.
[[nodiscard]] absl::StatusOr<UpReport> up(const Target& target, const UpOptions& options);

}  // namespace mosaic::migrate
