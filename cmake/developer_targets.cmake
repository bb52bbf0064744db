# Targets that are built only when asked for by name.

# single_header: tinyres_single.hpp in the build folder, the library as one file.
find_package(Python3 COMPONENTS Interpreter QUIET)
if(Python3_Interpreter_FOUND)
    add_custom_target(single_header
        COMMAND ${Python3_EXECUTABLE} ${PROJECT_SOURCE_DIR}/cmake/single_header.py ${PROJECT_BINARY_DIR}/tinyres_single.hpp
        COMMENT "Writing ${PROJECT_BINARY_DIR}/tinyres_single.hpp" VERBATIM)
endif()

# tidy: clang-tidy on all headers and the example.
add_custom_target(tidy COMMAND bash ${PROJECT_SOURCE_DIR}/cmake/tidy.sh ${PROJECT_BINARY_DIR} USES_TERMINAL VERBATIM)
