# What other projects link.

# Compile options of the host's compiler, which nvcc hands on to it: a .cu file of a program belongs to the same
# instruction set as the others.
function(tinyres_host_options target)
    foreach(option IN LISTS ARGN)
        target_compile_options(${target} INTERFACE $<IF:$<COMPILE_LANGUAGE:CUDA>,-Xcompiler=${option},${option}>)
    endforeach()
endfunction()

# tinyres::tinyres: the library. It sets no architecture flags; those of the translation unit decide.
add_library(tinyres INTERFACE)
add_library(tinyres::tinyres ALIAS tinyres)
target_compile_features(tinyres INTERFACE cxx_std_20)
target_include_directories(tinyres INTERFACE $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
                                             $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
target_link_libraries(tinyres INTERFACE xsimd OpenMP::OpenMP_CXX Threads::Threads)

# tinyres::native: compiles for the instruction set of the machine that builds.
add_library(tinyres_native INTERFACE)
add_library(tinyres::native ALIAS tinyres_native)
set_target_properties(tinyres_native PROPERTIES EXPORT_NAME native)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(arm|aarch64)")
    tinyres_host_options(tinyres_native -mcpu=native)
else()
    tinyres_host_options(tinyres_native -march=native)
endif()

# tinyres::io: the headers of tinyres/io, which need nlohmann_json and, for pictures, stb.
if(TINYRES_IO)
    add_library(tinyres_io INTERFACE)
    add_library(tinyres::io ALIAS tinyres_io)
    set_target_properties(tinyres_io PROPERTIES EXPORT_NAME io)
    target_link_libraries(tinyres_io INTERFACE tinyres nlohmann_json::nlohmann_json stb::stb)
    if(TARGET JPEG::JPEG AND TINYRES_JPEG_TURBO) # the installed package looks for itself
        target_link_libraries(tinyres_io INTERFACE $<BUILD_INTERFACE:JPEG::JPEG>)
        target_compile_definitions(tinyres_io INTERFACE $<BUILD_INTERFACE:TINYRES_JPEG_TURBO>)
    endif()
endif()

# tinyres::eigen: tinyres/eigen.hpp and the headers of tinyres/eigen, which need Eigen.
if(TINYRES_EIGEN)
    add_library(tinyres_eigen INTERFACE)
    add_library(tinyres::eigen ALIAS tinyres_eigen)
    set_target_properties(tinyres_eigen PROPERTIES EXPORT_NAME eigen)
    target_link_libraries(tinyres_eigen INTERFACE tinyres Eigen3::Eigen)
endif()

# tinyres::cuda: for .cu files that include tinyres/cuda.hpp.
if(TINYRES_CUDA)
    add_library(tinyres_cuda INTERFACE)
    add_library(tinyres::cuda ALIAS tinyres_cuda)
    set_target_properties(tinyres_cuda PROPERTIES EXPORT_NAME cuda)
    # CMake 3.25 does not know that nvcc has C++20. Kernels call the library's constexpr functions: random numbers,
    # roundings.
    target_compile_options(tinyres_cuda INTERFACE $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20 --expt-relaxed-constexpr>)
    target_link_libraries(tinyres_cuda INTERFACE tinyres CUDA::cudart)
endif()

# tinyres::cudnn: for .cu files that include tinyres/cudnn.hpp.
if(TINYRES_CUDNN)
    add_library(tinyres_cudnn INTERFACE)
    add_library(tinyres::cudnn ALIAS tinyres_cudnn)
    set_target_properties(tinyres_cudnn PROPERTIES EXPORT_NAME cudnn)
    target_link_libraries(tinyres_cudnn INTERFACE tinyres_cuda cuDNN::cuDNN)
endif()

# What the project's own programs are compiled with.
add_library(tinyres_own_build INTERFACE)
target_link_libraries(tinyres_own_build INTERFACE tinyres $<TARGET_NAME_IF_EXISTS:tinyres_io>
                                                  $<TARGET_NAME_IF_EXISTS:tinyres_eigen>
                                                  $<TARGET_NAME_IF_EXISTS:tinyres_cuda>)
if(TINYRES_INSTRUCTION_SET STREQUAL "native")
    target_link_libraries(tinyres_own_build INTERFACE tinyres_native)
elseif(TINYRES_INSTRUCTION_SET)
    tinyres_host_options(tinyres_own_build -march=${TINYRES_INSTRUCTION_SET})
endif()
tinyres_host_options(tinyres_own_build -Wall -Wextra -Wshadow -Wconversion)
target_compile_options(tinyres_own_build INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Wpedantic>) # nvcc's own code is not
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    # False alarms: GCC bug 105651 on `"text" + std::string`, GCC bug 105593 on AVX-512 intrinsics.
    tinyres_host_options(tinyres_own_build -Wno-restrict -Wno-maybe-uninitialized)
endif()
