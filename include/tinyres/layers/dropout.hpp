#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// In training, sets single values to zero with probability Numerator / Denominator and divides the others by the
/// probability to stay; in prediction it does nothing: PyTorch's `nn.Dropout`. `Dropout<50>` is 50%. Takes images and
/// vectors. What is dropped depends on seed, step, layer, image and the value's place only, never on the number of
/// threads.
template <int Numerator, int Denominator = 100>
struct Dropout : ElementwiseLayer {
    static constexpr std::string_view name = "Dropout";
    static constexpr bool draws_random_numbers = true;
    static constexpr double probability = static_cast<double>(Numerator) / (Denominator != 0 ? Denominator : 1);

    static constexpr Refusal refuses(Dims) {
        const bool fits = 0 <= Numerator && Numerator < Denominator;
        return fits ? Refusal::none : Refusal::the_probability_must_be_at_least_0_and_less_than_1;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
