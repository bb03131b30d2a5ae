# MariaDB Connector/C (Debian: libmariadb-dev). Defines MariadbC::MariadbC.
include(FindPackageHandleStandardArgs)
find_path(MariadbC_INCLUDE_DIR mysql.h PATH_SUFFIXES mariadb)
find_library(MariadbC_LIBRARY mariadb)
find_package_handle_standard_args(MariadbC REQUIRED_VARS MariadbC_LIBRARY MariadbC_INCLUDE_DIR)
if(MariadbC_FOUND AND NOT TARGET MariadbC::MariadbC)
    add_library(MariadbC::MariadbC UNKNOWN IMPORTED)
    set_target_properties(MariadbC::MariadbC PROPERTIES
        IMPORTED_LOCATION ${MariadbC_LIBRARY}
        INTERFACE_INCLUDE_DIRECTORIES ${MariadbC_INCLUDE_DIR})
endif()
mark_as_advanced(MariadbC_INCLUDE_DIR MariadbC_LIBRARY)
