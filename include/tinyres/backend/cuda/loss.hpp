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

/// An image as a loss sees it on the GPU, where a whole warp does an image. All its lanes call its functions, which
/// give each of them the same.
class LossImage : public tinyres::LossImage<float> {
public:
    /// With the greatest of its outputs. Constexpr, or a loss's functions of it were not, and no code for GPUs.
    constexpr LossImage(const tinyres::LossImage<float>& image, float maximum)
        : tinyres::LossImage<float>(image), maximum_(maximum) {}

    constexpr float maximum() const { return maximum_; }

    template <class Function>
    __device__ float sum(const Function& function) const {
        float sum = 0.0f;
        for (int k = static_cast<int>(threadIdx.x) % 32; k < count(); k += 32) sum += function(k);
        return from_first_lane(warp_sum(sum));
    }
    __device__ auto log_softmax() const {
        return [outputs = first_output(), of_image = log_sum_exp(first_output(), count(), maximum_)](int k) {
            return of_image.log_probability(outputs[k]);
        };
    }

private:
    float maximum_;
};

/// The first place of `maximum` among `count` values, 0 if it is NaN, by a whole warp, in the first lane.
__device__ inline int first_place(const float* x, int count, float maximum) {
    int place = maximum == maximum ? count : 0;
    for (int k = static_cast<int>(threadIdx.x) % 32; k < count && place == count; k += 32)
        if (x[k] == maximum) place = k;
    return warp_reduce(place, [](int a, int b) { return b < a ? b : a; });
}

/// 1 if the image is predicted right, 0 if not, -1 if there is no right or wrong; by a whole warp, in the first lane.
template <TargetKind kind>
__device__ int is_right(const LossImage& image, const float* targets) {
    const int count = image.count();
    if (image.label() >= 0) return first_place(image.first_output(), count, image.maximum()) == image.label() ? 1 : 0;
    if constexpr (kind == TargetKind::distribution) {
        const int wanted = first_place(targets, count, maximum_of(targets, count));
        return first_place(image.first_output(), count, image.maximum()) == wanted ? 1 : 0;
    } else if constexpr (kind == TargetKind::probabilities) {
        int right = 1;
        for (int k = static_cast<int>(threadIdx.x) % 32; k < count; k += 32)
            if ((image.output(k) > 0.0f) != (image.target(k) > 0.5f)) right = 0;
        return warp_reduce(right, [](int a, int b) { return b < a ? b : a; });
    } else {
        return -1;
    }
}

/// The losses of images with `all` outputs each, and, unless null, the gradient of their mean. A warp does an image.
template <class L>
__global__ void loss_kernel(L loss, int batch, int all, const float* outputs, LossPlaces places, float* gradient) {
    const int n = static_cast<int>(blockIdx.x * (blockDim.x / 32) + threadIdx.x / 32);
    if (n >= batch) return; // a whole warp
    const int lane = static_cast<int>(threadIdx.x) % 32;
    const int count = counted_outputs(loss, all);
    const tinyres::LossImage<float> values(outputs, all, count, places, n);
    const LossImage image(values, maximum_of(values.first_output(), count));
    auto images = static_cast<float>(batch); // that the mean is over
    if (places.weights && gradient) {
        float share = 0.0f;
        for (int i = lane; i < batch; i += 32)
            share += share_in_mean(loss, tinyres::LossImage<float>(outputs, all, count, places, i));
        images = from_first_lane(warp_sum(share));
    }
    const std::ptrdiff_t first = std::ptrdiff_t{n} * all;
    const auto term = loss.terms(image);
    float sum = 0.0f;
    for (int k = lane; k < count; k += 32) {
        const float derivative = term(k, sum);
        if (gradient) gradient[first + k] = derivative / images;
    }
    if (gradient)
        for (int k = count + lane; k < all; k += 32) gradient[first + k] = 0.0f;
    sum = warp_sum(sum);
    const int right =
        is_right<L::targets>(image, places.targets ? places.targets + std::ptrdiff_t{n} * count : nullptr);
    if (lane == 0)
        reinterpret_cast<ImageLoss*>(places.image_losses)[n] = {sum, places.weights ? share_in_mean(loss, image) : 1.0f,
                                                                right};
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
                found.weight += static_cast<double>(loaded.losses[i].weight);
                if (loaded.losses[i].correct < 0) continue;
                ++found.judged;
                found.correct += loaded.losses[i].correct;
            }
        __syncthreads();
    }
    if (threadIdx.x == 0) *sum = found;
}

/// A loss, as all losses are computed.
template <class T, Loss L, class In>
struct LossKernel {
    static void run(const Cuda<T>& cuda, const LossPass<float, L>& pass) {
        launch(cuda, "loss", {.blocks = blocks_for(pass.batch, 8)}, loss_kernel<L>, pass.loss, pass.batch, In::size,
               pass.outputs, pass.places, pass.gradient);
        launch(cuda, "sum_losses", {.threads = LossChunk::size, .shared_bytes = sizeof(LossChunk)},
               sum_losses_kernel<LossSum>, pass.batch, reinterpret_cast<const ImageLoss*>(pass.places.image_losses),
               pass.adds, pass.places.sum);
    }
};

} // namespace cuda

template <class T, Loss L, class In>
struct Kernel<Cuda<T>, Bound<L, In>> : cuda::LossKernel<T, L, In> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
