#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/linear.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// y[n, o] = bias[o] + sum over i of x[n, i] * weight[i, o].
template <class T, int Features, Bias bias, class In>
struct Kernel<Reference<T>, Bound<Linear<Features, bias>, In>> {
    static constexpr KernelNeeds needs{.input_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        for (int n = 0; n < pass.batch; ++n)
            for (int o = 0; o < Features; ++o) {
                T sum = bias == Bias::yes ? pass.parameters[weight_count + o] : T{0};
                for (int i = 0; i < In::size; ++i)
                    sum += pass.input[n * In::size + i] * pass.parameters[i * Features + o];
                pass.output[n * Features + o] = sum;
            }
    }

    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        std::fill_n(pass.parameter_gradients, weight_count + (bias == Bias::yes ? Features : 0), T{0});
        for (int n = 0; n < pass.batch; ++n) {
            const T* const gradient = pass.output_gradient + n * Features;
            for (int i = 0; i < In::size; ++i) {
                T sum = 0;
                for (int o = 0; o < Features; ++o) {
                    pass.parameter_gradients[i * Features + o] += pass.input[n * In::size + i] * gradient[o];
                    sum += pass.parameters[i * Features + o] * gradient[o];
                }
                if (pass.input_gradient) pass.input_gradient[n * In::size + i] = sum;
            }
            if constexpr (bias == Bias::yes)
                for (int o = 0; o < Features; ++o) pass.parameter_gradients[weight_count + o] += gradient[o];
        }
    }

private:
    static constexpr int weight_count = In::size * Features;
};

} // namespace tinyres::inline TINYRES_ARCH
