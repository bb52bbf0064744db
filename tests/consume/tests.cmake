# The consumer in this folder builds and runs, with the installed package and with the sources as a part of it.
set(consumers ${CMAKE_CURRENT_BINARY_DIR}/consume)
set(prefix ${consumers}/prefix)

function(add_consumer_test name)
    add_test(NAME consume.${name}
             COMMAND ${CMAKE_CTEST_COMMAND} --build-and-test ${CMAKE_CURRENT_SOURCE_DIR}/consume ${consumers}/${name}
                     --build-generator ${CMAKE_GENERATOR}
                     --build-options -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER=${CMAKE_CXX_COMPILER} ${ARGN}
                     --test-command consumer)
    set_tests_properties(consume.${name} PROPERTIES TIMEOUT 600)
endfunction()

add_consumer_test(sources -DTINYRES_SOURCE_DIR=${PROJECT_SOURCE_DIR} -DTINYRES_IO=OFF
                          -DFETCHCONTENT_TRY_FIND_PACKAGE_MODE=${FETCHCONTENT_TRY_FIND_PACKAGE_MODE})

# The package expects the library below it to be installed too.
get_property(fetched GLOBAL PROPERTY TINYRES_FETCHED)
if(TINYRES_INSTALL AND NOT "xsimd" IN_LIST fetched)
    add_test(NAME consume.install COMMAND ${CMAKE_COMMAND} --install ${PROJECT_BINARY_DIR} --prefix ${prefix})
    set_tests_properties(consume.install PROPERTIES FIXTURES_SETUP installed)
    add_consumer_test(package -DCMAKE_PREFIX_PATH=${prefix} -DCMAKE_FIND_USE_PACKAGE_REGISTRY=OFF)
    set_tests_properties(consume.package PROPERTIES FIXTURES_REQUIRED installed)
endif()
