#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// In training, sets whole channels of an image to zero with probability Numerator / Denominator and divides the others
/// by the probability to stay; in prediction it does nothing: PyTorch's `nn.Dropout2d`. `Dropout2d<1>` is 1%.
/// What is dropped depends on seed, step, layer, image and channel only, never on the number of threads.
template <int Numerator, int Denominator = 100>
struct Dropout2d : ElementwiseLayer {
    static constexpr std::string_view name = "Dropout2d";
    static constexpr bool draws_random_numbers = true;
    static constexpr double probability = static_cast<double>(Numerator) / Denominator;

    static constexpr Refusal refuses(Dims) {
        const bool fits = 0 <= Numerator && Numerator < Denominator;
        return fits ? Refusal::none : Refusal::the_probability_must_be_at_least_0_and_less_than_1;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
