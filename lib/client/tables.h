#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "exec/servers.h"
#include "schema/schema.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <atomic>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mosaic::client {

/// What the servers' tables look like: read from a server when a statement names a table first, and
/// checked then against what its shards cannot enforce. Tables that are refused are looked at again
/// each time, so that a mended one can be used at once.
///
/// \par Thread safety
/// All calls from any thread.
class Tables {
public:
    explicit Tables(exec::Servers& servers) : servers_(servers) {}

    /// The definitions of `names`, and the collations of their text. Asks a server for what is not
    /// known yet: any shard that has the table and answers.
    [[nodiscard]] absl::StatusOr<std::shared_ptr<const schema::Schema>> schema_for(
        const topology::Topology& topology, std::span<const std::string> names, TimePoint deadline
    );

    /// Forgets all definitions: some table is not as it was. \return the version from now on.
    std::uint64_t forget();

    /// Grows when definitions are forgotten.
    [[nodiscard]] std::uint64_t version() const { return version_.load(std::memory_order_relaxed); }

    /// Of the server that told a definition; none: none has yet.
    [[nodiscard]] std::optional<driver::ServerFacts> server() const;

    /// When definitions were forgotten last.
    [[nodiscard]] TimePoint forgotten_at() const;

private:
    [[nodiscard]] absl::StatusOr<std::shared_ptr<const schema::TableDef>> read(
        const topology::Topology& topology, const topology::Table& table, TimePoint deadline
    );
    absl::Status read_collations(
        driver::Connection& connection, const schema::TableDef& definition, TimePoint deadline
    );
    [[nodiscard]] std::shared_ptr<const schema::Schema> known(
        std::span<const std::string> names, std::string& unknown
    );

    exec::Servers& servers_;
    std::atomic<std::uint64_t> version_{1};
    mutable Mutex mutex_;
    schema::Schema all_ ABSL_GUARDED_BY(mutex_);
    std::optional<driver::ServerFacts> server_ ABSL_GUARDED_BY(mutex_);
    TimePoint forgotten_at_ ABSL_GUARDED_BY(mutex_);
};

[[nodiscard]] std::vector<ShardId> one_shard_of_each_server(const topology::Topology& topology);

/// The shards that can tell what a table looks like, one of each server: one that is down must not
/// keep a client from using the others.
[[nodiscard]] std::vector<ShardId> shards_that_know(
    const topology::Topology& topology, const topology::Table& table
);

/// Whether another shard may answer where one failed so.
[[nodiscard]] bool is_worth_another_shard(const absl::Status& status);

}  // namespace mosaic::client
