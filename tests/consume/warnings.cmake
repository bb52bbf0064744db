# cmake -D COMPILER= -D GENERATOR= -D SOURCE_DIR= -D BINARY_DIR= -P warnings.cmake
#
# A project that brings tinyres twice is configured without an error, and is told once of a build without optimization.
cmake_minimum_required(VERSION 3.25)
file(REMOVE_RECURSE ${BINARY_DIR})
file(WRITE ${BINARY_DIR}/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)
project(two LANGUAGES CXX)
add_subdirectory(${SOURCE_DIR} first)
add_subdirectory(${SOURCE_DIR} second)
file(WRITE \${PROJECT_BINARY_DIR}/main.cpp \"int main() {}\")
add_executable(two \${PROJECT_BINARY_DIR}/main.cpp)
target_link_libraries(two PRIVATE tinyres::tinyres)
")

function(configured warnings) # and options
    file(REMOVE_RECURSE ${BINARY_DIR}/build)
    execute_process(COMMAND ${CMAKE_COMMAND} -S ${BINARY_DIR} -B ${BINARY_DIR}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
                            -DTINYRES_IO=OFF -DTINYRES_EIGEN=OFF ${ARGN}
                    RESULT_VARIABLE status ERROR_VARIABLE errors OUTPUT_QUIET)
    string(REGEX REPLACE "[ \n]+" " " errors "${errors}")
    string(REGEX MATCHALL "networks then run more than a hundred times slower" found "${errors}")
    list(LENGTH found count)
    if(NOT status EQUAL 0 OR NOT count EQUAL warnings)
        message(FATAL_ERROR "With ${ARGN} there must be ${warnings} warnings, there are ${count}:\n${errors}")
    endif()
endfunction()
if(NOT GENERATOR MATCHES "Multi-Config|Visual Studio|Xcode")
    configured(1)
    configured(1 -DCMAKE_BUILD_TYPE=Debug)
    configured(0 -DCMAKE_BUILD_TYPE=Debug -DTINYRES_NO_BUILD_TYPE_WARNING=ON)
    configured(0 -DCMAKE_BUILD_TYPE=Debug "-DCMAKE_CXX_FLAGS_DEBUG=-O1 -g")
endif()
configured(0 -DCMAKE_BUILD_TYPE=Release)
configured(0 -DCMAKE_BUILD_TYPE=RelWithDebInfo)
