# cmake -D COMPILER= -D XSIMD=<xsimd's headers> -D BINARY_DIR= -P single_header.cmake
#
# The generated header compiles without warnings by this build's compiler and by g++ and clang++ where they are, and two
# files that include it make one program.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/run_commands.cmake)
find_program(python NAMES python3 python)
if(NOT python)
    message("skipped: there is no Python")
    return()
endif()
file(REMOVE_RECURSE ${BINARY_DIR})
file(MAKE_DIRECTORY ${BINARY_DIR})
must_run(${python} ${CMAKE_CURRENT_LIST_DIR}/../../cmake/single_header.py ${BINARY_DIR}/tinyres_single.hpp)
must_fail_with("there is no include/tinyres/no_such.hpp"
               ${python} ${CMAKE_CURRENT_LIST_DIR}/../../cmake/single_header.py ${BINARY_DIR}/none.hpp tinyres/no_such.hpp)

file(WRITE ${BINARY_DIR}/openmp.cpp "#include <omp.h>\nint main() { return omp_get_max_threads() > 0 ? 0 : 1; }\n")
set(compilers ${COMPILER})
file(REAL_PATH ${COMPILER} known)
foreach(name IN ITEMS g++ clang++)
    find_program(${name} ${name})
    if(${name})
        file(REAL_PATH ${${name}} file)
        if(NOT file IN_LIST known) # c++ is one of them
            list(APPEND compilers ${${name}})
        endif()
    endif()
endforeach()

foreach(compiler IN LISTS compilers)
    set(compile ${compiler} -std=c++20 -fopenmp)
    execute_process(COMMAND ${compile} ${BINARY_DIR}/openmp.cpp -o ${BINARY_DIR}/openmp
                    RESULT_VARIABLE status OUTPUT_QUIET ERROR_QUIET)
    if(NOT status EQUAL 0 AND NOT compiler STREQUAL COMPILER)
        message("${compiler} has no OpenMP library: left out")
        continue()
    endif()
    list(APPEND compile -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Werror -idirafter ${XSIMD}
                        "-DCONSUMER_HEADER=\"${BINARY_DIR}/tinyres_single.hpp\"" ${CMAKE_CURRENT_LIST_DIR}/predict.cpp)
    must_run(${compile} -c -o ${BINARY_DIR}/first.o)
    must_run(${compile} -c -o ${BINARY_DIR}/second.o -DCONSUMER_MAIN=second_main)
    must_run(${compiler} -fopenmp ${BINARY_DIR}/first.o ${BINARY_DIR}/second.o -o ${BINARY_DIR}/consumer)
    must_run(${BINARY_DIR}/consumer)
    message("${compiler}: ${output}")
endforeach()
