# cmake -D PROGRAM=<program> -D EXPECTED=<regular expression> -P check_output.cmake
execute_process(COMMAND ${PROGRAM} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
if(NOT status EQUAL 0 OR NOT errors STREQUAL "" OR NOT "${output}" MATCHES "${EXPECTED}")
    message(FATAL_ERROR "The output must match: ${EXPECTED}\n${PROGRAM} ended with ${status} and printed:\n${output}${errors}")
endif()
