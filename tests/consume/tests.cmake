# The consumer in this folder builds and runs with every way to get at tinyres. The folders have a space in their names.
set(here ${CMAKE_CURRENT_SOURCE_DIR}/consume)
set(consumers "${CMAKE_CURRENT_BINARY_DIR}/consume it")
set(compiler -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER})
file(MAKE_DIRECTORY ${consumers})

function(add_consumer_test name program)
    add_test(NAME consume.${name}
             COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${here} ${consumers}/${name}
                     --build-generator ${CMAKE_GENERATOR}
                     --build-options ${compiler} -DCONSUMER_PROGRAM=${program} -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF ${ARGN}
                     --test-command consumer)
    set_tests_properties(consume.${name} PROPERTIES TIMEOUT 600)
endfunction()

function(add_script_test name) # and the script's definitions
    list(TRANSFORM ARGN PREPEND "-D;" REGEX "=")
    add_test(NAME consume.${name} COMMAND ${CMAKE_COMMAND} ${ARGN} -P ${here}/${name}.cmake)
    set_tests_properties(consume.${name} PROPERTIES TIMEOUT 600 SKIP_REGULAR_EXPRESSION "skipped: ")
endfunction()

# As a part of the consumer's project: from its folder, and fetched.
set(as_part -DTINYRES_IO=OFF -DTINYRES_EIGEN=OFF)
if(FETCHCONTENT_TRY_FIND_PACKAGE_MODE)
    list(APPEND as_part -DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=${FETCHCONTENT_TRY_FIND_PACKAGE_MODE})
endif()
add_consumer_test(sources predict -DTINYRES_SOURCE_DIR=${PROJECT_SOURCE_DIR} ${as_part})
set(archive ${consumers}/tinyres.tar.gz)
add_test(NAME consume.archive COMMAND ${CMAKE_COMMAND} -E tar czf ${archive} CMakeLists.txt LICENSE cmake include
         WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
set_tests_properties(consume.archive PROPERTIES FIXTURES_SETUP archived)
add_consumer_test(fetch predict -DTINYRES_ARCHIVE=${archive} ${as_part})
set_tests_properties(consume.fetch PROPERTIES FIXTURES_REQUIRED archived)

add_script_test(warnings COMPILER=${CMAKE_CXX_COMPILER} GENERATOR=${CMAKE_GENERATOR} SOURCE_DIR=${PROJECT_SOURCE_DIR}
                         BINARY_DIR=${consumers}/warnings)

get_target_property(xsimd_headers xsimd INTERFACE_INCLUDE_DIRECTORIES)
add_script_test(single_header COMPILER=${CMAKE_CXX_COMPILER} XSIMD=${xsimd_headers} BINARY_DIR=${consumers}/single_header)

# Installed. The package expects the libraries below it to be installed too.
get_property(fetched GLOBAL PROPERTY TINYRES_FETCHED)
if(NOT TINYRES_INSTALL OR NOT TINYRES_IO OR "xsimd" IN_LIST fetched OR "nlohmann_json" IN_LIST fetched)
    return()
endif()
set(components tinyres native io)
if(TINYRES_EIGEN AND NOT "Eigen3" IN_LIST fetched)
    list(APPEND components eigen)
endif()
list(JOIN components " " components)
set(prefix ${consumers}/prefix)
add_test(NAME consume.install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${prefix})
set_tests_properties(consume.install PROPERTIES FIXTURES_SETUP installed)
set(strict "-DCMAKE_CXX_FLAGS=-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Werror")
foreach(program IN ITEMS train predict)
    add_consumer_test(package_${program} ${program} -DCMAKE_BUILD_TYPE=Release -DCMAKE_PREFIX_PATH=${prefix}
                      "-DCONSUMER_COMPONENTS=${components}" ${strict})
    set_tests_properties(consume.package_${program} PROPERTIES FIXTURES_REQUIRED installed)
endforeach()
add_script_test(pkg_config COMPILER=${CMAKE_CXX_COMPILER} PREFIX=${prefix} BINARY_DIR=${consumers}/pkg_config
                           "COMPONENTS=${components}")

# Installed without io, into folders with other names, and moved.
set(moved "${consumers}/moved prefix")
add_script_test(install_and_move COMPILER=${CMAKE_CXX_COMPILER} GENERATOR=${CMAKE_GENERATOR} SOURCE_DIR=${PROJECT_SOURCE_DIR}
                                 BINARY_DIR=${consumers}/install_and_move PREFIX=${moved})
set_tests_properties(consume.install_and_move PROPERTIES FIXTURES_SETUP moved)
add_consumer_test(moved_package predict -DCMAKE_PREFIX_PATH=${moved} "-DCONSUMER_COMPONENTS=tinyres native")
add_script_test(refusals COMPILER=${CMAKE_CXX_COMPILER} GENERATOR=${CMAKE_GENERATOR} SOURCE_DIR=${PROJECT_SOURCE_DIR}
                         BINARY_DIR=${consumers}/refusals PREFIX=${prefix} MOVED=${moved}
                         "COMPONENTS=${components}")
set_tests_properties(consume.pkg_config PROPERTIES FIXTURES_REQUIRED installed)
set_tests_properties(consume.moved_package PROPERTIES FIXTURES_REQUIRED moved)
set_tests_properties(consume.refusals PROPERTIES FIXTURES_REQUIRED "installed;moved")

# Where there are nvcc and cuDNN.
add_script_test(cudnn COMPILER=${CMAKE_CXX_COMPILER} GENERATOR=${CMAKE_GENERATOR} SOURCE_DIR=${PROJECT_SOURCE_DIR}
                      BINARY_DIR=${consumers}/cudnn)

add_script_test(vcpkg COMPILER=${CMAKE_CXX_COMPILER} GENERATOR=${CMAKE_GENERATOR} SOURCE_DIR=${PROJECT_SOURCE_DIR}
                      BINARY_DIR=${consumers}/vcpkg)
