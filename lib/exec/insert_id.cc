#include "exec/insert_id.h"

#include "base/status.h"
#include "driver/fetch.h"

#include <absl/strings/numbers.h>
#include <absl/strings/str_format.h>

#include <utility>

namespace mosaic::exec {

absl::Status set_insert_id(driver::Connection& connection, const Call& call) {
    const std::string text = absl::StrFormat("SET last_insert_id = %d", *call.last_insert_id);
    return driver::run_statement(connection, text, call.deadline).status();
}

absl::StatusOr<std::unique_ptr<RowStream>> read_with_insert_id(
    driver::Connection& connection,
    driver::Reply reply,
    const topology::Shard& shard,
    const Call& call
) {
    std::vector<Column> columns = reply.columns;
    BorrowedStream rows(connection, std::move(reply), shard);
    ByteBudget budget(call.bytes_max);
    MOSAIC_ASSIGN_OR_RETURN(std::vector<Batch> batches, read_all(rows, budget));
    MOSAIC_ASSIGN_OR_RETURN(
        const Batch value, driver::fetch_all(connection, "SELECT LAST_INSERT_ID()", call.deadline)
    );
    if (!absl::SimpleAtoi(std::string(value.cell(0, 0).value_or("")), call.last_insert_id))
        return make_error(
            errors::kConnectorFault,
            absl::StrFormat("read LAST_INSERT_ID() on shard %s: it is no number", shard.name)
        );
    return std::make_unique<BufferedStream>(
        std::move(columns), std::move(batches), rows.warning_count()
    );
}

}  // namespace mosaic::exec
