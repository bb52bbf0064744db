#pragma once

#include "tinyres/core/config.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// A rectangle of pixels.
struct Region {
    int left = 0;
    int top = 0;
    int width = 0;
    int height = 0;

    bool operator==(const Region&) const = default;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
