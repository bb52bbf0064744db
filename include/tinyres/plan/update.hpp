#pragma once

#include "tinyres/core/config.hpp"

#include <cstddef>

namespace tinyres {
inline namespace TINYRES_ARCH {

/// One step of Adam or AdamW on the flat parameter buffer, all scalars worked out:
///
///     g = gradient + coupled_decay * p
///     m = beta1 * m + (1 - beta1) * g
///     v = beta2 * v + (1 - beta2) * g * g
///     p = shrink * p - step_size * m / (sqrt(v) * inverse_correction + epsilon)
///
/// with step_size = rate / (1 - beta1^t) and inverse_correction = 1 / sqrt(1 - beta2^t): PyTorch's order of operations.
struct AdamUpdate {
    double step_size = 0.0;
    double inverse_correction = 1.0;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double epsilon = 1e-8;
    double coupled_decay = 0.0;
    double shrink = 1.0;
};

/// One step of stochastic gradient descent with momentum:
///
///     g = gradient + weight_decay * p
///     b = momentum * b + g
///     p = p - rate * (nesterov ? g + momentum * b : b)
struct SgdUpdate {
    double rate = 0.0;
    double momentum = 0.0;
    double weight_decay = 0.0;
    bool nesterov = false;
};

/// One step of RMSprop; `b` is moment1, `v` moment2:
///
///     g = gradient + weight_decay * p
///     v = alpha * v + (1 - alpha) * g * g
///     b = momentum * b + g / (sqrt(v) + epsilon)
///     p = p - rate * b
struct RMSpropUpdate {
    double rate = 0.0;
    double alpha = 0.99;
    double epsilon = 1e-8;
    double momentum = 0.0;
    double weight_decay = 0.0;
};

/// One step of Lion, with shrink = 1 - rate * weight_decay:
///
///     p = shrink * p - rate * sign(beta1 * m + (1 - beta1) * gradient)
///     m = beta2 * m + (1 - beta2) * gradient
///
/// The sign of 0 is 0.
struct LionUpdate {
    double rate = 0.0;
    double beta1 = 0.9;
    double beta2 = 0.99;
    double shrink = 1.0;
};

/// The buffers of `Kernel<Backend, …Update>::apply`, all of `count` elements, which begin anywhere; `moment2` is only
/// there where the update has a second one (Adam, RMSprop).
template <class Scalar>
struct UpdatePass {
    std::size_t count = 0;
    Scalar* parameters = nullptr;
    const Scalar* gradients = nullptr;
    Scalar* moment1 = nullptr;
    Scalar* moment2 = nullptr;
};

/// Two buffers of one length weighted and added, `Kernel<Backend, WeightedSum>::apply(backend, sum, count, x, y)`:
///
///     y = x_weight * x + y_weight * y
///
/// Where y_weight is 0, y is not read.
struct WeightedSum {
    double x_weight = 1.0;
    double y_weight = 1.0;
};

/// What clips gradients by their norm. The sum of squares is made in double, by slices of the buffers, which are added
/// in order, so that it does not depend on threads. `Kernel<Backend, NormClip>` has three functions:
///
///     sum_squares(backend, values, count, sums): sums[i] = the sum of the squares of slice i, i < slices(count)
///     find_norm(backend, sums, slices, norm): *norm = sqrt(sums[0] + sums[1] + …)
///     apply(backend, clip, norm, count, values): values *= min(1, max_norm / (*norm + 1e-6)), PyTorch's factor
///
/// A norm that is not finite makes all values 0 or no numbers.
struct NormClip {
    double max_norm = 1.0;

    static constexpr std::size_t slice = 8 * 1024;
    static constexpr std::size_t slices(std::size_t count) { return (count + slice - 1) / slice; }
    /// What values are multiplied by. A NaN stays one.
    static constexpr double factor(double max_norm, double norm) {
        const double factor = max_norm / (norm + 1e-6);
        return factor > 1.0 ? 1.0 : factor;
    }
};

} // namespace TINYRES_ARCH
} // namespace tinyres
