# libjpeg-turbo, which tinyres::io decodes JPEG files by where it is installed: the target JPEG::JPEG, if
# TINYRES_JPEG_TURBO is ON or AUTO and it can be had. The installed package includes this, too.
if(NOT DEFINED TINYRES_JPEG_TURBO)
    set(TINYRES_JPEG_TURBO AUTO)
endif()
if(TINYRES_JPEG_TURBO)
    find_package(JPEG QUIET GLOBAL)
    if(NOT TARGET JPEG::JPEG AND NOT TINYRES_JPEG_TURBO STREQUAL "AUTO")
        message(FATAL_ERROR "tinyres: there is no libjpeg-turbo. Install it (Debian: libjpeg62-turbo-dev) or do without: "
                            "-DTINYRES_JPEG_TURBO=OFF")
    endif()
endif()
