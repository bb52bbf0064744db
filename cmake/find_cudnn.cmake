# cuDNN comes without a CMake package: this makes it the target cuDNN::cuDNN if it is there, beside CUDA's own libraries or
# where CUDNN_ROOT says, and new enough. The CUDA toolkit must have been found.
if(NOT TARGET cuDNN::cuDNN)
    find_path(CUDNN_INCLUDE_DIR cudnn.h HINTS ${CUDNN_ROOT} ENV CUDNN_ROOT ${CUDAToolkit_INCLUDE_DIRS} PATH_SUFFIXES include)
    # Python's package has the library under its second name only.
    find_library(CUDNN_LIBRARY NAMES cudnn libcudnn.so.9 HINTS ${CUDNN_ROOT} ENV CUDNN_ROOT ${CUDAToolkit_LIBRARY_DIR}
                 PATH_SUFFIXES lib lib64)
    mark_as_advanced(CUDNN_INCLUDE_DIR CUDNN_LIBRARY)
    if(CUDNN_LIBRARY AND CUDNN_INCLUDE_DIR AND EXISTS ${CUDNN_INCLUDE_DIR}/cudnn_version.h)
        file(STRINGS ${CUDNN_INCLUDE_DIR}/cudnn_version.h _tinyres_cudnn_major REGEX "^#define CUDNN_MAJOR [0-9]+")
        string(REGEX REPLACE "[^0-9]" "" _tinyres_cudnn_major "${_tinyres_cudnn_major}")
        if(_tinyres_cudnn_major GREATER_EQUAL 9)
            add_library(cuDNN::cuDNN UNKNOWN IMPORTED GLOBAL)
            set_target_properties(cuDNN::cuDNN PROPERTIES IMPORTED_LOCATION ${CUDNN_LIBRARY}
                                                          INTERFACE_INCLUDE_DIRECTORIES ${CUDNN_INCLUDE_DIR})
        endif()
        unset(_tinyres_cudnn_major)
    endif()
endif()
