#pragma once

/// The version of tinyres, by semantic versioning: a change of MAJOR, and while MAJOR is 0 one of MINOR, may ask for
/// changes in programs that use it. CMake, pkg-config, Conan and the tests read the numbers here.
#define TINYRES_VERSION_MAJOR 0
#define TINYRES_VERSION_MINOR 1
#define TINYRES_VERSION_PATCH 0

/// For comparisons: version 1.2.3 is 10203.
#define TINYRES_VERSION (TINYRES_VERSION_MAJOR * 10000 + TINYRES_VERSION_MINOR * 100 + TINYRES_VERSION_PATCH)
