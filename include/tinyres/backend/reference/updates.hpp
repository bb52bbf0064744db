#pragma once

#include "tinyres/backend/reference/reference.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>
#include <numeric>

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

/// RMSpropUpdate's formula, element by element.
template <class T>
struct Kernel<Reference<T>, RMSpropUpdate> {
    static void apply(const Reference<T>&, const RMSpropUpdate& update, const UpdatePass<T>& pass) {
        const T alpha = static_cast<T>(update.alpha);
        const T rest = static_cast<T>(1.0 - update.alpha);
        for (std::size_t i = 0; i < pass.count; ++i) {
            T& p = pass.parameters[i];
            const T gradient = pass.gradients[i] + static_cast<T>(update.weight_decay) * p;
            T& b = pass.moment1[i];
            T& v = pass.moment2[i];
            v = alpha * v + rest * gradient * gradient;
            b = static_cast<T>(update.momentum) * b + gradient / (std::sqrt(v) + static_cast<T>(update.epsilon));
            p -= static_cast<T>(update.rate) * b;
        }
    }
};

/// LionUpdate's formula, element by element.
template <class T>
struct Kernel<Reference<T>, LionUpdate> {
    static void apply(const Reference<T>&, const LionUpdate& update, const UpdatePass<T>& pass) {
        const T rate = static_cast<T>(update.rate);
        for (std::size_t i = 0; i < pass.count; ++i) {
            const T gradient = pass.gradients[i];
            T& m = pass.moment1[i];
            const T direction = static_cast<T>(update.beta1) * m + static_cast<T>(1.0 - update.beta1) * gradient;
            const T step = direction > 0 ? rate : direction < 0 ? -rate : direction * 0;
            pass.parameters[i] = static_cast<T>(update.shrink) * pass.parameters[i] - step;
            m = static_cast<T>(update.beta2) * m + static_cast<T>(1.0 - update.beta2) * gradient;
        }
    }
};

/// WeightedSum's formula, element by element.
template <class T>
struct Kernel<Reference<T>, WeightedSum> {
    static void apply(const Reference<T>&, const WeightedSum& sum, std::size_t count, const T* x, T* y) {
        const T x_weight = static_cast<T>(sum.x_weight);
        const T y_weight = static_cast<T>(sum.y_weight);
        for (std::size_t i = 0; i < count; ++i)
            y[i] = y_weight == 0 ? x_weight * x[i] : x_weight * x[i] + y_weight * y[i];
    }
};

/// NormClip's functions, element by element.
template <class T>
struct Kernel<Reference<T>, NormClip> {
    static void sum_squares(const Reference<T>&, const T* values, std::size_t count, double* sums) {
        for (std::size_t i = 0; i < NormClip::slices(count); ++i) sums[i] = 0.0;
        for (std::size_t i = 0; i < count; ++i) {
            const double value = static_cast<double>(values[i]);
            sums[i / NormClip::slice] += value * value;
        }
    }
    static void find_norm(const Reference<T>&, const double* sums, std::size_t slices, T* norm) {
        *norm = static_cast<T>(std::sqrt(std::accumulate(sums, sums + slices, 0.0)));
    }
    static void apply(const Reference<T>&, const NormClip& clip, const T* norm, std::size_t count, T* values) {
        const T factor = static_cast<T>(NormClip::factor(clip.max_norm, static_cast<double>(*norm)));
        for (std::size_t i = 0; i < count; ++i) values[i] *= factor;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
