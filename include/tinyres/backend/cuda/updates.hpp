#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/vector_access.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/update.hpp"

#include <cmath>
#include <cstdint>

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// The updates' formulas for one parameter, with the constants as floats.
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

struct RMSpropStep {
    float rate, alpha, rest, epsilon, momentum, weight_decay;

    __device__ void operator()(float& p, float gradient, float& b, float& v) const {
        gradient += weight_decay * p;
        v = alpha * v + rest * gradient * gradient;
        b = momentum * b + gradient / (sqrtf(v) + epsilon);
        p -= rate * b;
    }
};
struct LionStep {
    float rate, beta1, rest1, beta2, rest2, shrink;

    __device__ void operator()(float& p, float gradient, float& m, float&) const {
        const float direction = beta1 * m + rest1 * gradient;
        p = shrink * p - (direction > 0.0f ? rate : direction < 0.0f ? -rate : direction * 0.0f);
        m = beta2 * m + rest2 * gradient;
    }
};

/// One step on `count` parameters, four a thread; `moment2` may be null. `aligned`: all buffers begin where vectors
/// may.
template <class Step>
__global__ void update_kernel(std::ptrdiff_t count, Step step, float* parameters, const float* gradients,
                              float* moment1, float* moment2, bool aligned) {
    const std::ptrdiff_t first = (std::ptrdiff_t{blockIdx.x} * blockDim.x + threadIdx.x) * 4;
    const std::ptrdiff_t end = first + 4 < count ? first + 4 : count;
    if (aligned && first + 4 <= count) {
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
        for (std::ptrdiff_t i = first; i < end; ++i) {
            float v = moment2 ? moment2[i] : 0.0f;
            step(parameters[i], gradients[i], moment1[i], v);
            if (moment2) moment2[i] = v;
        }
    }
}

/// Whether pointers may be read as vectors of four floats.
template <class... Pointers>
bool aligned_to_vectors(const Pointers*... pointers) {
    return ((reinterpret_cast<std::uintptr_t>(pointers) % (4 * sizeof(float)) == 0) && ...);
}

/// Launches `step` on a pass.
template <class T, class Step>
void launch_update(const Cuda<T>& cuda, const char* name, const Step& step, const UpdatePass<float>& pass) {
    const auto count = static_cast<std::ptrdiff_t>(pass.count);
    launch(cuda, name, {.blocks = blocks_for(count, 1024)}, update_kernel<Step>, count, step, pass.parameters,
           pass.gradients, pass.moment1, pass.moment2,
           aligned_to_vectors(pass.parameters, pass.gradients, pass.moment1, pass.moment2));
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
        launch_update(cuda, "adam", step, pass);
    }
};

template <class T>
struct SgdKernel {
    static void apply(const Cuda<T>& cuda, const SgdUpdate& update, const UpdatePass<float>& pass) {
        const SgdStep step{static_cast<float>(update.rate), static_cast<float>(update.momentum),
                           static_cast<float>(update.weight_decay), update.nesterov};
        launch_update(cuda, "sgd", step, pass);
    }
};

template <class T>
struct RMSpropKernel {
    static void apply(const Cuda<T>& cuda, const RMSpropUpdate& update, const UpdatePass<float>& pass) {
        const auto number = [](double value) { return static_cast<float>(value); };
        const RMSpropStep step{number(update.rate),    number(update.alpha),    number(1.0 - update.alpha),
                               number(update.epsilon), number(update.momentum), number(update.weight_decay)};
        launch_update(cuda, "rmsprop", step, pass);
    }
};

template <class T>
struct LionKernel {
    static void apply(const Cuda<T>& cuda, const LionUpdate& update, const UpdatePass<float>& pass) {
        const auto number = [](double value) { return static_cast<float>(value); };
        const LionStep step{number(update.rate),  number(update.beta1),       number(1.0 - update.beta1),
                            number(update.beta2), number(1.0 - update.beta2), number(update.shrink)};
        launch_update(cuda, "lion", step, pass);
    }
};

} // namespace cuda

template <class T>
struct Kernel<Cuda<T>, AdamUpdate> : cuda::AdamKernel<T> {};

template <class T>
struct Kernel<Cuda<T>, SgdUpdate> : cuda::SgdKernel<T> {};

template <class T>
struct Kernel<Cuda<T>, RMSpropUpdate> : cuda::RMSpropKernel<T> {};

template <class T>
struct Kernel<Cuda<T>, LionUpdate> : cuda::LionKernel<T> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
