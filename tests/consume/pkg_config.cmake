# cmake -D COMPILER= -D PREFIX= -D BINARY_DIR= -P pkg_config.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/run_commands.cmake)
find_program(pkg_config NAMES pkgconf pkg-config)
if(NOT pkg_config)
    message("skipped: there is no pkg-config")
    return()
endif()

file(GLOB_RECURSE pc ${PREFIX}/tinyres.pc)
cmake_path(GET pc PARENT_PATH folder)
set(ENV{PKG_CONFIG_PATH} ${folder})
must_run(${pkg_config} --modversion tinyres)
set(version ${output})
must_run(${pkg_config} --cflags --libs tinyres-io)
separate_arguments(flags UNIX_COMMAND "${output}")

file(MAKE_DIRECTORY ${BINARY_DIR})
must_run(${COMPILER} -std=c++20 ${CMAKE_CURRENT_LIST_DIR}/predict.cpp -DCONSUMER_HAS_IO
         -DCONSUMER_FOUND_VERSION=${version} ${flags} -o ${BINARY_DIR}/consumer)
must_run(${CMAKE_COMMAND} -E chdir ${BINARY_DIR} ${BINARY_DIR}/consumer)
