#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// Why a pooling cannot take an input.
enum class PoolRefusal {
    none,
    it_needs_an_image_but_gets_a_flat_vector,
    the_window_must_be_between_1_and_16,
    the_stride_must_be_between_1_and_16,
    the_padding_must_be_between_0_and_half_the_window,
    the_window_is_larger_than_the_padded_image,
};

/// Neighbors along an axis: from `begin` to before `end`.
struct Interval {
    int begin = 0;
    int end = 0;

    constexpr int count() const { return end - begin; }
};

/// How pooling windows of `window` pixels lie along an axis of `size` pixels: the first one begins `padding` pixels
/// before the axis, each further one `stride` pixels behind the last, as long as it ends within the padding after the
/// axis. Every window holds at least one pixel, because the padding is at most half of it.
struct PoolAxis {
    int size = 0;
    int window = 0;
    int stride = 0;
    int padding = 0;

    constexpr int windows() const {
        const int positions = size + 2 * padding - window;
        return positions >= 0 && stride > 0 ? positions / stride + 1 : 0;
    }
    /// Where a window begins; in the padding if it is negative.
    constexpr int start(int number) const { return number * stride - padding; }

    /// The pixels of a window, without those of the padding.
    constexpr Interval pixels_of(int number) const {
        const int begin = start(number);
        const int end = begin + window;
        return {begin > 0 ? begin : 0, end < size ? end : size};
    }
    /// The windows that hold a pixel; none where the stride leaves pixels out.
    constexpr Interval windows_of(int pixel) const {
        const int behind = pixel + padding - window; // the start of the window that ends right before the pixel
        const int last = (pixel + padding) / stride + 1;
        return {behind < 0 ? 0 : behind / stride + 1, last < windows() ? last : windows()};
    }
};

/// How pooling windows lie on images.
struct PoolGeometry {
    int channels = 0;
    PoolAxis rows;
    PoolAxis columns;

    constexpr PoolGeometry(Dims in, int window, int stride, int padding)
        : channels(in.channels), rows{in.height, window, stride, padding}, columns{in.width, window, stride, padding} {}

    constexpr Dims output() const { return {channels, rows.windows(), columns.windows(), false}; }
};

/// What the poolings have in common. Derive, and say the name.
template <int Window, int Stride, int Padding>
struct PoolingLayer {
    static constexpr PoolRefusal refuses(Dims in) {
        using enum PoolRefusal;
        if (Window < 1 || Window > 16) return the_window_must_be_between_1_and_16;
        if (Stride < 1 || Stride > 16) return the_stride_must_be_between_1_and_16;
        if (Padding < 0 || 2 * Padding > Window) return the_padding_must_be_between_0_and_half_the_window;
        if (in.flat) return it_needs_an_image_but_gets_a_flat_vector;
        return output(in).positive() ? none : the_window_is_larger_than_the_padded_image;
    }
    static constexpr Dims output(Dims in) { return geometry(in).output(); }
    static constexpr TensorList tensors(Dims) { return {}; }

    /// Where the windows lie on images of these dimensions.
    static constexpr PoolGeometry geometry(Dims in) { return {in, Window, Stride, Padding}; }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
