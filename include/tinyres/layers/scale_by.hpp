#pragma once

#include "tinyres/layers/activation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// x times the constant Numerator / Denominator. `ScaleBy<1, 8>` behind the last Linear makes its softmax soft in the
/// beginning, when all weights are drawn.
template <int Numerator, int Denominator = 1>
struct ScaleBy : Activation {
    static constexpr std::string_view name = "ScaleBy";
    static constexpr double factor = Denominator == 0 ? 0.0 : static_cast<double>(Numerator) / Denominator;
    static constexpr bool derivative_of_output = true; // it asks for neither

    static constexpr Refusal refuses(Dims) {
        return Denominator == 0 ? Refusal::the_denominator_must_not_be_0 : Refusal::none;
    }

    template <class V>
    static constexpr V value(V x) {
        return x * number<V>(factor);
    }
    template <class V>
    static constexpr V derivative(V) {
        return number<V>(factor);
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
