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

# CUB belongs to the toolkit, but some distributions pack it by itself.
find_path(cub_headers cub/cub.cuh HINTS ${CUDAToolkit_INCLUDE_DIRS} PATH_SUFFIXES cccl)
if(NOT cub_headers)
    message(FATAL_ERROR "tinyres: TINYRES_CUDA needs CUB, which is not in ${CUDAToolkit_INCLUDE_DIRS}; install the toolkit's CCCL")
endif()
