#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/linear.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace reference {

/// y[n, o] = bias[o] + sum over i of x[n, i] * weight[i, o].
template <class T>
struct LinearLoops {
    int inputs = 0;
    int features = 0;
    bool bias = true;

    void forward(const ForwardPass<T, T>& pass) const {
        for (int n = 0; n < pass.batch; ++n)
            for (int o = 0; o < features; ++o) {
                T sum = bias ? pass.parameters[weight_count() + o] : T{0};
                for (int i = 0; i < inputs; ++i) sum += pass.input[n * inputs + i] * pass.parameters[i * features + o];
                pass.output[n * features + o] = sum;
            }
    }

    void backward(const BackwardPass<T, T>& pass) const {
        std::fill_n(pass.parameter_gradients, weight_count() + (bias ? features : 0), T{0});
        for (int n = 0; n < pass.batch; ++n) {
            const T* const gradient = pass.output_gradient + n * features;
            for (int i = 0; i < inputs; ++i) {
                T sum = 0;
                for (int o = 0; o < features; ++o) {
                    pass.parameter_gradients[i * features + o] += pass.input[n * inputs + i] * gradient[o];
                    sum += pass.parameters[i * features + o] * gradient[o];
                }
                if (pass.input_gradient) pass.input_gradient[n * inputs + i] = sum;
            }
            if (bias)
                for (int o = 0; o < features; ++o) pass.parameter_gradients[weight_count() + o] += gradient[o];
        }
    }

private:
    int weight_count() const { return inputs * features; }
};

} // namespace reference

/// Linear by those loops.
template <class T, int Features, Bias bias, class In>
struct Kernel<Reference<T>, Bound<Linear<Features, bias>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) { loops.forward(pass); }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) { loops.backward(pass); }

private:
    static constexpr reference::LinearLoops<T> loops{In::size, Features, bias == Bias::yes};
};

} // namespace TINYRES_ARCH
} // namespace tinyres
