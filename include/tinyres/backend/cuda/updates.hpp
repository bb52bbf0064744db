#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/vector_access.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// AdamUpdate's and SgdUpdate's formulas for one parameter, with the constants as floats.
struct AdamStep {
    float step_size, inverse_correction, beta1, rest1, beta2, rest2, epsilon, coupled_decay, shrink;

    __device__ void operator()(float& p, float gradient, float& m, float& v) const {
        gradient += coupled_decay * p;
        m = beta1 * m + rest1 * gradient;
        v = beta2 * v + rest2 * gradient * gradient;
        p = shrink * p - step_size * m / (sqrtf(v) * inverse_correction + epsilon);
    }
};
struct SgdStep {
    float rate, momentum, weight_decay;
    bool nesterov;

    __device__ void operator()(float& p, float gradient, float& b, float&) const {
        gradient += weight_decay * p;
        b = momentum * b + gradient;
        p -= rate * (nesterov ? gradient + momentum * b : b);
    }
};

/// One step on `count` parameters, four a thread; `moment2` may be null.
template <class Step>
__global__ void update_kernel(std::ptrdiff_t count, Step step, float* parameters, const float* gradients,
                              float* moment1, float* moment2) {
    const std::ptrdiff_t first = (std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x) * 4;
    if (first + 4 <= count) {
        float p[4], gradient[4], m[4], v[4] = {};
        load_vector(p, parameters + first);
        load_vector(gradient, gradients + first);
        load_vector(m, moment1 + first);
        if (moment2) load_vector(v, moment2 + first);
        for (int i = 0; i < 4; ++i) step(p[i], gradient[i], m[i], v[i]);
        store_vector(p, parameters + first);
        store_vector(m, moment1 + first);
        if (moment2) store_vector(v, moment2 + first);
    } else {
        for (std::ptrdiff_t i = first; i < count; ++i) {
            float v = moment2 ? moment2[i] : 0.0f;
            step(parameters[i], gradients[i], moment1[i], v);
            if (moment2) moment2[i] = v;
        }
    }
}

template <class T>
struct AdamKernel {
    static void apply(const Cuda<T>& cuda, const AdamUpdate& update, const UpdatePass<float>& pass) {
        const auto number = [](double value) { return static_cast<float>(value); };
        const AdamStep step{number(update.step_size), number(update.inverse_correction),
                            number(update.beta1),     number(1.0 - update.beta1),
                            number(update.beta2),     number(1.0 - update.beta2),
                            number(update.epsilon),   number(update.coupled_decay),
                            number(update.shrink)};
        const auto count = static_cast<std::ptrdiff_t>(pass.count);
        launch(cuda, "adam", {.blocks = blocks_for(count, 1024)}, update_kernel<AdamStep>, count, step, pass.parameters,
               pass.gradients, pass.moment1, pass.moment2);
    }
};

template <class T>
struct SgdKernel {
    static void apply(const Cuda<T>& cuda, const SgdUpdate& update, const UpdatePass<float>& pass) {
        const SgdStep step{static_cast<float>(update.rate), static_cast<float>(update.momentum),
                           static_cast<float>(update.weight_decay), update.nesterov};
        const auto count = static_cast<std::ptrdiff_t>(pass.count);
        launch(cuda, "sgd", {.blocks = blocks_for(count, 1024)}, update_kernel<SgdStep>, count, step, pass.parameters,
               pass.gradients, pass.moment1, nullptr);
    }
};

} // namespace cuda

template <class T>
struct Kernel<Cuda<T>, AdamUpdate> : cuda::AdamKernel<T> {};

template <class T>
struct Kernel<Cuda<T>, SgdUpdate> : cuda::SgdKernel<T> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
