#pragma once

#include "tinyres/backend/cuda/tensor_tiles.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The patches that a 3x3 convolution with zero padding 1 multiplies its filters with, as a matrix that exists nowhere
/// in memory: its row (n, h, w) holds x[n, h + kh - 1, w + kw - 1, c] in column (kh * 3 + kw) * Channels + c, zeros
/// outside the image, and behind them, if `Ones`, a column of ones, which a bias is multiplied with. All else is zero.
template <class T, int Height, int Width, int Channels, bool Ones = false>
struct Patches {
    static constexpr int taps = 9 * Channels;
    static constexpr int columns = taps + (Ones ? 1 : 0);

    /// Begins to copy the chunk from `column` on of row `row` to shared memory; zeros from `rows` on.
    static __device__ __forceinline__ void copy_chunk(T* to, const T* images, int rows, int row, int column) {
        if constexpr (Channels % chunk<T> == 0) {
            if (!Ones || column < taps) {
                const Pixel pixel = pixel_of(row, column / Channels);
                const bool valid = row < rows && column < taps && pixel.inside;
                copy_async(to, valid ? images + pixel.offset + column % Channels : images, valid);
            } else {
                for (int i = 0; i < chunk<T>; ++i)
                    to[i] = static_cast<T>(i == 0 && column == taps && row < rows ? 1.0f : 0.0f);
            }
        } else {
            for (int i = 0; i < chunk<T>; ++i) {
                const int k = column + i;
                const Pixel pixel = pixel_of(row, k / Channels);
                T value = static_cast<T>(0.0f);
                if (row < rows && k < taps && pixel.inside) value = images[pixel.offset + k % Channels];
                if (Ones && row < rows && k == taps) value = static_cast<T>(1.0f);
                to[i] = value;
            }
        }
    }

private:
    struct Pixel {
        bool inside;
        std::ptrdiff_t offset;
    };
    /// The pixel of the input that tap `tap` of row `row` falls on.
    static __device__ __forceinline__ Pixel pixel_of(int row, int tap) {
        const int h = row / Width % Height + tap / 3 - 1;
        const int w = row % Width + tap % 3 - 1;
        const bool inside = h >= 0 && h < Height && w >= 0 && w < Width;
        return {inside, (std::ptrdiff_t{row} + (tap / 3 - 1) * Width + tap % 3 - 1) * Channels};
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
