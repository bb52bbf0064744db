# cmake -D COMPILER= -D GENERATOR= -D SOURCE_DIR= -D BINARY_DIR= -D PREFIX= -D MOVED=<installed without io>
#       -D COMPONENTS=<those of the first package> -P refusals.cmake
#
# What is missing is said in one sentence.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/run_commands.cmake)
file(REMOVE_RECURSE ${BINARY_DIR})

function(must_refuse text)
    must_fail_with(${text} ${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${BINARY_DIR} -G ${GENERATOR}
                   -DCMAKE_CXX_COMPILER=${COMPILER} -DCONSUMER_PROGRAM=predict ${ARGN})
endfunction()
must_refuse("there is no component io: this tinyres was installed with TINYRES_IO=OFF"
            -DCMAKE_PREFIX_PATH=${MOVED} -DCONSUMER_COMPONENTS=io)
must_refuse("there is no component eigen: this tinyres was installed with TINYRES_EIGEN=OFF"
            -DCMAKE_PREFIX_PATH=${MOVED} "-DCONSUMER_COMPONENTS=tinyres eigen")
must_refuse("there is no component cuda: this tinyres was installed with TINYRES_CUDA=OFF"
            -DCMAKE_PREFIX_PATH=${MOVED} "-DCONSUMER_COMPONENTS=tinyres cuda")
must_refuse("there is no component cudnn: this tinyres was installed with TINYRES_CUDNN=OFF"
            -DCMAKE_PREFIX_PATH=${MOVED} "-DCONSUMER_COMPONENTS=tinyres cudnn")
must_refuse("there is no component onxn: the components are tinyres, native, io, eigen, cuda and cudnn"
            -DCMAKE_PREFIX_PATH=${MOVED} -DCONSUMER_COMPONENTS=onxn)
must_refuse("there is no component io: it needs nlohmann_json 3.10 or newer: install it (Debian: nlohmann-json3-dev)"
            -DCMAKE_PREFIX_PATH=${PREFIX} -Dtinyres_DIR= -DCONSUMER_COMPONENTS=io -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON)

if(COMPONENTS MATCHES "eigen")
    must_refuse("there is no component eigen: it needs Eigen 3.4 or newer: install it (Debian: libeigen3-dev)"
                -DCMAKE_PREFIX_PATH=${PREFIX} -Dtinyres_DIR= -DCONSUMER_COMPONENTS=eigen -DCMAKE_DISABLE_FIND_PACKAGE_Eigen3=ON)
endif()

# A project in another language.
file(WRITE ${BINARY_DIR}/only_c/CMakeLists.txt "cmake_minimum_required(VERSION 3.25)
project(only_c LANGUAGES C)
if(WAY STREQUAL folder)
    add_subdirectory(${SOURCE_DIR} tinyres)
else()
    find_package(tinyres CONFIG REQUIRED)
endif()
")
foreach(way IN ITEMS folder package)
    must_fail_with("tinyres: the project does not use C++" ${CMAKE_COMMAND} -S ${BINARY_DIR}/only_c -B ${BINARY_DIR}/only_c_${way}
                   -G ${GENERATOR} -DWAY=${way} -DCMAKE_PREFIX_PATH=${PREFIX})
endforeach()

must_fail_with("no nlohmann_json 3.10 or newer is installed, and it cannot be fetched: FETCHCONTENT_FULLY_DISCONNECTED is set. Install it (Debian: nlohmann-json3-dev) or name its folder by -Dnlohmann_json_DIR=, or do without: -DTINYRES_IO=OFF"
               ${CMAKE_COMMAND} -S ${SOURCE_DIR} -B ${BINARY_DIR}/sources -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
               -DCMAKE_DISABLE_FIND_PACKAGE_nlohmann_json=ON -DFETCHCONTENT_FULLY_DISCONNECTED=ON)
