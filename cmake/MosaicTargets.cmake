# mosaic_module(name USES module...): one module of lib/, as an object library mosaic_<name> whose
# sources are listed in lib/<name>/CMakeLists.txt. USES is what its files may include, transitively;
# cmake/check_layers.cmake fails the build on an include that is not covered by it.
#
# mosaic_test(name LABEL label MODULES module... SOURCES file...): a Catch2 binary linked with
# those modules and what they use, and nothing else.

add_library(mosaic_warnings INTERFACE)
target_compile_options(mosaic_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
    -Woverloaded-virtual -Wnon-virtual-dtor -Wdouble-promotion -Wformat=2 -Wimplicit-fallthrough
    -Wcast-qual -Wundef -Wextra-semi -Wmissing-declarations
    # -Wrestrict, and with optimization two more: false positives in std::string with g++ 12, as in
    # `text = "x"`.
    $<$<CXX_COMPILER_ID:GNU>:-Wduplicated-cond -Wlogical-op -Wno-restrict>
    $<$<AND:$<CXX_COMPILER_ID:GNU>,$<NOT:$<CONFIG:Debug>>>:-Wno-stringop-overflow -Wno-array-bounds>
    $<$<CXX_COMPILER_ID:Clang>:-Wthread-safety -Wnull-dereference>)

# What every object of ours is compiled with.
add_library(mosaic_build INTERFACE)
target_compile_features(mosaic_build INTERFACE cxx_std_20)
target_include_directories(mosaic_build INTERFACE
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/lib)
# Nobody replaces a function of ours when a program is loaded: they may be inlined although PIC.
target_compile_options(mosaic_build INTERFACE $<$<NOT:$<CONFIG:Debug>>:-fno-semantic-interposition>)
target_compile_definitions(mosaic_build INTERFACE
    $<$<BOOL:${MOSAIC_TEST_HOOKS}>:MOSAIC_TEST_HOOKS=1>)
if(MOSAIC_SANITIZE)
    target_compile_options(mosaic_build INTERFACE
        -fsanitize=${MOSAIC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
    target_link_options(mosaic_build INTERFACE -fsanitize=${MOSAIC_SANITIZE})
endif()
if(MOSAIC_BUILD_FUZZERS)
    target_compile_options(mosaic_build INTERFACE -fsanitize=fuzzer-no-link)  # coverage steers the fuzzer
    target_link_options(mosaic_build INTERFACE -fsanitize=fuzzer-no-link)
endif()
target_link_libraries(mosaic_build INTERFACE
    Threads::Threads absl::status absl::statusor absl::strings absl::str_format
    absl::flat_hash_map absl::flat_hash_set absl::core_headers Boost::headers)

set_property(GLOBAL PROPERTY MOSAIC_MODULES "")

function(mosaic_module name)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "USES;LIBRARIES")
    add_library(mosaic_${name} OBJECT)
    target_link_libraries(mosaic_${name} PRIVATE mosaic_warnings PUBLIC mosaic_build ${arg_LIBRARIES})
    set_target_properties(mosaic_${name} PROPERTIES POSITION_INDEPENDENT_CODE ON)
    if(name STREQUAL base)
        target_precompile_headers(mosaic_base PRIVATE ${PROJECT_SOURCE_DIR}/cmake/pch.h)
    else()
        target_precompile_headers(mosaic_${name} REUSE_FROM mosaic_base)
    endif()
    set(closure ${name})
    foreach(used IN LISTS arg_USES)
        get_property(above GLOBAL PROPERTY MOSAIC_CLOSURE_${used})
        if(NOT above)
            message(FATAL_ERROR "module ${name} uses ${used}, which is not declared before it")
        endif()
        list(APPEND closure ${above})
    endforeach()
    list(REMOVE_DUPLICATES closure)
    set_property(GLOBAL PROPERTY MOSAIC_CLOSURE_${name} ${closure})
    set_property(GLOBAL APPEND PROPERTY MOSAIC_MODULES ${name})
    file(APPEND ${PROJECT_BINARY_DIR}/layers.txt.new "${name}: ${closure}\n")
    add_subdirectory(${name})
endfunction()

function(mosaic_link_modules target)
    set(all "")
    foreach(name IN LISTS ARGN)
        get_property(closure GLOBAL PROPERTY MOSAIC_CLOSURE_${name})
        list(APPEND all ${closure})
    endforeach()
    list(REMOVE_DUPLICATES all)
    foreach(name IN LISTS all)
        target_link_libraries(${target} PRIVATE mosaic_${name})
        target_sources(${target} PRIVATE $<TARGET_OBJECTS:mosaic_${name}>)
    endforeach()
endfunction()
