# `cmake --install`: library, headers, the tool, and what find_package(mosaic) and pkg-config need.
include(CMakePackageConfigHelpers)

set(mosaic_config_folder ${CMAKE_INSTALL_LIBDIR}/cmake/mosaic)
set(mosaic_installed mosaic)
install(DIRECTORY include/mosaic DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
if(MOSAIC_BUILD_TOOLS)
    install(TARGETS mosaic_tool RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    list(APPEND mosaic_installed mosaic_cli)
endif()
install(TARGETS ${mosaic_installed} EXPORT mosaic_targets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(EXPORT mosaic_targets NAMESPACE mosaic:: FILE mosaic-targets.cmake DESTINATION ${mosaic_config_folder})
configure_package_config_file(cmake/mosaic-config.cmake.in ${PROJECT_BINARY_DIR}/mosaic-config.cmake
    INSTALL_DESTINATION ${mosaic_config_folder})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/mosaic-config-version.cmake
    COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/mosaic-config.cmake ${PROJECT_BINARY_DIR}/mosaic-config-version.cmake
              cmake/FindMariadbC.cmake cmake/FindMysqlConnectorCpp.cmake
    DESTINATION ${mosaic_config_folder})
# By its own place, so that `cmake --install --prefix` and a moved folder work.
file(RELATIVE_PATH mosaic_prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
string(REGEX REPLACE "/$" "" mosaic_prefix_from_pc ${mosaic_prefix_from_pc})
configure_file(cmake/mosaic.pc.in ${PROJECT_BINARY_DIR}/mosaic.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/mosaic.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
