#pragma once

#include "tinyres/backend/host/log_probability.hpp"
#include "tinyres/backend/host/on_host.hpp"
#include "tinyres/layers/softmax.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace host {

/// y_k = exp(x_k) / sum of exp(x_j); dx_k = y_k * (dy_k - sum of dy_j * y_j).
template <OnHost Backend, class In>
struct SoftmaxKernel {
    using T = Stored<Backend, In>;
    static constexpr KernelNeeds needs{.output_in_backward = true};

    static void forward(const Backend&, const ForwardPass<typename Backend::Scalar, T>& pass) {
        for (int n = 0; n < pass.batch; ++n) {
            const T* const x = pass.input + n * In::size;
            const LogProbability<T> log_probability(x, In::size);
            for (int k = 0; k < In::size; ++k) pass.output[n * In::size + k] = std::exp(log_probability(x[k]));
        }
    }
    static void backward(const Backend&, const BackwardPass<typename Backend::Scalar, T>& pass) {
        if (!pass.input_gradient) return;
        for (int n = 0; n < pass.batch; ++n) {
            const T* const y = pass.output + n * In::size;
            const T* const gradient = pass.output_gradient + n * In::size;
            T sum = 0;
            for (int k = 0; k < In::size; ++k) sum += gradient[k] * y[k];
            for (int k = 0; k < In::size; ++k) pass.input_gradient[n * In::size + k] = y[k] * (gradient[k] - sum);
        }
    }
};

/// y_k = x_k - log(sum of exp(x_j)); dx_k = dy_k - exp(y_k) * sum of dy_j.
template <OnHost Backend, class In>
struct LogSoftmaxKernel {
    using T = Stored<Backend, In>;
    static constexpr KernelNeeds needs{.output_in_backward = true};

    static void forward(const Backend&, const ForwardPass<typename Backend::Scalar, T>& pass) {
        for (int n = 0; n < pass.batch; ++n) {
            const T* const x = pass.input + n * In::size;
            const LogProbability<T> log_probability(x, In::size);
            for (int k = 0; k < In::size; ++k) pass.output[n * In::size + k] = log_probability(x[k]);
        }
    }
    static void backward(const Backend&, const BackwardPass<typename Backend::Scalar, T>& pass) {
        if (!pass.input_gradient) return;
        for (int n = 0; n < pass.batch; ++n) {
            const T* const y = pass.output + n * In::size;
            const T* const gradient = pass.output_gradient + n * In::size;
            T sum = 0;
            for (int k = 0; k < In::size; ++k) sum += gradient[k];
            for (int k = 0; k < In::size; ++k)
                pass.input_gradient[n * In::size + k] = gradient[k] - std::exp(y[k]) * sum;
        }
    }
};

} // namespace host
} // namespace TINYRES_ARCH
} // namespace tinyres
