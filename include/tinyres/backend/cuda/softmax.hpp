#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/log_probability.hpp"
#include "tinyres/layers/softmax.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// y_k = x_k - log(sum of exp(x_j)), or, unless `Log`, its exponential; x and y (batch, count). A warp does an image.
template <bool Log>
__global__ void softmax_kernel(int batch, int count, const float* x, float* y) {
    const int image = static_cast<int>(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (image >= batch) return; // a whole warp
    const float* const from = x + std::ptrdiff_t{image} * count;
    const LogSumExp of_image = log_sum_exp(from, count, maximum_of(from, count));
    for (int k = static_cast<int>(threadIdx.x) % 32; k < count; k += 32) {
        const float logarithm = of_image.log_probability(from[k]);
        y[std::ptrdiff_t{image} * count + k] = Log ? logarithm : expf(logarithm);
    }
}

/// dx_k = dy_k - exp(y_k) * sum of dy_j, or, unless `Log`, dx_k = y_k * (dy_k - sum of dy_j * y_j).
template <bool Log>
__global__ void softmax_gradient_kernel(int batch, int count, const float* y, const float* dy, float* dx) {
    const int image = static_cast<int>(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (image >= batch) return;
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const std::ptrdiff_t first = std::ptrdiff_t{image} * count;
    float sum = 0.0f;
    for (int k = lane; k < count; k += 32) sum += Log ? dy[first + k] : dy[first + k] * y[first + k];
    sum = from_first_lane(warp_sum(sum));
    for (int k = lane; k < count; k += 32)
        dx[first + k] = Log ? dy[first + k] - expf(y[first + k]) * sum : y[first + k] * (dy[first + k] - sum);
}

template <class T, class In, bool Log>
struct SoftmaxKernel {
    static constexpr KernelNeeds needs{.output_in_backward = true};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, float>& pass) {
        launch(cuda, "softmax", {.blocks = blocks_for(pass.batch, 8)}, softmax_kernel<Log>, pass.batch, In::size,
               pass.input, pass.output);
    }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, float>& pass) {
        if (!pass.input_gradient) return;
        launch(cuda, "softmax_gradient", {.blocks = blocks_for(pass.batch, 8)}, softmax_gradient_kernel<Log>,
               pass.batch, In::size, pass.output, pass.output_gradient, pass.input_gradient);
    }
};

} // namespace cuda

template <class T, class In>
struct Kernel<Cuda<T>, Bound<Softmax, In>> : cuda::SoftmaxKernel<T, In, false> {};

template <class T, class In>
struct Kernel<Cuda<T>, Bound<LogSoftmax, In>> : cuda::SoftmaxKernel<T, In, true> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
