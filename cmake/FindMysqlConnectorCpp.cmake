# MySQL Connector/C++ 1.1 (Debian: libmysqlcppconn-dev, which ships neither CMake files nor .pc).
# Defines MysqlConnectorCpp::MysqlConnectorCpp. Its headers include Boost's.
include(FindPackageHandleStandardArgs)
find_path(MysqlConnectorCpp_INCLUDE_DIR mysql_driver.h)
find_library(MysqlConnectorCpp_LIBRARY mysqlcppconn)
find_package_handle_standard_args(MysqlConnectorCpp
    REQUIRED_VARS MysqlConnectorCpp_LIBRARY MysqlConnectorCpp_INCLUDE_DIR)
if(MysqlConnectorCpp_FOUND AND NOT TARGET MysqlConnectorCpp::MysqlConnectorCpp)
    add_library(MysqlConnectorCpp::MysqlConnectorCpp UNKNOWN IMPORTED)
    set_target_properties(MysqlConnectorCpp::MysqlConnectorCpp PROPERTIES
        IMPORTED_LOCATION ${MysqlConnectorCpp_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${MysqlConnectorCpp_INCLUDE_DIR}
        INTERFACE_LINK_LIBRARIES Boost::headers)
endif()
mark_as_advanced(MysqlConnectorCpp_INCLUDE_DIR MysqlConnectorCpp_LIBRARY)
