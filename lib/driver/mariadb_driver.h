#pragma once

#include "driver/connection.h"

namespace mosaic::driver {

/// Connector/C: requests go on the wire in send(), rows stream, bulk rows on MariaDB servers.
[[nodiscard]] std::shared_ptr<Driver> make_mariadb_driver();

}  // namespace mosaic::driver
