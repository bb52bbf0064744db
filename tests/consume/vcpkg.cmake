# cmake -D COMPILER= -D GENERATOR= -D SOURCE_DIR= -D BINARY_DIR= -P vcpkg.cmake
#
# The port's script runs, with stand-ins for vcpkg's functions, and leaves a package that the consumer finds; the manifest
# is JSON and has the library's version.
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/run_commands.cmake)
set(port_dir ${SOURCE_DIR}/packaging/vcpkg/tinyres)

include(${SOURCE_DIR}/cmake/version.cmake)
file(READ ${port_dir}/vcpkg.json manifest)
string(JSON version GET ${manifest} version-semver)
string(JSON PORT GET ${manifest} name)
if(NOT version VERSION_EQUAL tinyres_version)
    message(FATAL_ERROR "vcpkg.json says version ${version}, include/tinyres/version.hpp ${tinyres_version}")
endif()
foreach(feature IN ITEMS io eigen)
    string(JSON description GET ${manifest} features ${feature} description)
endforeach()

function(vcpkg_check_features)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "OUT_FEATURE_OPTIONS" "FEATURES")
    set(options)
    while(arg_FEATURES)
        list(POP_FRONT arg_FEATURES feature option)
        if(feature STREQUAL "io") # the default ones
            list(APPEND options -D${option}=ON)
        else()
            list(APPEND options -D${option}=OFF)
        endif()
    endwhile()
    set(${arg_OUT_FEATURE_OPTIONS} ${options} PARENT_SCOPE)
endfunction()
function(vcpkg_cmake_configure)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "SOURCE_PATH" "OPTIONS")
    must_run(${CMAKE_COMMAND} -S ${arg_SOURCE_PATH} -B ${BINARY_DIR}/build -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
             ${arg_OPTIONS} -DCMAKE_INSTALL_PREFIX=${CURRENT_PACKAGES_DIR} -DCMAKE_INSTALL_LIBDIR=lib
             -DCMAKE_ERROR_ON_ABSOLUTE_INSTALL_DESTINATION=ON)
endfunction()
function(vcpkg_cmake_install)
    must_run(${CMAKE_COMMAND} --build ${BINARY_DIR}/build --target install)
endfunction()
function(vcpkg_cmake_config_fixup)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "CONFIG_PATH" "")
    file(RENAME ${CURRENT_PACKAGES_DIR}/${arg_CONFIG_PATH} ${CURRENT_PACKAGES_DIR}/share/${PORT})
    file(GLOB files ${CURRENT_PACKAGES_DIR}/share/${PORT}/*.cmake)
    foreach(file IN LISTS files) # the folder is one less deep
        file(READ ${file} content)
        string(REPLACE "get_filename_component(_IMPORT_PREFIX \"\${_IMPORT_PREFIX}\" PATH)\nget_filename_component(_IMPORT_PREFIX"
                       "get_filename_component(_IMPORT_PREFIX" content "${content}")
        file(WRITE ${file} "${content}")
    endforeach()
endfunction()
function(vcpkg_fixup_pkgconfig)
endfunction()
function(vcpkg_install_copyright)
    cmake_parse_arguments(PARSE_ARGV 0 arg "" "" "FILE_LIST")
    file(COPY_FILE ${arg_FILE_LIST} ${CURRENT_PACKAGES_DIR}/share/${PORT}/copyright)
endfunction()

file(REMOVE_RECURSE ${BINARY_DIR})
set(CURRENT_PACKAGES_DIR ${BINARY_DIR}/package)
include(${port_dir}/portfile.cmake)

foreach(file IN ITEMS include/tinyres/tinyres.hpp share/tinyres/copyright share/tinyres/usage share/pkgconfig/tinyres.pc)
    if(NOT EXISTS ${CURRENT_PACKAGES_DIR}/${file})
        message(FATAL_ERROR "the package lacks ${file}")
    endif()
endforeach()
must_run(${CMAKE_COMMAND} -S ${CMAKE_CURRENT_LIST_DIR} -B ${BINARY_DIR}/consumer -G ${GENERATOR} -DCMAKE_CXX_COMPILER=${COMPILER}
         -DCONSUMER_PROGRAM=predict "-DCONSUMER_COMPONENTS=tinyres native io" -DCMAKE_PREFIX_PATH=${CURRENT_PACKAGES_DIR})
