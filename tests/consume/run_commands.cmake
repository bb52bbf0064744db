# Functions of the scripts beside this file.

# Runs a command, which must succeed; its output is in `output`.
function(must_run)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    if(NOT status EQUAL 0)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "failed (${status}): ${command}\n${output}${errors}")
    endif()
    string(STRIP "${output}" output)
    set(output "${output}" PARENT_SCOPE)
endfunction()

# Runs a command, which must fail with an error that contains the text; how the lines are broken does not count.
function(must_fail_with text)
    execute_process(COMMAND ${ARGN} RESULT_VARIABLE status OUTPUT_VARIABLE output ERROR_VARIABLE errors)
    string(REGEX REPLACE "[ \n]+" " " one_line "${errors}")
    string(FIND "${one_line}" "${text}" position)
    if(status EQUAL 0 OR position EQUAL -1)
        list(JOIN ARGN " " command)
        message(FATAL_ERROR "must fail with: ${text}\n(${status}): ${command}\n${output}${errors}")
    endif()
endfunction()
