# The headers, and how others find them: a package that find_package(tinyres CONFIG) takes, and files for pkg-config. All
# of it may be moved to another place afterwards.
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
if(TINYRES_EIGEN)
    install(TARGETS tinyres_eigen EXPORT tinyres_eigen_targets)
    install(EXPORT tinyres_eigen_targets NAMESPACE tinyres:: DESTINATION ${package_dir})
endif()
if(TINYRES_CUDA)
    install(TARGETS tinyres_cuda EXPORT tinyres_cuda_targets)
    install(EXPORT tinyres_cuda_targets NAMESPACE tinyres:: DESTINATION ${package_dir})
endif()
if(TINYRES_CUDNN)
    install(TARGETS tinyres_cudnn EXPORT tinyres_cudnn_targets)
    install(EXPORT tinyres_cudnn_targets NAMESPACE tinyres:: DESTINATION ${package_dir})
    install(FILES cmake/find_cudnn.cmake DESTINATION ${package_dir})
endif()

configure_package_config_file(cmake/tinyres-config.cmake.in ${PROJECT_BINARY_DIR}/tinyres-config.cmake
    INSTALL_DESTINATION ${package_dir} NO_SET_AND_CHECK_MACRO NO_CHECK_REQUIRED_COMPONENTS_MACRO)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/tinyres-config-version.cmake
    COMPATIBILITY SameMinorVersion ARCH_INDEPENDENT)
install(FILES ${PROJECT_BINARY_DIR}/tinyres-config.cmake ${PROJECT_BINARY_DIR}/tinyres-config-version.cmake
              cmake/consumer_checks.cmake cmake/xsimd_without_xtl.cmake cmake/stb.cmake
              cmake/jpeg_turbo.cmake
        DESTINATION ${package_dir})

# pkg-config knows where a .pc file lies; the prefix is told from there.
set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
function(tinyres_configure_pc name)
    set(from_pc_to_prefix ${CMAKE_INSTALL_PREFIX})
    cmake_path(ABSOLUTE_PATH pkgconfig_dir BASE_DIRECTORY ${CMAKE_INSTALL_PREFIX} OUTPUT_VARIABLE absolute)
    cmake_path(RELATIVE_PATH from_pc_to_prefix BASE_DIRECTORY ${absolute})
    set(prefix "\${pcfiledir}/${from_pc_to_prefix}")
    set(includedir ${CMAKE_INSTALL_INCLUDEDIR})
    if(NOT IS_ABSOLUTE ${includedir})
        string(PREPEND includedir "\${prefix}/")
    endif()
    string(REPLACE " " "\\ " includedir "${includedir}")
    configure_file(cmake/${name}.pc.in ${PROJECT_BINARY_DIR}/${name}.pc @ONLY)
    install(FILES ${PROJECT_BINARY_DIR}/${name}.pc DESTINATION ${pkgconfig_dir})
endfunction()
tinyres_configure_pc(tinyres)
if(TINYRES_IO)
    tinyres_configure_pc(tinyres-io)
endif()
if(TINYRES_EIGEN)
    tinyres_configure_pc(tinyres-eigen)
endif()
