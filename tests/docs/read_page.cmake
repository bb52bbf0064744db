# cmake -D PAGE=<page.md> -D FOLDER=<where the sources go> -P read_page.cmake
cmake_minimum_required(VERSION 3.25)
include(${CMAKE_CURRENT_LIST_DIR}/snippets.cmake)
cmake_path(GET PAGE PARENT_PATH root)
cmake_path(GET PAGE FILENAME page)
read_snippets(${page} ${FOLDER} sources cuda_sources quoted)
