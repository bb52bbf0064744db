#pragma once

#include "tinyres/core/config.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// Whether a layer adds a trained constant to each output channel.
enum class Bias { no, yes };

} // namespace tinyres::inline TINYRES_ARCH
