#pragma once

#include "bench/raw_connection.h"
#include "exec/workers.h"
#include "support/test_cluster.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace mosaic::bench {

enum class Indexes : std::uint8_t { kNone, kAll };

/// One logical shard on each of `shards` servers, which share a processor (1); table `rows` (id,
/// team, score, name), sharded by id, holds the keys 1 to `rows`.
class BenchCluster {
public:
    BenchCluster(const std::string& driver, int shards, std::uint64_t rows, Indexes indexes);

    [[nodiscard]] Client open() const { return cluster_.open(); }

    [[nodiscard]] std::size_t shard_count() const { return cluster_.topology().shards.size(); }

    /// The shard that has key `id`.
    [[nodiscard]] std::size_t shard_of(std::uint64_t id) const;
    /// `app_03`.`rows`
    [[nodiscard]] std::string rows_of(std::size_t shard) const;
    [[nodiscard]] std::uint16_t port_of(std::size_t shard);

private:
    void fill(std::uint64_t rows);

    test::TestCluster cluster_;
};

/// The other side: a connection per shard, used by hand.
class ByHand {
public:
    ByHand(BenchCluster& cluster, const std::string& driver);

    [[nodiscard]] RawConnection& shard(std::size_t i) { return *connections_[i]; }

    /// Texts of all shards at once: send all, then read all, where the driver can; else a warm
    /// thread per shard. `visit` is called by that thread. \return affected rows.
    std::uint64_t run_all(
        const std::vector<std::string>& texts,
        absl::FunctionRef<void(std::size_t shard, unsigned column, std::string_view cell)> visit
    );

private:
    std::vector<std::unique_ptr<RawConnection>> connections_;
    bool sends_at_once_;
    exec::Workers workers_;
};

/// A cheap number that stands for a cell: answers with the same cells have the same sum.
[[nodiscard]] inline std::uint64_t cell_sum(std::string_view cell) {
    if (cell.empty())
        return 1;
    const auto byte = [](char c) {
        return static_cast<std::uint64_t>(static_cast<unsigned char>(c));
    };
    return cell.size() * 65'537 + byte(cell.front()) * 257 + byte(cell.back());
}

}  // namespace mosaic::bench
