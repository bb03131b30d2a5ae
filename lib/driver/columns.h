#pragma once

#include "mosaic/batch.h"

#include <mysql.h>

#include <vector>

namespace mosaic::driver {

/// A result's columns as the protocol describes them.
[[nodiscard]] std::vector<Column> columns_of(const MYSQL_FIELD* fields, unsigned count);

}  // namespace mosaic::driver
