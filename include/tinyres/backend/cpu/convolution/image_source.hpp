#pragma once

#include "tinyres/backend/cpu/normalized_images.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// What a convolution reads: images (batch, pixels, channels) as they are stored, or normalized on the way, which gives
/// the floats that storing the normalized images and reading them would. A value, so that the loops of a convolution
/// are compiled once for all.
template <class Arch, class T>
struct ImageSource {
    const T* images;
    const float* scale = nullptr;
    const float* shift = nullptr;
    const float* factors = nullptr; ///< (batch, channels), or null
    /// Normalizes `channels` channels of `pixels` pixels that lie `distance` apart; null where the images are read as
    /// they are.
    void (*normalize)(const T* from, std::ptrdiff_t distance, int pixels, int channels, const float* scale,
                      const float* shift, const float* factors, float* to) = nullptr;

    // NOLINTNEXTLINE(google-explicit-constructor): stored images are read as they are
    ImageSource(const T* stored) : images(stored) {}

    template <class Rectify>
    // NOLINTNEXTLINE(google-explicit-constructor): as those
    ImageSource(const NormalizedImages<T, Rectify>& normalized)
        : images(normalized.images),
          scale(normalized.scale),
          shift(normalized.shift),
          factors(normalized.factors),
          normalize(&normalize_pixels<Rectify>) {}

private:
    template <class Rectify>
    static void normalize_pixels(const T* from, std::ptrdiff_t distance, int pixels, int channels, const float* scale,
                                 const float* shift, const float* factors, float* to) {
        using Images = NormalizedImages<T, Rectify>;
        const Images images{from, scale, shift, factors, channels};
        for_channel_blocks<Arch, 4>(channels, [&](auto registers, int c) {
            using R = decltype(registers);
            using V = typename R::Vector;
            typename Images::template Reader<V> readers[R::count];
            unrolled<R::count>([&](auto j) { readers[j] = images.template reader<V>(0, c + j * R::lanes); });
            for (int pixel = 0; pixel < pixels; ++pixel)
                unrolled<R::count>([&](auto j) {
                    const int at = c + j * R::lanes;
                    const V value = readers[j](from + pixel * distance + at);
                    store(rounded_to<T>(value), to + pixel * std::ptrdiff_t{channels} + at);
                });
        });
    }
};

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
