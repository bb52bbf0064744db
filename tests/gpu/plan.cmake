# bench/on_gpu.sh without a GPU: its plan, and that a part that fails or hangs stops nothing and is reported.
find_package(Python3 COMPONENTS Interpreter)
if(Python3_FOUND)
    add_test(NAME on_gpu COMMAND Python3::Interpreter ${CMAKE_CURRENT_LIST_DIR}/plan_test.py)
    set_tests_properties(on_gpu PROPERTIES ENVIRONMENT PYTHONDONTWRITEBYTECODE=1)
endif()
