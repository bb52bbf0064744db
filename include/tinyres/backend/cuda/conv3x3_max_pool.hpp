#pragma once

#include "tinyres/backend/cuda/convolution_layer.hpp"
#include "tinyres/backend/cuda/max_pool.hpp"
#include "tinyres/plan/composed.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// A convolution with the pooling behind it. Where its blocks hold whole windows they pool what they computed before it
/// leaves the multiprocessor; else the convolution's output goes through memory.
template <class T, int Channels, Bias bias, Algorithm algorithm, int Window, class In>
struct PooledConvolutionKernel {
    using Convolved = Shape<Channels, In::height, In::width>;
    using Parts = Composed<Cuda<T>, Bound<Conv3x3<Channels, bias, algorithm>, In>, Bound<MaxPool<Window>, Convolved>>;
    using Convolution = typename Parts::First;
    using Pooling = typename Parts::Second;
    static constexpr bool pools = pools_in_block<In::height, In::width, Window>;

    // Scratch for each image: what is pooled, unless it stays on the multiprocessor, and its gradient.
    static constexpr KernelNeeds own{.forward_scratch_per_image = pools ? 0 : sizeof(T) * Convolved::size,
                                     .backward_scratch_per_image = sizeof(T) * Convolved::size};
    static constexpr KernelNeeds needs = Parts::needs_with(own);

    static constexpr int moments_rows = pools ? Convolution::moments_rows / (Window * Window) : 0;

    /// `moments`, unless null, as in Conv3x3; null where `moments_rows` is 0.
    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass, PartMoments* moments = nullptr) {
        if constexpr (pools) {
            Convolution::Forward::template run<Window>(cuda, pass.batch, pass.input, pass.parameters, false,
                                                       Convolution::bias_of(pass), pass.output, pass.scratch,
                                                       pass.training ? pass.saved : nullptr, moments);
        } else {
            ForwardPass<float, T> convolution = Parts::first(own, pass);
            ForwardPass<float, T> pooling = Parts::second(own, pass);
            convolution.output = reinterpret_cast<T*>(pass.image_scratch);
            pooling.input = convolution.output;
            Convolution::forward(cuda, convolution);
            Pooling::forward(cuda, pooling);
        }
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        T* const convolved_gradient = reinterpret_cast<T*>(pass.image_scratch);
        BackwardPass<float, T> pooling = Parts::second(own, pass);
        pooling.input_gradient = convolved_gradient;
        Pooling::backward(cuda, pooling);
        BackwardPass<float, T> convolution = Parts::first(own, pass);
        convolution.output_gradient = convolved_gradient;
        Convolution::backward(cuda, convolution);
    }
};

} // namespace cuda

template <class T, int Channels, Bias bias, Algorithm algorithm, int Window, class In>
requires window_divides<Window, In>
struct Kernel<Cuda<T>, Bound<Fused<Conv3x3<Channels, bias, algorithm>, MaxPool<Window>>, In>>
    : cuda::PooledConvolutionKernel<T, Channels, bias, algorithm, Window, In> {
};

} // namespace TINYRES_ARCH
} // namespace tinyres
