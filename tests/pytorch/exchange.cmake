# The exchange with other programs, where a Python has them; else these tests count as skipped (docs/pytorch.md).
find_program(TINYRES_PYTHON python3 DOC "A Python, best one with torch, safetensors, onnx and onnxruntime")
if(TINYRES_PYTHON AND TARGET cifar10 AND NOT TINYRES_SANITIZED AND NOT TINYRES_TEST_FOLDERS)
    foreach(name exchange onnx_export)
        add_test(NAME pytorch.${name}
                 COMMAND ${TINYRES_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/${name}.py --program $<TARGET_FILE:cifar10>
                         --images 16 --steps 2)
        set_tests_properties(pytorch.${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 900 PROCESSORS ${processors}
                                                        ENVIRONMENT OMP_WAIT_POLICY=passive)
    endforeach()
    add_executable(joined ${CMAKE_CURRENT_LIST_DIR}/joined.cpp)
    target_link_libraries(joined PRIVATE tinyres_own_build)
    add_test(NAME pytorch.joined COMMAND ${TINYRES_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/joined.py --program $<TARGET_FILE:joined>)
    set_tests_properties(pytorch.joined PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300 ENVIRONMENT OMP_WAIT_POLICY=passive)
    # It compiles a program of its own, as the tests are. These five networks have most layers and all groups.
    set(compiler "'${CMAKE_CXX_COMPILER}' -O1 '-I$<JOIN:$<TARGET_PROPERTY:joined,INCLUDE_DIRECTORIES>,' '-I>'")
    if(TINYRES_INSTRUCTION_SET)
        string(APPEND compiler " -march=${TINYRES_INSTRUCTION_SET}")
    endif()
    add_test(NAME pytorch.random_networks
             COMMAND ${TINYRES_PYTHON} -B ${CMAKE_CURRENT_LIST_DIR}/random_networks.py --count 5 --seed 72
                     --compiler "${compiler}")
    set_tests_properties(pytorch.random_networks PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 900 PROCESSORS ${processors}
                                                            ENVIRONMENT OMP_WAIT_POLICY=passive)
endif()
