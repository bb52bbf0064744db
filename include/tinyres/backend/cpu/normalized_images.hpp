#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"
#include "tinyres/backend/cpu/rectifier.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Images (batch, pixels, channels) that are normalized while they are read: activation(x * scale + shift) * factor,
/// the activation being `Rectify`, a Rectifier. `factors` (batch, channels) may be null: ones; they are so unless it is
/// ReLU.
template <class T, class Rectify>
struct NormalizedImages {
    const T* images;
    const float* scale;
    const float* shift;
    const float* factors;
    std::ptrdiff_t channels;

    /// Reads the channels of a register of one image.
    template <class V>
    struct Reader {
        V scale, shift;

        [[gnu::always_inline]] V operator()(const T* from) const {
            return Rectify::apply(V(multiply_add(load<V>(from), scale, shift)));
        }
    };

    template <class V>
    [[gnu::always_inline]] Reader<V> reader(std::ptrdiff_t image, int channel) const {
        // A factor is never negative, so it may go into scale and shift ahead of the ReLU.
        const V factor = factors ? load<V>(factors + image * channels + channel) : V(1.0f);
        return {load<V>(scale + channel) * factor, load<V>(shift + channel) * factor};
    }
};

/// Whether `Images` are NormalizedImages of `T`.
template <class Images, class T>
inline constexpr bool is_normalized = false;
template <class T, class Rectify>
inline constexpr bool is_normalized<NormalizedImages<T, Rectify>, T> = true;

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
