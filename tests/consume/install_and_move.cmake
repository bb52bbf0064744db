# cmake -D COMPILER= -D GENERATOR= -D SOURCE_DIR= -D BINARY_DIR= -D PREFIX= -P install_and_move.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/run_commands.cmake)
file(REMOVE_RECURSE ${BINARY_DIR} ${PREFIX})

must_run(${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${BINARY_DIR} -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
         -DTINYRES_BUILD_TESTS=OFF -DTINYRES_BUILD_EXAMPLES=OFF -DTINYRES_BUILD_BENCH=OFF -DTINYRES_IO=OFF -DTINYRES_EIGEN=OFF
         "-DCMAKE_INSTALL_INCLUDEDIR=include/third party" -DCMAKE_INSTALL_LIBDIR=share)
must_run(${CMAKE_COMMAND} --install ${BINARY_DIR} --prefix ${BINARY_DIR}/prefix)
file(RENAME ${BINARY_DIR}/prefix ${PREFIX})

file(GLOB_RECURSE installed ${PREFIX}/*)
foreach(file IN LISTS installed)
    file(STRINGS ${file} lines REGEX "${BINARY_DIR}|${SOURCE_DIR}")
    if(lines)
        message(FATAL_ERROR "${file} names a folder of the machine that built it: ${lines}")
    endif()
endforeach()

find_program(pkg_config NAMES pkgconf pkg-config)
if(pkg_config)
    must_run(${CMAKE_COMMAND} -E env PKG_CONFIG_PATH=${PREFIX}/share/pkgconfig ${pkg_config} --cflags tinyres)
    separate_arguments(flags UNIX_COMMAND "${output}")
    list(GET flags 0 folder)
    string(REGEX REPLACE "^-I" "" folder "${folder}")
    if(NOT EXISTS ${folder}/tinyres/tinyres.hpp)
        message(FATAL_ERROR "pkg-config's flags do not lead to the headers: ${output}")
    endif()
endif()
