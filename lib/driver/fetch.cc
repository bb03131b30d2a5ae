#include "driver/fetch.h"

#include "base/status.h"

namespace mosaic::driver {

absl::StatusOr<Reply> run_statement(
    Connection& connection, std::string_view sql, TimePoint deadline
) {
    MOSAIC_RETURN_IF_ERROR(
        connection.send({.text = sql, .schema = {}, .deadline = deadline}, Overlap::kAlone)
    );
    return connection.receive();
}

absl::StatusOr<Batch> fetch_all(Connection& connection, std::string_view sql, TimePoint deadline) {
    MOSAIC_ASSIGN_OR_RETURN(const Reply reply, run_statement(connection, sql, deadline));
    Batch all;
    all.clear(reply.columns.size());
    Batch batch;
    while (!reply.columns.empty()) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, connection.fetch(batch));
        if (!has_rows)
            break;
        for (std::size_t row = 0; row < batch.row_count(); ++row) all.append_row(batch, row);
    }
    return all;
}

}  // namespace mosaic::driver
