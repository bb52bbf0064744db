#pragma once

#include "tinyres/backend/host/dropout_factor.hpp"
#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/layers/dropout.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {

/// y = x * factor[i] in training, y = x in prediction; values are counted as they lie in memory, through the batch.
template <class T, int Numerator, int Denominator, class In>
struct Kernel<Reference<T>, Bound<Dropout<Numerator, Denominator>, In>> {
    static constexpr KernelNeeds needs{.saved_per_image = In::size * sizeof(T)};

    static void forward(const Reference<T>&, const ForwardPass<T, T>& pass) {
        T* const factors = reinterpret_cast<T*>(pass.saved);
        for (int i = 0; i < pass.batch * In::size; ++i) {
            pass.output[i] = pass.input[i];
            if (!pass.training) continue;
            factors[i] = host::dropout_factor<T>(Dropout<Numerator, Denominator>::probability,
                                                 random_word(pass.random, static_cast<std::uint64_t>(i)));
            pass.output[i] *= factors[i];
        }
    }
    static void backward(const Reference<T>&, const BackwardPass<T, T>& pass) {
        if (!pass.input_gradient) return;
        const T* const factors = reinterpret_cast<const T*>(pass.saved);
        for (int i = 0; i < pass.batch * In::size; ++i) pass.input_gradient[i] = pass.output_gradient[i] * factors[i];
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
