# nvcc and CUDA's libraries. CMAKE_CUDA_ARCHITECTURES says for which GPUs code is made: by default for all that tinyres knows,
# Ampere (80), Hopper (90) and Blackwell (100); `native` is the GPU of the machine that builds.
if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80 90 100)
endif()
enable_language(CUDA)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12)
    message(FATAL_ERROR "tinyres: TINYRES_CUDA needs nvcc 12 or newer, ${CMAKE_CUDA_COMPILER} is ${CMAKE_CUDA_COMPILER_VERSION}")
endif()
find_package(CUDAToolkit 12 REQUIRED)
