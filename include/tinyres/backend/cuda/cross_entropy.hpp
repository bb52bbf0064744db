#pragma once

#include "tinyres/backend/cuda/intrinsics.hpp"
#include "tinyres/backend/cuda/launch.hpp"
#include "tinyres/backend/cuda/log_probability.hpp"
#include "tinyres/backend/cuda/loss_memory.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/loss.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

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
    greatest = warp_reduce(greatest, [](int a, int b) { return b < a ? b : a; });
    if (lane == 0) losses[image] = {loss, greatest == label ? 1 : 0};
}

/// As many losses as are added up at a time.
struct LossChunk {
    static constexpr int size = 256;
    ImageLoss losses[size];
};

/// The sum of `losses` (batch), added to what `sum` was if `adds`. One block; its first thread adds image after image,
/// so that the sum does not depend on where a batch ends.
template <class Sum>
__global__ void sum_losses_kernel(int batch, const ImageLoss* losses, bool adds, Sum* sum) {
    LossChunk& loaded = shared_memory<LossChunk>();
    Sum found = adds ? *sum : Sum{};
    for (int first = 0; first < batch; first += LossChunk::size) {
        const int count = batch - first < LossChunk::size ? batch - first : LossChunk::size;
        const int mine = static_cast<int>(threadIdx.x);
        if (mine < count) loaded.losses[mine] = losses[first + mine];
        __syncthreads();
        if (mine == 0)
            for (int i = 0; i < count; ++i) {
                found.loss += static_cast<double>(loaded.losses[i].loss);
                found.correct += loaded.losses[i].correct;
            }
        __syncthreads();
    }
    if (threadIdx.x == 0) *sum = found;
}

template <class T, class In>
struct CrossEntropyKernel {
    static void run(const Cuda<T>& cuda, const LossPass<float>& pass) {
        auto* const losses = reinterpret_cast<ImageLoss*>(pass.places.image_losses);
        launch(cuda, "cross_entropy", {.blocks = blocks_for(pass.batch, 8)}, cross_entropy_kernel<float>, pass.batch,
               In::size, pass.loss.label_smoothing, pass.outputs, pass.places.labels, pass.gradient, losses);
        launch(cuda, "sum_losses", {.threads = LossChunk::size, .shared_bytes = sizeof(LossChunk)},
               sum_losses_kernel<LossSum>, pass.batch, losses, pass.adds, pass.places.sum);
    }
};

} // namespace cuda

template <class T, class In>
struct Kernel<Cuda<T>, Bound<CrossEntropy, In>> : cuda::CrossEntropyKernel<T, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
