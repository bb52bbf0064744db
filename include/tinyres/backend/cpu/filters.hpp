#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// A convolution's filters wherever they lie: `filters(tap, in, out)`, the taps row by row, channels counted within a
/// group, and its bias. One of in_stride and out_stride is 1.
struct Filters {
    const float* first; ///< tap 0, input channel 0, output channel 0
    std::ptrdiff_t tap_stride;
    std::ptrdiff_t in_stride;
    std::ptrdiff_t out_stride;
    const float* bias = nullptr;     ///< of each output channel; null: zeros
    std::ptrdiff_t group_stride = 0; ///< from a group of channels to the next

    const float* at(int tap, int in, int out) const {
        return first + tap * tap_stride + in * in_stride + out * out_stride;
    }
    float operator()(int tap, int in, int out) const { return *at(tap, in, out); }

    /// The bias of output channel `out` of a convolution that has `outs`; 0 beyond them.
    float bias_of(int out, int outs) const { return bias && out < outs ? bias[out] : 0.0f; }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
