# cmake -D COMPILER=<c++> -D INCLUDES=<folders> -D SOURCE=<case.cpp> -P check.cmake
file(STRINGS ${SOURCE} expectations REGEX "^// expect: ")
list(TRANSFORM expectations REPLACE "^// expect: " "")
if(NOT expectations)
    message(FATAL_ERROR "${SOURCE} must have a line `// expect: <text of the first error>`")
endif()

list(TRANSFORM INCLUDES PREPEND -I)
set(compile ${CMAKE_COMMAND} -E env LC_ALL=C ${COMPILER} -std=c++20 -fopenmp -fsyntax-only -DTINYRES_NO_OPTIMIZATION_WARNING ${INCLUDES} ${SOURCE})

execute_process(COMMAND ${compile} RESULT_VARIABLE status ERROR_VARIABLE errors)
if(NOT status EQUAL 0)
    message(FATAL_ERROR "The case does not compile even without TINYRES_MUST_FAIL:\n${errors}")
endif()

execute_process(COMMAND ${compile} -DTINYRES_MUST_FAIL RESULT_VARIABLE status ERROR_VARIABLE errors)
if(status EQUAL 0)
    message(FATAL_ERROR "The case compiles with TINYRES_MUST_FAIL, but it must fail.")
endif()

# The first error with its context, which g++ prints before it and clang after it. Only g++ spells inline namespaces out.
string(REGEX REPLACE "::arch_[a-z0-9_]+" "" errors "${errors}")
string(FIND "${errors}" " error: " first)
string(LENGTH " error: " mark)
math(EXPR after_first "${first} + ${mark}")
string(SUBSTRING "${errors}" ${after_first} -1 rest)
string(FIND "${rest}" " error: " length)
if(NOT length EQUAL -1)
    math(EXPR length "${after_first} + ${length}")
endif()
string(SUBSTRING "${errors}" 0 ${length} first_error)

foreach(expected IN LISTS expectations)
    string(FIND "${first_error}" "${expected}" position)
    if(first EQUAL -1 OR position EQUAL -1)
        message(FATAL_ERROR "The first error must contain: ${expected}\nThe compiler says:\n${errors}")
    endif()
endforeach()
