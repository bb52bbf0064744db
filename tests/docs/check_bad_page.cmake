# cmake -D PAGE=<page.md> -P check_bad_page.cmake
cmake_minimum_required(VERSION 3.25)
file(READ ${PAGE} text)
if("${text}" MATCHES "^<!-- expect: ([^\n]*) -->\n")
    set(expected "${CMAKE_MATCH_1}")
else()
    message(FATAL_ERROR "${PAGE} must begin with a line `<!-- expect: <text of the error> -->`")
endif()
execute_process(COMMAND ${CMAKE_COMMAND} -D PAGE=${PAGE} -D FOLDER=snippets -P ${CMAKE_CURRENT_LIST_DIR}/read_page.cmake
                RESULT_VARIABLE status ERROR_VARIABLE errors)
string(REGEX REPLACE "[ \n]+" " " errors "${errors}") # CMake breaks long lines
string(FIND "${errors}" "${expected}" position)
if(status EQUAL 0 OR position EQUAL -1)
    message(FATAL_ERROR "The error must contain: ${expected}\nCMake says (status ${status}):\n${errors}")
endif()
