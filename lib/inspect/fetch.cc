#include "inspect/fetch.h"

#include "driver/fetch.h"

namespace mosaic::inspect {

absl::StatusOr<Batch> fetch_all(
    driver::Connection& connection, std::string_view sql, TimePoint deadline
) {
    return driver::fetch_all(connection, sql, deadline);
}

}  // namespace mosaic::inspect
