#pragma once

#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/log_probability.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/loss.hpp"
#include "tinyres/plan/memory.hpp"
#include "tinyres/plan/operation.hpp"

#include <span>

namespace tinyres::inline TINYRES_ARCH {

/// What the loss of one image is, and whether its greatest output, the first if there are several, is its label's.
struct ImageLoss {
    float loss;
    std::int32_t correct;
};

/// losses (batch) of outputs (batch, count), and, unless null, the gradient of their mean. A warp does an image.
template <class Number>
__global__ void cross_entropy_kernel(int batch, int count, float smoothing, const Number* outputs,
                                     const std::int32_t* labels, Number* gradient, ImageLoss* losses) {
    const int image = static_cast<int>(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (image >= batch) return; // a whole warp
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const std::ptrdiff_t first = std::ptrdiff_t{image} * count;
    const int label = labels[image];
    const LogSumExp of_image = log_sum_exp(outputs + first, count);
    const float share = smoothing / static_cast<float>(count);
    float loss = 0.0f;
    int greatest = of_image.maximum == of_image.maximum ? count : 0; // a first output that is NaN stays the greatest
    for (int k = lane; k < count; k += 32) {
        const float target = (k == label ? 1.0f - smoothing : 0.0f) + share;
        const float logarithm = of_image.log_probability(outputs[first + k]);
        loss -= target * logarithm;
        if (gradient) gradient[first + k] = (expf(logarithm) - target) / static_cast<float>(batch);
        if (greatest == count && outputs[first + k] == of_image.maximum) greatest = k;
    }
    loss = warp_sum(loss);
    for (int distance = 16; distance > 0; distance /= 2) {
        const int other = __shfl_xor_sync(0xFFFF'FFFFu, greatest, distance);
        greatest = other < greatest ? other : greatest;
    }
    if (lane == 0) losses[image] = {loss, greatest == label ? 1 : 0};
}

/// The loss is summed on the host, image by image, so that it does not depend on where a batch ends.
template <class T, class In>
struct Kernel<Cuda<T>, Bound<CrossEntropy, In>> {
    static LossSum run(const Cuda<T>& cuda, const LossPass<float>& pass) {
        const auto images = static_cast<std::size_t>(pass.batch);
        const std::size_t label_bytes = cache_lines(images * sizeof(std::int32_t));
        const std::size_t loss_bytes = images * sizeof(ImageLoss);
        const auto scratch = cuda.scratch(label_bytes + loss_bytes, loss_bytes);
        auto* const labels = reinterpret_cast<std::int32_t*>(scratch.device);
        auto* const losses = reinterpret_cast<ImageLoss*>(scratch.device + label_bytes);
        auto* const found = reinterpret_cast<ImageLoss*>(scratch.host);
        check_cuda(
            cudaMemcpyAsync(labels, pass.labels, images * sizeof(std::int32_t), cudaMemcpyHostToDevice, cuda.stream()),
            "copying labels to the GPU"); // whose end the copy below waits for
        launch(cuda, "cross_entropy", {.blocks = blocks_for(pass.batch, 8)}, cross_entropy_kernel<float>, pass.batch,
               In::size, pass.loss.label_smoothing, pass.outputs, labels, pass.gradient, losses);
        cuda.copy(found, losses, loss_bytes, cudaMemcpyDeviceToHost);
        LossSum sum = pass.so_far;
        for (const ImageLoss& image : std::span(found, images)) {
            sum.loss += static_cast<double>(image.loss);
            sum.correct += image.correct;
        }
        return sum;
    }
};

} // namespace tinyres::inline TINYRES_ARCH
