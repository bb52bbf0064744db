# The libraries that tinyres stands on. An installed one is taken first, of any version from the least one up; otherwise
# the pinned release is downloaded and checked. FetchContent's own FIND_PACKAGE_ARGS does not fit here: xsimd declares a new
# major version incompatible with a request for an older one, although tinyres takes both.
include(FetchContent)
find_package(Threads REQUIRED GLOBAL)
find_package(OpenMP REQUIRED GLOBAL COMPONENTS CXX)

# Sets <package>_usable to whether an installed <package> of at least version <least> was found. Setting
# FETCHCONTENT_TRY_FIND_PACKAGE_MODE to NEVER passes installed ones by.
function(tinyres_find_installed package least)
    set(${package}_usable FALSE PARENT_SCOPE)
    if(FETCHCONTENT_TRY_FIND_PACKAGE_MODE STREQUAL "NEVER")
        return()
    endif()
    find_package(${package} CONFIG QUIET GLOBAL)
    if(${package}_FOUND AND ${package}_VERSION VERSION_GREATER_EQUAL ${least})
        message(STATUS "tinyres: uses ${package} ${${package}_VERSION} in ${${package}_DIR}")
        set(${package}_usable TRUE PARENT_SCOPE)
    endif()
endfunction()

# Downloads the archive of tinyres_header_library and sets `archive` to its file. FetchContent could do that, but where
# there is no network it says so in fifty lines, and not what to do.
macro(tinyres_download package)
    string(TOUPPER ${package} upper)
    cmake_path(GET arg_URL FILENAME archive)
    string(PREPEND archive ${FETCHCONTENT_BASE_DIR}/${package}-download/)
    if(NOT EXISTS ${archive} AND NOT FETCHCONTENT_SOURCE_DIR_${upper})
        message(STATUS "tinyres: fetches ${package} from ${arg_URL}")
        set(status 1 "FETCHCONTENT_FULLY_DISCONNECTED is set")
        if(NOT FETCHCONTENT_FULLY_DISCONNECTED)
            file(DOWNLOAD ${arg_URL} ${archive}.part EXPECTED_HASH SHA256=${arg_SHA256} STATUS status INACTIVITY_TIMEOUT 60)
        endif()
        list(POP_FRONT status failed)
        if(failed)
            file(REMOVE ${archive}.part)
            set(without "")
            if(NOT arg_PLACE)
                set(arg_PLACE ${package}_DIR)
            endif()
            if(arg_OPTIONS)
                list(JOIN arg_OPTIONS "=OFF -D" without)
                set(without ", or do without: -D${without}=OFF")
            endif()
            message(FATAL_ERROR "tinyres: no ${package} ${arg_LEAST} or newer is installed, and it cannot be fetched: ${status}. "
                                "Install it (Debian: ${arg_DEBIAN}) or name its folder by -D${arg_PLACE}=${without}")
        endif()
        file(RENAME ${archive}.part ${archive})
    endif()
endmacro()

# Makes the header-only library <package> available as <TARGET>: the installed one if it is at least version <LEAST>,
# else the archive at <URL>, whose headers are in <INCLUDE>. The archive's own build files are not run. Where it cannot be
# fetched, the error names Debian's package <DEBIAN>, the variable <PLACE> (by default <package>_DIR) that says where it is,
# and the options <OPTIONS> without which it is not needed.
function(tinyres_header_library package)
    cmake_parse_arguments(PARSE_ARGV 1 arg "" "TARGET;LEAST;URL;SHA256;INCLUDE;DEBIAN;PLACE" "OPTIONS")
    if(TARGET ${arg_TARGET})
        return() # a surrounding project has brought it
    endif()
    tinyres_find_installed(${package} ${arg_LEAST})
    if(${package}_usable)
        return()
    endif()
    tinyres_download(${package})
    FetchContent_Declare(${package} URL ${archive} URL_HASH SHA256=${arg_SHA256} DOWNLOAD_EXTRACT_TIMESTAMP TRUE
                         SOURCE_SUBDIR headers-only)
    FetchContent_MakeAvailable(${package})
    string(TOLOWER ${package} name)
    if(NOT TARGET ${arg_TARGET}) # an installed one that is too old has left its target behind
        add_library(${arg_TARGET} INTERFACE IMPORTED GLOBAL)
    endif()
    set_target_properties(${arg_TARGET} PROPERTIES INTERFACE_INCLUDE_DIRECTORIES ${${name}_SOURCE_DIR}/${arg_INCLUDE})
    set_property(GLOBAL APPEND PROPERTY TINYRES_FETCHED ${package})
endfunction()

tinyres_header_library(xsimd
    TARGET xsimd
    LEAST 8.1
    URL https://github.com/xtensor-stack/xsimd/archive/refs/tags/13.0.0.tar.gz
    SHA256 8bdbbad0c3e7afa38d88d0d484d70a1671a1d8aefff03f4223ab2eb6a41110a3
    INCLUDE include
    DEBIAN libxsimd-dev)
include(${CMAKE_CURRENT_LIST_DIR}/xsimd_without_xtl.cmake)

if(TINYRES_IO)
    tinyres_header_library(nlohmann_json
        TARGET nlohmann_json::nlohmann_json
        LEAST 3.10
        URL https://github.com/nlohmann/json/releases/download/v3.11.3/json.tar.xz
        SHA256 d6c65aca6b1ed68e7a182f4757257b107ae403032760ed6ef121c9d55e81757d
        INCLUDE include
        DEBIAN nlohmann-json3-dev OPTIONS TINYRES_IO)
endif()

if(TINYRES_IO)
    if(NOT FETCHCONTENT_TRY_FIND_PACKAGE_MODE STREQUAL "NEVER")
        include(${CMAKE_CURRENT_LIST_DIR}/stb.cmake)
    endif()
    tinyres_header_library(Stb
        TARGET stb::stb
        LEAST 2.27
        URL https://github.com/nothings/stb/archive/8b5f1f37b5b75829fc72d38e7b5d4bcbf8a26d55.zip
        SHA256 93a16ee3e866e719feec459f6f132cce932c5ec751eb38e3ec1975f911353d2e
        INCLUDE .
        DEBIAN libstb-dev PLACE TINYRES_STB_INCLUDE_DIR OPTIONS TINYRES_IO)
endif()

if(TINYRES_IO)
    include(${CMAKE_CURRENT_LIST_DIR}/jpeg_turbo.cmake)
    if(TARGET JPEG::JPEG)
        message(STATUS "tinyres: decodes JPEG files by libjpeg-turbo")
    endif()
endif()

if(TINYRES_EIGEN)
    tinyres_header_library(Eigen3
        TARGET Eigen3::Eigen
        LEAST 3.4
        URL https://gitlab.com/libeigen/eigen/-/archive/3.4.0/eigen-3.4.0.tar.gz
        SHA256 8586084f71f9bde545ee7fa6d00288b264a2b7ac3607b974e54d13e7162c1c72
        INCLUDE .
        DEBIAN libeigen3-dev OPTIONS TINYRES_EIGEN)
endif()

if(TINYRES_BUILD_EXAMPLES OR TINYRES_BUILD_BENCH)
    tinyres_header_library(CLI11
        TARGET CLI11::CLI11
        LEAST 2.1
        URL https://github.com/CLIUtils/CLI11/archive/refs/tags/v2.4.2.tar.gz
        SHA256 f2d893a65c3b1324c50d4e682c0cdc021dd0477ae2c048544f39eed6654b699a
        INCLUDE include
        DEBIAN libcli11-dev OPTIONS TINYRES_BUILD_EXAMPLES TINYRES_BUILD_BENCH)
endif()

if(TINYRES_BUILD_TESTS)
    tinyres_header_library(doctest
        TARGET doctest::doctest
        LEAST 2.4
        URL https://github.com/doctest/doctest/archive/refs/tags/v2.4.11.tar.gz
        SHA256 632ed2c05a7f53fa961381497bf8069093f0d6628c5f26286161fbd32a560186
        INCLUDE .
        DEBIAN doctest-dev OPTIONS TINYRES_BUILD_TESTS)
endif()

if(TINYRES_BUILD_BENCH AND NOT TARGET benchmark::benchmark)
    tinyres_find_installed(benchmark 1.6)
    if(NOT benchmark_usable)
        set(BENCHMARK_ENABLE_TESTING OFF)
        set(BENCHMARK_ENABLE_INSTALL OFF)
        set(BENCHMARK_ENABLE_WERROR OFF)
        FetchContent_Declare(benchmark SYSTEM
            URL https://github.com/google/benchmark/archive/refs/tags/v1.7.1.tar.gz
            URL_HASH SHA256=6430e4092653380d9dc4ccb45a1e2dc9259d581f4866dc0759713126056bc1d7
            DOWNLOAD_EXTRACT_TIMESTAMP TRUE)
        FetchContent_MakeAvailable(benchmark)
    endif()
endif()
