#include "inspect/fetch.h"

#include "base/status.h"

namespace mosaic::inspect {

absl::StatusOr<Batch> fetch_all(
    driver::Connection& connection, std::string_view sql, TimePoint deadline
) {
    MOSAIC_RETURN_IF_ERROR(
        connection.send({.text = sql, .schema = {}, .deadline = deadline}, driver::Overlap::kAlone)
    );
    MOSAIC_ASSIGN_OR_RETURN(const driver::Reply reply, connection.receive());
    Batch all;
    all.clear(reply.columns.size());
    Batch batch;
    while (!reply.columns.empty()) {
        MOSAIC_ASSIGN_OR_RETURN(const bool has_rows, connection.fetch(batch));
        if (!has_rows)
            break;
        for (std::size_t row = 0; row < batch.row_count(); ++row)
            all.append_row(batch, row);
    }
    return all;
}

}  // namespace mosaic::inspect
