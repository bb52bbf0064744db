#pragma once

#include "tinyres/core/config.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Whether a layer adds a trained constant to each output channel.
enum class Bias { no, yes };

} // namespace TINYRES_ARCH
} // namespace tinyres
