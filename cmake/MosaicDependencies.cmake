# Everything the library stands on; all of it is packaged by Debian 12, nothing is downloaded.
# abseil gets no version: its version file accepts exact matches only.
find_package(Threads REQUIRED)
find_package(absl REQUIRED CONFIG)
find_package(Boost 1.74 REQUIRED)
find_package(yaml-cpp 0.7 REQUIRED CONFIG)
find_package(nlohmann_json REQUIRED CONFIG)
find_package(MariadbC REQUIRED)
find_package(MysqlConnectorCpp REQUIRED)
if(MOSAIC_BUILD_TOOLS)
    find_package(CLI11 REQUIRED CONFIG)
endif()
