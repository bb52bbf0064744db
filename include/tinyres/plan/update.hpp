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

/// The buffers of `Kernel<Backend, AdamUpdate or SgdUpdate>::apply`, all of `count` elements; `moment2` is Adam's only.
template <class Scalar>
struct UpdatePass {
    std::size_t count = 0;
    Scalar* parameters = nullptr;
    const Scalar* gradients = nullptr;
    Scalar* moment1 = nullptr;
    Scalar* moment2 = nullptr;
};

} // namespace TINYRES_ARCH
} // namespace tinyres
