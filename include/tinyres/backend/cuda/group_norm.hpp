#pragma once

#include "tinyres/backend/cuda/group_norm_kernels.hpp"
#include "tinyres/backend/cuda/sum_rows.hpp"
#include "tinyres/layers/relu.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// GroupNorm with what follows it in one pass: ReLU if `Rectified`, then `Dropout`. A block takes an image.
template <class T, int Groups, class In, bool Rectified, class Dropout>
struct GroupNormKernel {
    static constexpr int channels = In::channels;
    static constexpr bool takes_moments = false; ///< those of whole channels are of no use
    using Shared = GroupSums<ChannelTile<T, channels>, Groups>;
    using Masks = DropoutMasks<Dropout, T, channels>;
    using Backend = Cuda<T>;

    // Kept for backward, an image: mean and inverse deviation of each group; then the masks.
    // Backward's scratch: the image's part of the parameters' gradients.
    static constexpr KernelNeeds needs{.input_in_backward = true,
                                       .saved_per_image = 2 * Groups * sizeof(float) + Masks::bytes_per_image,
                                       .backward_scratch_per_image = 2 * channels * sizeof(float)};

    static void forward(const Backend& cuda, const ForwardPass<float, T>& pass) {
        DropoutMask mask;
        if (pass.training) mask = Masks::draw(cuda, pass.batch, pass.random, pass.saved + masks_offset(pass.batch));
        launch(cuda, "group_norm", grid(pass.batch), group_norm_kernel<T, channels, In::pixels, Groups, Rectified>,
               pass.input, pass.parameters, mask, reinterpret_cast<float*>(pass.saved), pass.output);
    }

    static void backward(const Backend& cuda, const BackwardPass<float, T>& pass) {
        auto* const image_sums = reinterpret_cast<float*>(pass.image_scratch);
        launch(cuda, "group_norm_gradient", grid(pass.batch),
               group_norm_gradient_kernel<T, channels, In::pixels, Groups, Rectified>, pass.input, pass.output_gradient,
               pass.parameters, Masks::in(pass.saved + masks_offset(pass.batch)),
               reinterpret_cast<const float*>(pass.saved), image_sums, pass.input_gradient);
        sum_rows(cuda, 2 * channels, pass.batch, image_sums, pass.parameter_gradients);
    }

private:
    static std::size_t masks_offset(int batch) { return static_cast<std::size_t>(batch) * 2 * Groups * sizeof(float); }
    static Grid grid(int batch) {
        return {.blocks = dim3(static_cast<unsigned>(batch)), .shared_bytes = sizeof(Shared)};
    }
};

} // namespace cuda

template <class T, int Groups, class In>
struct Kernel<Cuda<T>, Bound<GroupNorm<Groups>, In>> : cuda::GroupNormKernel<T, Groups, In, false, host::NoDropout> {};

template <class T, int Groups, class In>
struct Kernel<Cuda<T>, Bound<Fused<GroupNorm<Groups>, ReLU>, In>>
    : cuda::GroupNormKernel<T, Groups, In, true, host::NoDropout> {};

template <class T, int Groups, int Numerator, int Denominator, class In>
struct Kernel<Cuda<T>, Bound<Fused<GroupNorm<Groups>, ReLU, Dropout2d<Numerator, Denominator>>, In>>
    : cuda::GroupNormKernel<T, Groups, In, true, Dropout2d<Numerator, Denominator>> {};

} // namespace TINYRES_ARCH
} // namespace tinyres
