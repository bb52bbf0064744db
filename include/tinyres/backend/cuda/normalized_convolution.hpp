#pragma once

#include "tinyres/backend/cuda/batch_norm.hpp"
#include "tinyres/backend/cuda/conv3x3_max_pool.hpp"
#include "tinyres/backend/cuda/group_norm.hpp"
#include "tinyres/plan/composed.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// A convolution, pooled or not, and the normalization behind it with its ReLU and Dropout2d: `Convolution` and
/// `Normalization` are the operations that it consists of. Where the convolution's blocks hold what it stores, they
/// also take the moments that BatchNorm needs in training, which saves BatchNorm a pass over memory. What is
/// normalized, (batch, Convolved), is kept for backward, where its gradient takes its place; in prediction it is
/// normalized in place.
template <class T, class Convolution, class Normalization>
struct NormalizedConvolution {
    using Parts = Composed<Cuda<T>, Convolution, Normalization>;
    using Convolve = typename Parts::First;
    using Normalize = typename Parts::Second;
    using Convolved = typename Normalization::InputShape;

    static constexpr std::size_t convolved_bytes = cache_lines(sizeof(T) * Convolved::size);
    static constexpr int rows = Convolve::moments_rows;
    static constexpr bool shares_moments = rows > 0 && Normalize::takes_moments;
    // A part of the moments may hold pixels of several images, which this allows for as if it did not.
    static constexpr std::size_t moments_bytes =
        shares_moments ? sizeof(PartMoments) * Convolved::channels * blocks_for(Convolved::pixels, (std::max)(rows, 1))
                       : 0;

    // Kept for backward: what is normalized. Scratch: its moments.
    static constexpr KernelNeeds own{.saved_per_image = convolved_bytes, .forward_scratch_per_image = moments_bytes};
    static constexpr KernelNeeds needs = Parts::needs_with(own);

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) {
        ForwardPass<float, T> convolution = Parts::first(own, pass);
        ForwardPass<float, T> normalization = Parts::second(own, pass);
        convolution.output = pass.training ? reinterpret_cast<T*>(pass.saved) : pass.output;
        normalization.input = convolution.output;
        if constexpr (shares_moments) {
            auto* const moments = pass.training ? reinterpret_cast<PartMoments*>(pass.image_scratch) : nullptr;
            Convolve::forward(cuda, convolution, moments);
            Normalize::forward(cuda, normalization, moments, rows);
        } else {
            Convolve::forward(cuda, convolution);
            Normalize::forward(cuda, normalization);
        }
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        BackwardPass<float, T> normalization = Parts::second(own, pass);
        BackwardPass<float, T> convolution = Parts::first(own, pass);
        normalization.input = reinterpret_cast<const T*>(pass.saved);
        normalization.input_gradient = reinterpret_cast<T*>(pass.saved); // each element's once it was read
        convolution.output_gradient = normalization.input_gradient;
        Normalize::backward(cuda, normalization);
        Convolve::backward(cuda, convolution);
    }
};

/// A kernel that normalizes as BatchNorm's and GroupNorm's do, perhaps from moments that it is given.
template <class K>
concept NormalizationKernel = requires {
    K::takes_moments;
};

} // namespace cuda

template <class T, int Channels, Bias bias, Algorithm algorithm, class Norm, class... Rest, class In>
requires cuda::NormalizationKernel<
    Kernel<Cuda<T>, Bound<typename detail::OneOrFused<Norm, Rest...>::type, Shape<Channels, In::height, In::width>>>>
struct Kernel<Cuda<T>, Bound<Fused<Conv3x3<Channels, bias, algorithm>, Norm, Rest...>, In>>
    : cuda::NormalizedConvolution<
          T, Bound<Conv3x3<Channels, bias, algorithm>, In>,
          Bound<typename detail::OneOrFused<Norm, Rest...>::type, Shape<Channels, In::height, In::width>>> {
};

template <class T, int Channels, Bias bias, Algorithm algorithm, int Window, class Norm, class... Rest, class In>
requires window_divides<Window, In> &&
    cuda::NormalizationKernel<Kernel<Cuda<T>, Bound<typename detail::OneOrFused<Norm, Rest...>::type,
                                                    Shape<Channels, In::height / Window, In::width / Window>>>>
struct Kernel<Cuda<T>, Bound<Fused<Conv3x3<Channels, bias, algorithm>, MaxPool<Window>, Norm, Rest...>, In>>
    : cuda::NormalizedConvolution<T, Bound<Fused<Conv3x3<Channels, bias, algorithm>, MaxPool<Window>>, In>,
                                  Bound<typename detail::OneOrFused<Norm, Rest...>::type,
                                        Shape<Channels, In::height / Window, In::width / Window>>> {
};

} // namespace TINYRES_ARCH
} // namespace tinyres
