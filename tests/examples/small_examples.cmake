# The small examples run, end well and print what they should.
function(add_example_test name expected)
    add_test(NAME examples.${name}
             COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:${name}> -D "EXPECTED=${expected}"
                     -P ${CMAKE_CURRENT_SOURCE_DIR}/examples/check_output.cmake)
    set_tests_properties(examples.${name} PROPERTIES TIMEOUT 600 ENVIRONMENT OMP_WAIT_POLICY=passive)
endfunction()

add_example_test(hello "epoch 5: loss 0\\.[0-2][0-9]*, 9[0-9]\\.[0-9]% of the test images are right\n$")
add_example_test(custom_backend "Conv2d\\+MaxPool2d|BatchNorm2d\\+ReLU\\+Conv2d.*bit for bit those without the clock")
add_example_test(custom_layer "the same bits on 1 and 3 threads.*epoch 3: loss [01]\\.[0-9]+, [5-9][0-9]\\.[0-9]% of the training images are right\n")

# Its answers are those of the model that the weights came from, to the last bit.
add_test(NAME examples.embed
         COMMAND ${CMAKE_COMMAND} -D PROGRAM=$<TARGET_FILE:embed>
                 -D EXPECTED_FILE=${PROJECT_BINARY_DIR}/examples/embed/generated/answers.txt
                 -P ${CMAKE_CURRENT_SOURCE_DIR}/examples/check_output.cmake)
set_tests_properties(examples.embed PROPERTIES TIMEOUT 600 ENVIRONMENT OMP_WAIT_POLICY=passive)
