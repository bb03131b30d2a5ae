#include "driver/connection.h"
#include "driver/connector_driver.h"
#include "driver/mariadb_driver.h"

#include <mysql.h>

namespace mosaic::driver {

std::shared_ptr<Driver> make_driver(std::string_view name) {
    // Not safe for two threads at once, so it is done before there is any connection.
    static const bool kIsReady = mysql_server_init(0, nullptr, nullptr) == 0;
    if (!kIsReady)
        return nullptr;
    if (name == "mariadb")
        return make_mariadb_driver();
    if (name == "connector-cpp")
        return make_connector_driver();
    return nullptr;
}

}  // namespace mosaic::driver
