#pragma once

#include "tinyres/core/layer.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// In training, sets whole channels of an image to zero with probability Numerator / Denominator and divides the others
/// by the probability to stay; in prediction it does nothing: PyTorch's `nn.Dropout2d`. `Dropout2d<1>` is 1%.
/// What is dropped depends on seed, step, layer, image and channel only, never on the number of threads.
template <int Numerator, int Denominator = 100>
struct Dropout2d : ElementwiseLayer {
    static_assert(0 <= Numerator && Numerator < Denominator,
                  "tinyres: Dropout2d<Numerator, Denominator> needs a probability in [0, 1)");
    static constexpr std::string_view name = "Dropout2d";
    static constexpr bool draws_random_numbers = true;
    static constexpr double probability = static_cast<double>(Numerator) / Denominator;
};

} // namespace tinyres::inline TINYRES_ARCH
