#pragma once

#include "tinyres/backend/cuda/tensor_tiles.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// How patches lie along an axis of the images: patch p, of `Patches`, has at tap k, of `Taps`, the position
///
///     (p * Stride + k * Dilation - Padding) / Spacing,
///
/// if that is a whole number and one of the `Size` positions, and else a zero.
template <int Size, int Patches, int Taps, int Stride, int Dilation, int Padding, int Spacing>
struct PatchAxis {
    static constexpr int size = Size;
    static constexpr int patches = Patches;
    static constexpr int taps = Taps;
    static constexpr int dilation = Dilation;
    static constexpr int padding = Padding;
    static constexpr int spacing = Spacing;
    /// Whether patch p is around position p.
    static constexpr bool in_place = Size == Patches && Stride == 1 && Spacing == 1;

    /// The position times `Spacing`.
    static __device__ __forceinline__ int at(int patch, int tap) { return patch * Stride + tap * Dilation - Padding; }
    static __device__ __forceinline__ bool inside(int at) {
        return at >= 0 && at < Size * Spacing && at % Spacing == 0;
    }
};

/// The axes of a convolution's patches: those of its input, which lead to its output, and, `Back…`, those of the
/// output's gradient, which lead to the input's and meet the taps in the opposite order.
template <class Geometry, int Height, int Width>
struct PatchAxes {
    static constexpr int height = Geometry::output_height(Height);
    static constexpr int width = Geometry::output_width(Width);
    using Down = PatchAxis<Height, height, Geometry::kernel_height, Geometry::stride_height, Geometry::dilation_height,
                           Geometry::padding_height, 1>;
    using Across = PatchAxis<Width, width, Geometry::kernel_width, Geometry::stride_width, Geometry::dilation_width,
                             Geometry::padding_width, 1>;
    using BackDown = PatchAxis<height, Height, Geometry::kernel_height, 1, Geometry::dilation_height,
                               (Geometry::kernel_height - 1) * Geometry::dilation_height - Geometry::padding_height,
                               Geometry::stride_height>;
    using BackAcross = PatchAxis<width, Width, Geometry::kernel_width, 1, Geometry::dilation_width,
                                 (Geometry::kernel_width - 1) * Geometry::dilation_width - Geometry::padding_width,
                                 Geometry::stride_width>;
};

/// The patches that a convolution multiplies its filters with, as a matrix that exists nowhere in memory: its row (n,
/// h, w) holds x[n, position of h at kh, position of w at kw, c] in column (kh * Across::taps + kw) * Channels + c,
/// zeros outside the image, followed, if `Ones`, by a column of ones, which a bias is multiplied with. All else is
/// zero.
template <class T, class Down, class Across, int Channels, bool Ones = false>
struct Patches {
    static constexpr int taps = Down::taps * Across::taps * Channels;
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
        const int kh = tap / Across::taps;
        const int kw = tap % Across::taps;
        const int h = Down::at(row / Across::patches % Down::patches, kh);
        const int w = Across::at(row % Across::patches, kw);
        const bool inside = Down::inside(h) && Across::inside(w);
        if constexpr (Down::in_place && Across::in_place) {
            const int lines = kh * Down::dilation - Down::padding;
            return {inside,
                    (std::ptrdiff_t{row} + lines * Across::size + kw * Across::dilation - Across::padding) * Channels};
        } else {
            const int image = row / (Down::patches * Across::patches);
            const int line = image * Down::size + h / Down::spacing;
            return {inside, (std::ptrdiff_t{line} * Across::size + w / Across::spacing) * Channels};
        }
    }
};

} // namespace cuda
} // namespace TINYRES_ARCH
} // namespace tinyres
