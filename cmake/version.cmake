# Sets tinyres_version to what include/tinyres/version.hpp says.
set(version_header ${CMAKE_CURRENT_LIST_DIR}/../include/tinyres/version.hpp)
file(STRINGS ${version_header} definitions REGEX "^#define TINYRES_VERSION_[A-Z]+ [0-9]+$")
list(TRANSFORM definitions REPLACE ".* " "")
list(JOIN definitions "." tinyres_version)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${version_header})
