# cmake -D COMPILER= -D GENERATOR= -D SOURCE_DIR= -D BINARY_DIR= -P cudnn.cmake
#
# The component cudnn: installed, found, compiled and linked by another project, and refused where cuDNN is missing. The
# variable CUDNN_ROOT of the environment may say where it is.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/run_commands.cmake)
find_program(nvcc nvcc HINTS $ENV{CUDA_PATH}/bin /usr/local/cuda/bin)
if(NOT nvcc)
    message("skipped: there is no nvcc")
    return()
endif()
file(REMOVE_RECURSE ${BINARY_DIR})
set(prefix ${BINARY_DIR}/prefix)
set(compilers -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER} -DCMAKE_CUDA_COMPILER=${nvcc} -DCMAKE_CUDA_ARCHITECTURES=80)
set(build ${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${BINARY_DIR}/tinyres ${compilers} -DTINYRES_CUDA=ON -DTINYRES_CUDNN=ON
          -DTINYRES_BUILD_TESTS=OFF -DTINYRES_BUILD_EXAMPLES=OFF -DTINYRES_BUILD_BENCH=OFF -DTINYRES_IO=OFF
          -DTINYRES_EIGEN=OFF)
execute_process(COMMAND ${build} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
if(errors MATCHES "needs cuDNN 9")
    message("skipped: there is no cuDNN")
    return()
endif()
must_run(${build})
must_run(${CMAKE_COMMAND} --install ${BINARY_DIR}/tinyres --prefix ${prefix})

file(STRINGS ${BINARY_DIR}/tinyres/CMakeCache.txt cached REGEX "^CUDNN_(INCLUDE_DIR|LIBRARY):")
list(TRANSFORM cached REPLACE "^[^=]*=" "")
file(GLOB_RECURSE installed ${prefix}/*.cmake)
foreach(file IN LISTS installed)
    file(READ ${file} content)
    foreach(place IN LISTS cached)
        string(FIND "${content}" "${place}" position)
        if(NOT position EQUAL -1)
            message(FATAL_ERROR "${file} says where cuDNN was: ${place}")
        endif()
    endforeach()
endforeach()

set(consume ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR}/cudnn -B ${BINARY_DIR}/consumer ${compilers}
            -DCMAKE_PREFIX_PATH=${prefix})
must_fail_with("there is no component cudnn: it needs cuDNN 9 or newer: install it, or name its folder by -DCUDNN_ROOT="
               ${consume} -DCUDNN_INCLUDE_DIR=)
file(REMOVE_RECURSE ${BINARY_DIR}/consumer)
must_run(${consume})
must_run(${CMAKE_COMMAND} --build ${BINARY_DIR}/consumer)
must_run(${BINARY_DIR}/consumer/consumer)
