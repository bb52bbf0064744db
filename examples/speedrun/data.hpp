#pragma once

#include "run.hpp"

namespace example {

/// The images that `--data` names. Throws tr::Error.
Data load_data(const Options& options);

} // namespace example
