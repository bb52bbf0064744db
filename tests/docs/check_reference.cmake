# cmake -D DOXYGEN=<doxygen> -D ROOT=<the project> -D FOLDER=<where the pages go> -P check_reference.cmake
# The reference is made without a warning, and every type, enumeration and free function has a comment. Of members only
# those need one that their names do not explain.
cmake_minimum_required(VERSION 3.25)
if(NOT DOXYGEN)
    message("skipped: there is no doxygen here")
    return()
endif()

function(run_doxygen folder options status output)
    file(WRITE ${folder}/Doxyfile "@INCLUDE = ${ROOT}/docs/Doxyfile\nOUTPUT_DIRECTORY = ${folder}\n${options}")
    execute_process(COMMAND ${DOXYGEN} ${folder}/Doxyfile WORKING_DIRECTORY ${ROOT}
                    RESULT_VARIABLE result OUTPUT_VARIABLE text ERROR_VARIABLE text)
    set(${status} ${result} PARENT_SCOPE)
    set(${output} "${text}" PARENT_SCOPE)
endfunction()

run_doxygen(${FOLDER} "" status warnings)
if(NOT status EQUAL 0 OR NOT "${warnings}" STREQUAL "" OR NOT EXISTS ${FOLDER}/html/classtinyres_1_1Model.html)
    message(FATAL_ERROR "`doxygen docs/Doxyfile` ends with ${status} and says:\n${warnings}")
endif()

run_doxygen(${FOLDER}/comments "EXTRACT_ALL = NO\nWARN_AS_ERROR = NO\nWARN_IF_UNDOCUMENTED = YES\n" status warnings)
set(ending "[^\n]* is not documented\\.\n")
foreach(unneeded IN ITEMS "\\((variable|typedef|enumvalue)\\) of " "\\((function|friend)\\) of (class|struct) " "-> [^\n]*of namespace ")
    string(REGEX REPLACE "[^\n]*: warning: Member [^\n]*${unneeded}${ending}" "" warnings "${warnings}")
endforeach()
if(NOT status EQUAL 0 OR NOT "${warnings}" STREQUAL "")
    message(FATAL_ERROR "These need a comment that begins with ///:\n${warnings}")
endif()
