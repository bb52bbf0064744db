#pragma once

#include "tinyres/layers/activation.hpp"

#include <numbers>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// How GELU computes the normal distribution.
enum class Approximation {
    none, ///< by the error function
    tanh  ///< by a hyperbolic tangent, off by 5e-4 at most
};

/// x times the normal distribution's probability to be below x, x / 2 * (1 + erf(x / sqrt(2))): PyTorch's `nn.GELU()`.
/// `GELU<Approximation::tanh>` is `nn.GELU("tanh")`:
///
///     x / 2 * (1 + tanh(sqrt(2 / pi) * (x + 0.044715 * x^3)))
///
/// Hendrycks and Gimpel (2016).
template <Approximation approximation = Approximation::none>
struct GELU : Activation {
    static constexpr std::string_view name = "GELU";

    template <class V>
    static constexpr V value(V x) {
        return x * number<V>(0.5) * (number<V>(1) + twice_the_probability(x));
    }
    template <class V>
    static constexpr V derivative(V x) {
        const V twice = twice_the_probability(x);
        const V probability = number<V>(0.5) * (number<V>(1) + twice);
        if constexpr (approximation == Approximation::none) {
            return probability + x * number<V>(density_at_0) * exp(number<V>(-0.5) * x * x);
        } else {
            const V slope = number<V>(scale) * (number<V>(1) + number<V>(3 * cubic) * x * x);
            return probability + number<V>(0.5) * x * (number<V>(1) - twice * twice) * slope;
        }
    }

private:
    static constexpr double scale = std::numbers::sqrt2 * std::numbers::inv_sqrtpi; // sqrt(2 / pi)
    static constexpr double density_at_0 = 0.5 * scale;
    static constexpr double cubic = 0.044715;

    /// Twice the probability to be between 0 and x.
    template <class V>
    static constexpr V twice_the_probability(V x) {
        if constexpr (approximation == Approximation::none)
            return erf(x * number<V>(0.5 * std::numbers::sqrt2));
        else
            return tanh(number<V>(scale) * (x + number<V>(cubic) * x * x * x));
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
