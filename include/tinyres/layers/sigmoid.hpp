#pragma once

#include "tinyres/layers/activation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// 1 / (1 + exp(-x)): PyTorch's `nn.Sigmoid()`.
struct Sigmoid : Activation {
    static constexpr std::string_view name = "Sigmoid";
    static constexpr bool derivative_of_output = true;

    template <class V>
    static constexpr V value(V x) {
        return number<V>(1) / (number<V>(1) + exp(-x));
    }
    template <class V>
    static constexpr V derivative(V y) {
        return y * (number<V>(1) - y);
    }
};

/// x / (1 + exp(-x)), also called Swish: PyTorch's `nn.SiLU()`. Elfwing et al. (2017).
struct SiLU : Activation {
    static constexpr std::string_view name = "SiLU";

    template <class V>
    static constexpr V value(V x) {
        return x / (number<V>(1) + exp(-x));
    }
    template <class V>
    static constexpr V derivative(V x) {
        const V sigmoid = Sigmoid::value(x);
        return sigmoid * (number<V>(1) + x * (number<V>(1) - sigmoid));
    }
};

/// The hyperbolic tangent: PyTorch's `nn.Tanh()`.
struct Tanh : Activation {
    static constexpr std::string_view name = "Tanh";
    static constexpr bool derivative_of_output = true;

    template <class V>
    static constexpr V value(V x) {
        return tanh(x);
    }
    template <class V>
    static constexpr V derivative(V y) {
        return number<V>(1) - y * y;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
