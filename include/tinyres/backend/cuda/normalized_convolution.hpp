#pragma once

#include "tinyres/backend/cuda/batch_norm.hpp"
#include "tinyres/backend/cuda/conv3x3_max_pool.hpp"
#include "tinyres/backend/cuda/group_norm.hpp"
#include "tinyres/plan/memory.hpp"

namespace tinyres::inline TINYRES_ARCH {

/// A convolution, pooled or not, and the normalisation behind it with its ReLU and Dropout2d: `Convolution` and
/// `Normalization` are the operations that it consists of. Where the convolution's blocks hold what it stores, they
/// also take the moments that BatchNorm needs in training, which saves BatchNorm a pass over memory. What is
/// normalised, (batch, Convolved), is kept for backward, where its gradient takes its place; in prediction it is
/// normalised in place.
template <class T, class Convolution, class Normalization>
struct CudaNormalizedConvolution;

template <class T, class Convolution, class In, class Normalization, class Convolved>
struct CudaNormalizedConvolution<T, Bound<Convolution, In>, Bound<Normalization, Convolved>> {
    using Convolve = Kernel<Cuda<T>, Bound<Convolution, In>>;
    using Normalize = Kernel<Cuda<T>, Bound<Normalization, Convolved>>;

    static constexpr std::size_t convolved_bytes = cache_lines(sizeof(T) * Convolved::size);
    static constexpr int rows = Convolve::moments_rows;
    static constexpr bool takes_moments = rows > 0 && Normalize::takes_moments;
    // A part of the moments may hold pixels of several images, which this allows for as if it did not.
    static constexpr std::size_t moments_bytes =
        takes_moments ? sizeof(PartMoments) * Convolved::channels * blocks_for(Convolved::pixels, (std::max)(rows, 1))
                      : 0;

    // Kept, in this order: what is normalised; what the convolution keeps; what the normalisation keeps.
    static constexpr KernelNeeds needs = [] {
        KernelNeeds both = Convolve::needs;
        const KernelNeeds second = Normalize::needs;
        both.saved_per_image = convolved_bytes + cache_lines(both.saved_per_image) + second.saved_per_image;
        both.saved_once = second.saved_once;
        both.scratch_shared = (std::max)(both.scratch_shared, second.scratch_shared);
        both.forward_scratch_per_image = cache_lines(moments_bytes) + both.forward_scratch_per_image;
        both.backward_scratch_per_image =
            (std::max)(both.backward_scratch_per_image, second.backward_scratch_per_image);
        return both;
    }();

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) {
        const Places places(pass.batch);
        ForwardPass<float, T> convolution = pass;
        ForwardPass<float, T> normalization = pass;
        convolution.output = pass.training ? reinterpret_cast<T*>(pass.saved) : pass.output;
        convolution.image_scratch = pass.image_scratch + places.behind_moments;
        normalization.input = convolution.output;
        normalization.parameters += parameters;
        if (pass.training) {
            convolution.saved = pass.saved + places.convolution;
            normalization.saved = pass.saved + places.normalization;
        }
        if constexpr (takes_moments) {
            auto* const moments = pass.training ? reinterpret_cast<PartMoments*>(pass.image_scratch) : nullptr;
            Convolve::forward(cuda, convolution, moments);
            Normalize::forward(cuda, normalization, moments, rows);
        } else {
            Convolve::forward(cuda, convolution);
            Normalize::forward(cuda, normalization);
        }
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        const Places places(pass.batch);
        BackwardPass<float, T> normalization = pass;
        BackwardPass<float, T> convolution = pass;
        normalization.input = reinterpret_cast<const T*>(pass.saved);
        normalization.input_gradient = reinterpret_cast<T*>(pass.saved); // each element's once it was read
        normalization.parameters += parameters;
        normalization.parameter_gradients += parameters;
        normalization.saved = pass.saved + places.normalization;
        convolution.output_gradient = normalization.input_gradient;
        convolution.saved = pass.saved + places.convolution;
        Normalize::backward(cuda, normalization);
        Convolve::backward(cuda, convolution);
    }

private:
    static constexpr std::ptrdiff_t parameters = Convolve::parameter_count;

    /// Where in `saved` and in the scratch memory a part of the step has its own, in bytes.
    struct Places {
        std::size_t behind_moments;
        std::size_t convolution;
        std::size_t normalization;
        explicit Places(int batch)
            : behind_moments(static_cast<std::size_t>(batch) * cache_lines(moments_bytes)),
              convolution(static_cast<std::size_t>(batch) * convolved_bytes),
              normalization(static_cast<std::size_t>(batch) *
                            (convolved_bytes + cache_lines(Convolve::needs.saved_per_image))) {}
    };
};

template <class T, int Channels, Bias bias, Algorithm algorithm, class Norm, class... Rest, class In>
struct Kernel<Cuda<T>, Bound<Fused<Conv3x3<Channels, bias, algorithm>, Norm, Rest...>, In>>
    : CudaNormalizedConvolution<
          T, Bound<Conv3x3<Channels, bias, algorithm>, In>,
          Bound<typename detail::OneOrFused<Norm, Rest...>::type, Shape<Channels, In::height, In::width>>> {};

template <class T, int Channels, Bias bias, Algorithm algorithm, int Window, class Norm, class... Rest, class In>
struct Kernel<Cuda<T>, Bound<Fused<Conv3x3<Channels, bias, algorithm>, MaxPool<Window>, Norm, Rest...>, In>>
    : CudaNormalizedConvolution<T, Bound<Fused<Conv3x3<Channels, bias, algorithm>, MaxPool<Window>>, In>,
                                Bound<typename detail::OneOrFused<Norm, Rest...>::type,
                                      Shape<Channels, In::height / Window, In::width / Window>>> {};

} // namespace tinyres::inline TINYRES_ARCH
