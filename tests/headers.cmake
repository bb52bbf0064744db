# Every header compiles alone, and a second inclusion changes nothing. `all_headers.hpp` includes them all.
file(GLOB_RECURSE headers CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/include/*.hpp)
if(NOT TINYRES_IO)
    list(FILTER headers EXCLUDE REGEX "/io/")
endif()
if(NOT TINYRES_EIGEN)
    list(FILTER headers EXCLUDE REGEX "/eigen[./]")
endif()

# Those of the CUDA backend compile with the emulation of a GPU in support/cuda.
set(cuda_headers ${headers})
list(FILTER cuda_headers INCLUDE REGEX "cuda|cudnn")
list(FILTER headers EXCLUDE REGEX "cuda|cudnn")

set(generated ${CMAKE_CURRENT_BINARY_DIR}/headers)
set(all_headers "#pragma once\n")
set(header_sources)
foreach(header IN LISTS headers)
    string(APPEND all_headers "#include <${header}>\n")
    string(REGEX REPLACE "\\.hpp$" ".cpp" source ${generated}/${header})
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <${header}>\n#include <${header}>\n")
    list(APPEND header_sources ${source})
endforeach()
set(cuda_header_sources)
foreach(header IN LISTS cuda_headers)
    string(REGEX REPLACE "\\.hpp$" ".cpp" source ${generated}/${header})
    file(CONFIGURE OUTPUT ${source} CONTENT "#include <${header}>\n#include <${header}>\n")
    list(APPEND cuda_header_sources ${source})
endforeach()
file(CONFIGURE OUTPUT ${generated}/all_headers.hpp CONTENT "${all_headers}")

# And all of them after the macros of other people's headers.
if(TINYRES_IO)
    file(CONFIGURE OUTPUT ${generated}/foreign_macros.cpp
         CONTENT "#include <foreign_macros.hpp>\n#include <all_headers.hpp>\n")
    list(APPEND header_sources ${generated}/foreign_macros.cpp)
endif()

# Users see the same warnings with the strictest flags, none of which the project's own build turns off.
function(add_headers name) # and the sources
    add_library(${name} OBJECT ${ARGN})
    target_link_libraries(${name} PRIVATE tinyres $<TARGET_NAME_IF_EXISTS:tinyres_io>
                                          $<TARGET_NAME_IF_EXISTS:tinyres_eigen>)
    target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR} ${generated})
    target_compile_options(${name} PRIVATE -O3 -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror)
endfunction()
add_headers(tests_headers_alone ${header_sources})
if(TARGET tinyres_cuda_emulation)
    add_library(tests_cuda_headers_alone OBJECT ${cuda_header_sources})
    target_link_libraries(tests_cuda_headers_alone PRIVATE tinyres_cuda_emulation tinyres_own_build)
    target_compile_options(tests_cuda_headers_alone PRIVATE -O0)
    target_precompile_headers(tests_cuda_headers_alone PRIVATE <cuda_runtime.h>) # nvcc, too, puts it before all else
endif()
