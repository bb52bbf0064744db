#pragma once

#include "tinyres/layers/activation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// x where x > 0, else slope * x with the slope Numerator / Denominator: PyTorch's `nn.LeakyReLU(slope)`.
/// `LeakyReLU<>` has the slope 0.01, `LeakyReLU<1, 5>` 0.2. The gradient at 0 is the slope.
template <int Numerator = 1, int Denominator = 100>
struct LeakyReLU : Activation {
    static constexpr std::string_view name = "LeakyReLU";
    static constexpr double slope = Denominator == 0 ? 0.0 : static_cast<double>(Numerator) / Denominator;
    static constexpr bool derivative_of_output = slope >= 0; // which is then positive where x is

    static constexpr Refusal refuses(Dims) {
        return Denominator == 0 ? Refusal::the_denominator_must_not_be_0 : Refusal::none;
    }

    template <class V>
    static constexpr V value(V x) {
        return choose(x > number<V>(0), x, x * number<V>(slope));
    }
    template <class V>
    static constexpr V derivative(V x_or_y) {
        return choose(x_or_y > number<V>(0), number<V>(1), number<V>(slope));
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
