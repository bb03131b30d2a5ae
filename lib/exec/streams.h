#pragma once

#include "driver/connection.h"
#include "merge/row_stream.h"
#include "pool/pool.h"
#include "topology/topology.h"

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace mosaic::exec {

/// The rows of one shard, as its connection gives them; the connection goes back when they are all
/// read, or is closed when this is destroyed before.
class ShardStream final : public RowStream {
public:
    /// `reply` is what receive() gave on `connection`.
    ShardStream(pool::PooledConnection connection, driver::Reply reply, topology::Shard shard)
        : connection_(std::move(connection)), reply_(std::move(reply)), shard_(std::move(shard)) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return reply_.columns; }

    absl::StatusOr<bool> next(Batch& out) override;

    [[nodiscard]] std::uint32_t warning_count() const override { return warnings_; }

private:
    pool::PooledConnection connection_;
    driver::Reply reply_;
    topology::Shard shard_;
    std::uint32_t warnings_ = 0;
};

/// The same on a connection that a transaction keeps.
class BorrowedStream final : public RowStream {
public:
    BorrowedStream(driver::Connection& connection, driver::Reply reply, topology::Shard shard)
        : connection_(connection), reply_(std::move(reply)), shard_(std::move(shard)) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return reply_.columns; }

    absl::StatusOr<bool> next(Batch& out) override;

    [[nodiscard]] std::uint32_t warning_count() const override { return warnings_; }

private:
    driver::Connection& connection_;
    driver::Reply reply_;
    topology::Shard shard_;
    std::uint32_t warnings_ = 0;
    bool is_done_ = false;
};

/// Rows that are in memory.
class BufferedStream final : public RowStream {
public:
    BufferedStream(std::vector<Column> columns, std::vector<Batch> batches, std::uint32_t warnings)
        : columns_(std::move(columns)), batches_(std::move(batches)), warnings_(warnings) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return columns_; }

    absl::StatusOr<bool> next(Batch& out) override;

    [[nodiscard]] std::uint32_t warning_count() const override { return warnings_; }

private:
    std::vector<Column> columns_;
    std::vector<Batch> batches_;
    std::size_t next_ = 0;
    std::uint32_t warnings_ = 0;
};

/// Rows of another stream; one more than `rows_max` is kRowsMax.
class CountedStream final : public RowStream {
public:
    CountedStream(std::unique_ptr<RowStream> rows, std::size_t rows_max)
        : rows_(std::move(rows)), rows_max_(rows_max) {}

    [[nodiscard]] const std::vector<Column>& columns() const override { return rows_->columns(); }

    absl::StatusOr<bool> next(Batch& out) override;

    [[nodiscard]] std::uint32_t warning_count() const override { return rows_->warning_count(); }

private:
    std::unique_ptr<RowStream> rows_;
    std::size_t rows_max_;
    std::size_t count_ = 0;
};

/// What is left of a number of bytes; breaching it is kBytesMax.
class ByteBudget {
public:
    explicit ByteBudget(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    [[nodiscard]] absl::Status take(std::size_t bytes);

private:
    std::size_t bytes_max_;
    std::size_t taken_ = 0;
};

/// All rows of `stream`, as batches.
[[nodiscard]] absl::StatusOr<std::vector<Batch>> read_all(RowStream& stream, ByteBudget& budget);

}  // namespace mosaic::exec
