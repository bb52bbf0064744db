#pragma once

#include "tinyres/backend/host/dropout_factor.hpp"
#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/core/network.hpp"
#include "tinyres/layers/dropout2d.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// y = max(x, 0); a NaN stays a NaN.
template <class T, class In>
struct Kernel<Reference<T>, Bound<ReLU, In>> {
    static constexpr KernelNeeds needs{.output_in_backward = true};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        for (int i = 0; i < pass.batch * In::size; ++i) pass.output[i] = pass.input[i] < 0 ? T{0} : pass.input[i];
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        if (!pass.input_gradient) return;
        for (int i = 0; i < pass.batch * In::size; ++i)
            pass.input_gradient[i] = pass.output[i] > 0 ? pass.output_gradient[i] : T{0};
    }
};

/// y = x * factor[n, c] in training, y = x in prediction.
template <class T, int Numerator, int Denominator, class In>
struct Kernel<Reference<T>, Bound<Dropout2d<Numerator, Denominator>, In>> {
    static constexpr KernelNeeds needs{.saved_per_image = In::channels * sizeof(T)};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        if (!pass.training) {
            std::copy_n(pass.input, pass.batch * In::size, pass.output);
            return;
        }
        T* const factors = reinterpret_cast<T*>(pass.saved);
        for (int channel = 0; channel < pass.batch * In::channels; ++channel)
            factors[channel] = host::dropout_factor<T>(Dropout2d<Numerator, Denominator>::probability,
                                                       random_word(pass.random, static_cast<std::uint64_t>(channel)));
        scale(pass.batch, pass.input, factors, pass.output);
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        if (!pass.input_gradient) return;
        scale(pass.batch, pass.output_gradient, reinterpret_cast<const T*>(pass.saved), pass.input_gradient);
    }

private:
    static void scale(int batch, const T* from, const T* factors, T* to) {
        for (int i = 0; i < batch * In::size; ++i)
            to[i] = from[i] * factors[i / In::size * In::channels + i % In::channels];
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
