# The headers and a package that find_package(tinyres CONFIG) takes.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/tinyres)

install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/tinyres DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(TARGETS tinyres tinyres_native EXPORT tinyres_targets)
install(EXPORT tinyres_targets NAMESPACE tinyres:: DESTINATION ${package_dir})
if(TINYRES_IO)
    install(TARGETS tinyres_io EXPORT tinyres_io_targets)
    install(EXPORT tinyres_io_targets NAMESPACE tinyres:: DESTINATION ${package_dir})
endif()
if(TINYRES_CUDA)
    install(TARGETS tinyres_cuda EXPORT tinyres_cuda_targets)
    install(EXPORT tinyres_cuda_targets NAMESPACE tinyres:: DESTINATION ${package_dir})
endif()

configure_package_config_file(cmake/tinyres-config.cmake.in ${PROJECT_BINARY_DIR}/tinyres-config.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tinyres-config-version.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/tinyres-config.cmake ${PROJECT_BINARY_DIR}/tinyres-config-version.cmake
              cmake/xsimd_without_xtl.cmake cmake/stb.cmake
        DESTINATION ${package_dir})
