#pragma once

#include "driver/connection.h"

namespace mosaic::driver {

/// MySQL Connector/C++ 1.1: receive() does the work of send(), rows stream.
[[nodiscard]] std::shared_ptr<Driver> make_connector_driver();

}  // namespace mosaic::driver
