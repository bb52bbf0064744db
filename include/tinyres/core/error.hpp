#pragma once

#include "tinyres/core/config.hpp"

#include <stdexcept>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What every function of the library throws when its input from outside cannot be used: a file, an option, a size.
/// `what()` is one line that names the thing and says what to do.
struct Error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
