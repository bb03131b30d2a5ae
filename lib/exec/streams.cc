#include "exec/streams.h"

#include "base/status.h"
#include "exec/servers.h"

#include <absl/strings/str_format.h>

namespace mosaic::exec {

absl::StatusOr<bool> ShardStream::next(Batch& out) {
    if (!connection_) {
        out.clear(reply_.columns.size());
        return false;
    }
    auto has_rows = connection_->fetch(out);
    if (!has_rows.ok())
        return on_shard(has_rows.status(), shard_);
    if (!*has_rows || !connection_->has_unread_rows()) {
        warnings_ = connection_->warning_count();
        connection_ = pool::PooledConnection();
    }
    return *has_rows;
}

absl::StatusOr<bool> BorrowedStream::next(Batch& out) {
    if (is_done_) {
        out.clear(reply_.columns.size());
        return false;
    }
    auto has_rows = connection_.fetch(out);
    if (!has_rows.ok())
        return on_shard(has_rows.status(), shard_);
    if (!*has_rows) {
        warnings_ = connection_.warning_count();
        is_done_ = true;
    }
    return *has_rows;
}

absl::StatusOr<bool> BufferedStream::next(Batch& out) {
    if (next_ == batches_.size()) {
        out.clear(columns_.size());
        return false;
    }
    out = std::move(batches_[next_++]);
    return true;
}

absl::StatusOr<bool> CountedStream::next(Batch& out) {
    MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, rows_->next(out));
    count_ += has_rows ? out.row_count() : 0;
    if (count_ <= rows_max_)
        return has_rows;
    return make_error(
        errors::kRowsMax,
        absl::StrFormat(
            "read an answer: it has more than %d rows, the call's rows_max; ask for fewer, or "
            "raise it",
            rows_max_
        )
    );
}

absl::Status ByteBudget::take(std::size_t bytes) {
    taken_ += bytes;
    if (taken_ <= bytes_max_)
        return absl::OkStatus();
    return make_error(
        errors::kBytesMax,
        absl::StrFormat(
            "buffer rows: they have more than bytes_max (%d) bytes; stream them, ask for fewer, or "
            "raise Statement::bytes_max",
            bytes_max_
        )
    );
}

absl::StatusOr<std::vector<Batch>> read_all(RowStream& stream, ByteBudget& budget) {
    std::vector<Batch> batches;
    while (true) {
        Batch batch;
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, stream.next(batch));
        if (!has_rows)
            return batches;
        MOSAIC_RETURN_IF_ERROR(budget.take(batch.byte_count()));
        batches.push_back(std::move(batch));
    }
}

}  // namespace mosaic::exec
