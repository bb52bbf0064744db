#pragma once

#include "tinyres/layers/activation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// min(max(x, 0), 6): PyTorch's `nn.ReLU6()`. The gradient at 0 and 6 is 0.
struct ReLU6 : Activation {
    static constexpr std::string_view name = "ReLU6";
    static constexpr bool derivative_of_output = true;

    template <class V>
    static constexpr V value(V x) {
        return choose(x < number<V>(0), number<V>(0), choose(x > number<V>(6), number<V>(6), x));
    }
    template <class V>
    static constexpr V derivative(V y) {
        return choose(y <= number<V>(0) || y >= number<V>(6), number<V>(0), number<V>(1));
    }
};

/// ReLU6(x + 3) / 6, a sigmoid of straight lines: PyTorch's `nn.Hardsigmoid()`. The gradient at -3 and 3 is 0.
struct Hardsigmoid : Activation {
    static constexpr std::string_view name = "Hardsigmoid";
    static constexpr bool derivative_of_output = true;

    template <class V>
    static constexpr V value(V x) {
        return ReLU6::value(x + number<V>(3)) / number<V>(6);
    }
    template <class V>
    static constexpr V derivative(V y) {
        return choose(y > number<V>(0) && y < number<V>(1), number<V>(1.0 / 6.0), number<V>(0));
    }
};

/// x * ReLU6(x + 3) / 6: PyTorch's `nn.Hardswish()`. The gradient at -3 is 0, at 3 it is 1. Howard et al., "Searching
/// for MobileNetV3" (2019).
struct Hardswish : Activation {
    static constexpr std::string_view name = "Hardswish";

    template <class V>
    static constexpr V value(V x) {
        return x * ReLU6::value(x + number<V>(3)) / number<V>(6);
    }
    template <class V>
    static constexpr V derivative(V x) {
        const V between = x / number<V>(3) + number<V>(0.5);
        return choose(x <= number<V>(-3), number<V>(0), choose(x < number<V>(3), between, number<V>(1)));
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
