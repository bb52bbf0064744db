#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>

namespace tinyres::inline TINYRES_ARCH {

/// A convolution's filters wherever they lie: `filters(tap, in, out)`, the taps row by row.
struct Filters {
    const float* first; ///< tap 0, input channel 0, output channel 0
    std::ptrdiff_t tap_stride;
    std::ptrdiff_t in_stride;
    std::ptrdiff_t out_stride;

    const float* at(int tap, int in, int out) const {
        return first + tap * tap_stride + in * in_stride + out * out_stride;
    }
    float operator()(int tap, int in, int out) const { return *at(tap, in, out); }
};

} // namespace tinyres::inline TINYRES_ARCH
