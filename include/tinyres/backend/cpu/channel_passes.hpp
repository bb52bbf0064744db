#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/rectifier.hpp"

#include <algorithm>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// The passes over one image that normalization, an activation and Dropout2d are made of. With z = x * scale + shift, a
/// channel:
///
///     forward    y  = activation(z) * factor
///     backward   dz = dy * factor, where the activation let z pass
///                dx = dz * scale + x * slope + constant
///
/// x, y and their gradients are (pixels, channels) of type T, every other argument is an array (channels). `factor` is
/// null without dropout, which only ReLU goes with. The activation is `Rectify`, a Rectifier. The sizes are values, so
/// that the loops are compiled once for all layers.
template <class Arch, class T, class Rectify>
struct ChannelPasses {
    int channels;
    int pixels;

    /// sum[c] = sum of x - origin; square[c] = sum of (x - origin)^2. An origin near the mean keeps their digits.
    void moments(const T* x, const float* origin, float* sum, float* square) const {
        for_channel_blocks<Arch, 4>(channels, [&](auto registers, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            V origins[R::count];
            unrolled<R::count>([&](auto j) { origins[j] = load<V>(origin + c + j * R::lanes); });
            for (int first = 0; first < pixels; first += pixels_in_a_row) {
                V sums[R::count], squares[R::count];
                unrolled<R::count>([&](auto j) { sums[j] = squares[j] = V(0.0f); });
                for (int pixel = first; pixel < end_of_row(first); ++pixel)
                    unrolled<R::count>([&](auto j) {
                        const V distance =
                            load<V>(x + pixel * std::ptrdiff_t{channels} + c + j * R::lanes) - origins[j];
                        sums[j] += distance;
                        squares[j] = multiply_add(distance, distance, squares[j]);
                    });
                unrolled<R::count>([&](auto j) {
                    add(first, sums[j], sum + c + j * R::lanes);
                    add(first, squares[j], square + c + j * R::lanes);
                });
            }
        });
    }

    /// y = relu(x * scale + shift) * factor.
    void normalize(const T* x, const float* scale, const float* shift, const float* factor, T* y) const {
        for_channel_blocks<Arch, 4>(channels, [&](auto registers, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            V scales[R::count], shifts[R::count];
            // A factor is never negative, so it may go into scale and shift ahead of the ReLU.
            unrolled<R::count>([&](auto j) {
                const V factors = factor ? load<V>(factor + c + j * R::lanes) : V(1.0f);
                scales[j] = load<V>(scale + c + j * R::lanes) * factors;
                shifts[j] = load<V>(shift + c + j * R::lanes) * factors;
            });
            for (int pixel = 0; pixel < pixels; ++pixel)
                unrolled<R::count>([&](auto j) {
                    const std::ptrdiff_t at = pixel * std::ptrdiff_t{channels} + c + j * R::lanes;
                    const V z = multiply_add(load<V>(x + at), scales[j], shifts[j]);
                    store(Rectify::apply(z), y + at);
                });
        });
    }

    /// sum[c] = sum of dz; product[c] = sum of dz * (x - mean).
    void gradient_sums(const T* x, const T* dy, const float* scale, const float* shift, const float* factor,
                       const float* mean, float* sum, float* product) const {
        for_channel_blocks<Arch, 2>(channels, [&](auto registers, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            V means[R::count];
            unrolled<R::count>([&](auto j) { means[j] = load<V>(mean + c + j * R::lanes); });
            for (int first = 0; first < pixels; first += pixels_in_a_row) {
                V sums[R::count], products[R::count];
                unrolled<R::count>([&](auto j) { sums[j] = products[j] = V(0.0f); });
                for_each_gradient(registers, c, first, end_of_row(first), x, dy, scale, shift, factor,
                                  [&](auto j, std::ptrdiff_t, V value, V dz) {
                                      sums[j] += dz;
                                      products[j] = multiply_add(dz, value - means[j], products[j]);
                                  });
                unrolled<R::count>([&](auto j) {
                    add(first, sums[j], sum + c + j * R::lanes);
                    add(first, products[j], product + c + j * R::lanes);
                });
            }
        });
    }

    /// dx = dz * scale + x * slope + constant.
    void gradient(const T* x, const T* dy, const float* scale, const float* shift, const float* factor,
                  const float* slope, const float* constant, T* dx) const {
        for_channel_blocks<Arch, 2>(channels, [&](auto registers, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            V scales[R::count], slopes[R::count], constants[R::count];
            unrolled<R::count>([&](auto j) {
                scales[j] = load<V>(scale + c + j * R::lanes);
                slopes[j] = load<V>(slope + c + j * R::lanes);
                constants[j] = load<V>(constant + c + j * R::lanes);
            });
            for_each_gradient(
                registers, c, 0, pixels, x, dy, scale, shift, factor, [&](auto j, std::ptrdiff_t at, V value, V dz) {
                    store(multiply_add(dz, scales[j], multiply_add(value, slopes[j], constants[j])), dx + at);
                });
        });
    }

private:
    /// So many pixels are summed in a row, then such sums: one sum over a large image would lose digits.
    static constexpr int pixels_in_a_row = 1024;
    int end_of_row(int first) const { return (std::min)(pixels, first + pixels_in_a_row); }

    /// Adds the sum of the pixels from `first` on to those before.
    template <class V>
    [[gnu::always_inline]] static void add(int first, V value, float* sum) {
        store(first == 0 ? value : V(load<V>(sum) + value), sum);
    }

    /// Calls `function(register, offset, x, dz)` for some pixels of a block of channels.
    template <class R, class Function>
    [[gnu::always_inline]] void for_each_gradient(R, int c, int first, int last, const T* x, const T* dy,
                                                  const float* scale, const float* shift, const float* factor,
                                                  Function function) const {
        using V = typename R::Vector;
        V scales[R::count], shifts[R::count], factors[R::count];
        unrolled<R::count>([&](auto j) {
            scales[j] = load<V>(scale + c + j * R::lanes);
            shifts[j] = load<V>(shift + c + j * R::lanes);
            factors[j] = factor ? load<V>(factor + c + j * R::lanes) : V(1.0f);
        });
        for (int pixel = first; pixel < last; ++pixel)
            unrolled<R::count>([&](auto j) {
                const std::ptrdiff_t at = pixel * std::ptrdiff_t{channels} + c + j * R::lanes;
                const V value = load<V>(x + at);
                const V dz = load<V>(dy + at) * factors[j];
                function(j, at, value, Rectify::gradient(V(multiply_add(value, scales[j], shifts[j])), dz));
            });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
