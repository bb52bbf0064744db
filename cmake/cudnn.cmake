# cuDNN, which TINYRES_CUDNN asks for.
if(NOT TINYRES_CUDA)
    message(FATAL_ERROR "tinyres: TINYRES_CUDNN needs TINYRES_CUDA")
endif()
include(${CMAKE_CURRENT_LIST_DIR}/find_cudnn.cmake)
if(NOT TARGET cuDNN::cuDNN)
    message(FATAL_ERROR "tinyres: TINYRES_CUDNN needs cuDNN 9 or newer; install it, or name its folder by -DCUDNN_ROOT=")
endif()
