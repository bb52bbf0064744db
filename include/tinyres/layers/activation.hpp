#pragma once

#include "tinyres/core/layer.hpp"

#include <cmath>
#include <type_traits>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// What an activation function derives from: a layer that does the same with every number, on images and vectors, and
/// owns no tensor. The function and its derivative are all it has to say; each backend's one kernel for activations
/// does the rest.
///
///     struct QuickGELU : tinyres::Activation {
///         static constexpr std::string_view name = "QuickGELU";
///
///         template <class V>
///         static constexpr V value(V x) {
///             return x / (number<V>(1) + exp(number<V>(-1.702) * x));
///         }
///         template <class V>
///         static constexpr V derivative(V x) {
///             const V sigmoid = number<V>(1) / (number<V>(1) + exp(number<V>(-1.702) * x));
///             return sigmoid * (number<V>(1) + number<V>(1.702) * x * (number<V>(1) - sigmoid));
///         }
///     };
///
/// V is float, double, or a vector register of floats. So constants are written `number<V>(0.5)`, a condition is taken
/// by `choose`, and functions are those below; others are called as these are. They are constexpr so that code for GPUs
/// may call them. A NaN should stay one.
///
/// Where the derivative follows from the function's value as well, the layer says `derivative_of_output = true` and
/// `derivative(y)` gets that: the input's memory is then free until backward.
struct Activation : ElementwiseLayer {
    static constexpr bool derivative_of_output = false;

protected:
    /// A constant as a V.
    template <class V>
    static constexpr V number(double value) {
        if constexpr (std::is_floating_point_v<V>)
            return static_cast<V>(value);
        else
            return V(static_cast<typename V::value_type>(value));
    }

    /// condition ? a : b, lane by lane.
    template <class Condition, class V>
    static constexpr V choose(const Condition& condition, const V& a, const V& b) {
        if constexpr (std::is_same_v<Condition, bool>)
            return condition ? a : b;
        else
            return select(condition, a, b); // the register type's own
    }

    template <class V>
    static constexpr V exp(const V& x) {
        using std::exp;
        return exp(x);
    }
    /// exp(x) - 1, exact near 0.
    template <class V>
    static constexpr V expm1(const V& x) {
        using std::expm1;
        return expm1(x);
    }
    template <class V>
    static constexpr V tanh(const V& x) {
        using std::tanh;
        return tanh(x);
    }
    /// 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x.
    template <class V>
    static constexpr V erf(const V& x) {
        using std::erf;
        return erf(x);
    }
};

/// A layer that each backend's kernel for activations runs.
template <class L>
concept ActivationLayer = UnaryLayer<L> && std::is_base_of_v<Activation, L> && requires(float x) {
    { L::value(x) } -> std::same_as<float>;
    { L::derivative(x) } -> std::same_as<float>;
    { L::derivative_of_output } -> std::convertible_to<bool>;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
