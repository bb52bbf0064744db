#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// AdamUpdate's formula, element by element.
template <class T>
struct Kernel<Reference<T>, AdamUpdate> {
    static void apply(const Reference<T>&, const AdamUpdate& update, const UpdatePass<T>& pass) {
        const T beta1 = static_cast<T>(update.beta1);
        const T beta2 = static_cast<T>(update.beta2);
        const T rest1 = static_cast<T>(1.0 - update.beta1); // in double: 1 - 0.999f is off by 5e-5
        const T rest2 = static_cast<T>(1.0 - update.beta2);
        for (std::size_t i = 0; i < pass.count; ++i) {
            T& p = pass.parameters[i];
            const T gradient = pass.gradients[i] + static_cast<T>(update.coupled_decay) * p;
            T& m = pass.moment1[i];
            T& v = pass.moment2[i];
            m = beta1 * m + rest1 * gradient;
            v = beta2 * v + rest2 * gradient * gradient;
            p = static_cast<T>(update.shrink) * p -
                static_cast<T>(update.step_size) * m /
                    (std::sqrt(v) * static_cast<T>(update.inverse_correction) + static_cast<T>(update.epsilon));
        }
    }
};

/// SgdUpdate's formula, element by element.
template <class T>
struct Kernel<Reference<T>, SgdUpdate> {
    static void apply(const Reference<T>&, const SgdUpdate& update, const UpdatePass<T>& pass) {
        const T momentum = static_cast<T>(update.momentum);
        for (std::size_t i = 0; i < pass.count; ++i) {
            T& p = pass.parameters[i];
            const T gradient = pass.gradients[i] + static_cast<T>(update.weight_decay) * p;
            T& b = pass.moment1[i];
            b = momentum * b + gradient;
            p -= static_cast<T>(update.rate) * (update.nesterov ? gradient + momentum * b : b);
        }
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
