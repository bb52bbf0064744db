#pragma once

#include "tinyres/backend/cpu/bfloat16_lanes.hpp"

#include <algorithm>
#include <cstddef>

/// Sums over the pixels of a batch, a channel, that whoever stores the pixels takes along. The batch is cut into parts
/// that do not depend on the number of threads; each part is summed by one thread and the parts are added in order, so
/// that neither do the sums.
namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cpu {

/// Nothing is summed.
struct NoSums {
    /// Takes values and forgets them.
    template <class V>
    struct Running {
        void image(std::ptrdiff_t) {}
        void add(const V&, std::ptrdiff_t) {}
        void end() {}
    };
    template <class V, class First>
    Running<V> begin(std::ptrdiff_t, int, bool, First) const {
        return {};
    }
};

/// What mean and variance follow from: of the values x of each part, as they are stored in type T, (part, 3, channels),
/// an origin, the sum of x - origin and that of (x - origin)^2. An origin among the values keeps the sums' digits.
template <class T>
struct MomentSums {
    float* parts;
    std::ptrdiff_t channels;

    /// The sums of a register's channels while a part's values come by.
    template <class V>
    struct Running {
        float* at;
        std::ptrdiff_t channels;
        V origin, sum, square;

        [[gnu::always_inline]] void image(std::ptrdiff_t) {}
        /// Takes a value; where it is stored does not matter.
        [[gnu::always_inline]] void add(const V& value, std::ptrdiff_t) {
            const V distance = rounded_to<T>(value) - origin;
            sum += distance;
            square = multiply_add(distance, distance, square);
        }
        [[gnu::always_inline]] void end() const {
            store(origin, at);
            store(sum, at + channels);
            store(square, at + 2 * channels);
        }
    };

    /// Begins, or goes on with, the sums of a part and the channels of a register; `first_value()` is one of the
    /// values.
    template <class V, class First>
    [[gnu::always_inline]] Running<V> begin(std::ptrdiff_t part, int channel, bool first, First first_value) const {
        float* const at = parts + part * 3 * channels + channel;
        if (first) return {at, channels, rounded_to<T>(V(first_value())), V(0.0f), V(0.0f)};
        return {at, channels, load<V>(at), load<V>(at + channels), load<V>(at + 2 * channels)};
    }
};

/// Mean and variance of each channel, `moments` (2, channels), from the MomentSums of `count` parts; `values(part)` is
/// how many values a channel has in a part.
template <class Values>
void moments_of_parts(const float* parts, std::ptrdiff_t count, std::ptrdiff_t channels, Values values,
                      double* moments) {
    double* const sums = moments;
    double* const squares = moments + channels;
    std::fill_n(moments, 2 * channels, 0.0);
    double all_values = 0.0;
    for (std::ptrdiff_t part = 0; part < count; ++part) {
        const float* const of_part = parts + part * 3 * channels;
        const double number = values(part);
        all_values += number;
        for (std::ptrdiff_t c = 0; c < channels; ++c) { // all about the first part's origin
            const double shift = static_cast<double>(of_part[c]) - static_cast<double>(parts[c]);
            const double sum = static_cast<double>(of_part[channels + c]);
            sums[c] += sum + number * shift;
            squares[c] += static_cast<double>(of_part[2 * channels + c]) + shift * (2.0 * sum + number * shift);
        }
    }
    for (std::ptrdiff_t c = 0; c < channels; ++c) {
        const double distance = sums[c] / all_values;
        sums[c] = static_cast<double>(parts[c]) + distance;
        squares[c] = (std::max)(squares[c] / all_values - distance * distance, 0.0);
    }
}

/// What BatchNorm's backward sums, of each part (part, 2, channels): with z = x * scale + shift, and dz = dy * factor
/// where the activation, `Rectify`, lets z pass, the sum of dz and that of dz * (x - mean). The
/// values are dy, as they are stored; x lies where dy is stored, but in `input`. `factors` (images, channels) may be
/// null: ones.
template <class T, class Rectify>
struct GradientSums {
    const T* input;
    const float* mean;
    const float* scale;
    const float* shift;
    const float* factors;
    float* parts;
    std::ptrdiff_t channels;

    /// The sums of a register's channels while a part's values come by.
    template <class V>
    struct Running {
        const GradientSums& from;
        float* at;
        int channel;
        V mean, scale, shift, sum, product;
        V factor = V(1.0f); // braces would be a list of lanes

        /// The values that follow are of this image.
        [[gnu::always_inline]] void image(std::ptrdiff_t image) {
            if (from.factors) factor = load<V>(from.factors + image * from.channels + channel);
        }
        /// Takes a value that is stored as element `place`.
        [[gnu::always_inline]] void add(const V& value, std::ptrdiff_t place) {
            const V x = load<V>(from.input + place);
            V dz = rounded_to<T>(value) * factor;
            dz = Rectify::gradient(V(multiply_add(x, scale, shift)), dz);
            sum += dz;
            product = multiply_add(dz, V(x - mean), product);
        }
        [[gnu::always_inline]] void end() const {
            store(sum, at);
            store(product, at + from.channels);
        }
    };

    template <class V, class First>
    [[gnu::always_inline]] Running<V> begin(std::ptrdiff_t part, int channel, bool first, First) const {
        float* const at = parts + part * 2 * channels + channel;
        return {*this,
                at,
                channel,
                load<V>(mean + channel),
                load<V>(scale + channel),
                load<V>(shift + channel),
                first ? V(0.0f) : load<V>(at),
                first ? V(0.0f) : load<V>(at + channels)};
    }
};

/// The sums of all parts, `totals` (2, channels).
inline void add_parts(const float* parts, std::ptrdiff_t count, std::ptrdiff_t channels, double* totals) {
    std::fill_n(totals, 2 * channels, 0.0);
    for (std::ptrdiff_t part = 0; part < count; ++part, parts += 2 * channels)
        for (std::ptrdiff_t i = 0; i < 2 * channels; ++i) totals[i] += static_cast<double>(parts[i]);
}

} // namespace cpu
} // namespace TINYRES_ARCH
} // namespace tinyres
