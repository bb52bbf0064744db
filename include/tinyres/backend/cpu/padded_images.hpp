#pragma once

#include "tinyres/core/config.hpp"

#include <algorithm>
#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Images as floats with a zero column on either side, so that what a row of a 3x3 filter's taps sees, three pixels
/// with all their channels, is one run of 3 * Channels floats.
template <int Height, int Width, int Channels>
struct PaddedImages {
    static constexpr std::ptrdiff_t row = std::ptrdiff_t{Width + 2} * Channels; ///< floats of a row
    static constexpr std::ptrdiff_t size = Height * row;                        ///< floats of an image

    /// Copies `count` images of any type that turns into float.
    template <class T>
    static void copy(const T* images, int count, float* to) {
        for (std::ptrdiff_t rows = std::ptrdiff_t{count} * Height; rows > 0; --rows, to += row) {
            std::fill_n(to, Channels, 0.0f);
            std::copy_n(images, Width * Channels, to + Channels);
            std::fill_n(to + (Width + 1) * Channels, Channels, 0.0f);
            images += Width * Channels;
        }
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
