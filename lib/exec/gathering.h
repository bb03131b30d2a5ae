#pragma once

#include "exec/executor.h"
#include "exec/gathering_keys.h"
#include "exec/servers.h"

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mosaic::exec {

/// One run of a plan's gather: rows of the shards into temporary tables on one server, then the
/// query there (query.md, level 3).
///
/// What is left of it on that server ends with its connection's reset, or with the connection.
/// Temporary tables have names that no table has, so nothing that goes wrong can write to a user's
/// table. All pieces for one shard see one state of it (rule 10).
class Gathering {
public:
    /// \pre plan.gather
    Gathering(Servers& servers, const plan::Plan& plan, const Call& call)
        : servers_(servers),
          plan_(plan),
          call_(call),
          budget_left_(call.bytes_max),
          found_(*plan.gather) {}

    [[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> run();

private:
    absl::Status find_shards();
    absl::Status open();
    /// One state of each shard for all pieces.
    absl::Status open_snapshots();
    /// Makes a temporary table, and sees that it has the columns which the plan knows: one more
    /// would keep its default.
    absl::Status create(const plan::GatherSource& source);
    absl::Status try_empty();
    absl::Status set_session(
        driver::Connection& connection, std::string_view sql_mode, std::string_view time_zone
    );
    absl::Status fill();
    /// What the servers guess of each mention's rows; without links, nothing that matters.
    [[nodiscard]] absl::StatusOr<std::vector<double>> guess_rows();
    [[nodiscard]] absl::StatusOr<double> guess_rows(
        driver::Connection& connection, const sql::Template& piece, ShardId shard
    );
    /// Reads the rows of one mention with these of its links.
    absl::Status fill(std::size_t source, const std::vector<const plan::GatherLink*>& links);
    absl::Status look_up(std::size_t mention, const std::vector<const plan::GatherLink*>& links);
    [[nodiscard]] std::string text_of(
        const sql::Template& piece,
        ShardId shard,
        const LinkConditions& more,
        const driver::Connection& connection
    ) const;
    /// Reads the rows of one piece and inserts them.
    absl::Status copy(std::size_t source, Servers::Lane& lane, ShardId shard);
    absl::Status take_bytes(std::size_t source, std::size_t bytes);
    /// Starts to insert rows, whose statement is empty afterwards.
    absl::Status insert(std::size_t source, std::string& statement);
    /// Waits for the INSERT that was started last.
    absl::Status settle();
    [[nodiscard]] absl::StatusOr<driver::Reply> ask_finish();
    [[nodiscard]] absl::StatusOr<std::unique_ptr<RowStream>> finish();
    [[nodiscard]] std::string render(const sql::Template& text, ShardId shard) const;

    Servers& servers_;
    const plan::Plan& plan_;
    const Call& call_;
    std::size_t budget_left_;
    ShardId home_;                                 ///< In whose schema the query runs.
    std::vector<std::vector<ShardId>> shards_of_;  ///< By source.
    std::vector<ShardId> shards_;                  ///< Of all sources.
    std::vector<Servers::Lane> lanes_;
    FoundKeys found_;
    std::string in_flight_;  ///< The INSERT that the server is busy with; empty: none.
    std::size_t in_flight_source_ = 0;
    pool::PooledConnection scratch_;
};

}  // namespace mosaic::exec
