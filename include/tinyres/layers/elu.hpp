#pragma once

#include "tinyres/layers/activation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// x where x > 0, else alpha * (exp(x) - 1) with alpha = Numerator / Denominator, which is positive: PyTorch's
/// `nn.ELU(alpha)`. `ELU<>` has the alpha 1. The gradient at 0 is alpha. Clevert et al. (2016).
template <int Numerator = 1, int Denominator = 1>
struct ELU : Activation {
    static constexpr std::string_view name = "ELU";
    static constexpr double alpha = Denominator == 0 ? 0.0 : static_cast<double>(Numerator) / Denominator;
    static constexpr bool derivative_of_output = true;

    static constexpr Refusal refuses(Dims) { return alpha > 0 ? Refusal::none : Refusal::alpha_must_be_positive; }

    template <class V>
    static constexpr V value(V x) {
        return choose(x > number<V>(0), x, number<V>(alpha) * expm1(x));
    }
    template <class V>
    static constexpr V derivative(V y) {
        return choose(y > number<V>(0), number<V>(1), y + number<V>(alpha));
    }
};

/// x where x > 0, else alpha * (exp(x / alpha) - 1) with alpha = Numerator / Denominator, which is positive: PyTorch's
/// `nn.CELU(alpha)`. `CELU<>` has the alpha 1. The gradient at 0 is 1. Barron (2017).
template <int Numerator = 1, int Denominator = 1>
struct CELU : Activation {
    static constexpr std::string_view name = "CELU";
    static constexpr double alpha = Denominator == 0 ? 0.0 : static_cast<double>(Numerator) / Denominator;
    static constexpr bool derivative_of_output = true;

    static constexpr Refusal refuses(Dims) { return alpha > 0 ? Refusal::none : Refusal::alpha_must_be_positive; }

    template <class V>
    static constexpr V value(V x) {
        return choose(x > number<V>(0), x, number<V>(alpha) * expm1(x / number<V>(alpha)));
    }
    template <class V>
    static constexpr V derivative(V y) {
        return choose(y > number<V>(0), number<V>(1), y / number<V>(alpha) + number<V>(1));
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
