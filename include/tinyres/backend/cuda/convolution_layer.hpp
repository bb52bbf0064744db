#pragma once

#include "tinyres/backend/cuda/convolution.hpp"
#include "tinyres/backend/cuda/plain_convolution.hpp"
#include "tinyres/backend/cuda/weight_gradient.hpp"
#include "tinyres/layers/convolution_sizes.hpp"
#include "tinyres/plan/kernel.hpp"
#include "tinyres/plan/operation.hpp"

namespace tinyres {
inline namespace TINYRES_ARCH {
namespace cuda {

/// A convolution of one group on the tensor cores; its filters are packed anew in each pass.
template <class T, int Channels, class Geometry, bool HasBias, class In>
struct TensorCoreConvolution {
    using Axes = PatchAxes<Geometry, In::height, In::width>;
    using Forward = PatchConvolution<T, typename Axes::Down, typename Axes::Across, In::channels, Channels>;
    using InputGradient =
        PatchConvolution<T, typename Axes::BackDown, typename Axes::BackAcross, Channels, In::channels>;
    using WeightGradient =
        cuda::WeightGradient<T, typename Axes::Down, typename Axes::Across, In::channels, Channels, HasBias>;

    static constexpr KernelNeeds needs{
        .input_in_backward = true,
        .scratch_shared =
            (std::max)({Forward::scratch_bytes, InputGradient::scratch_bytes, WeightGradient::scratch_bytes})};

    /// Of how many pixels of the output forward can give the moments.
    static constexpr int moments_rows = Forward::block_pixels;

    /// `moments` (Channels, parts of `moments_rows` pixels), unless null, become those of the output.
    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass, PartMoments* moments = nullptr) {
        Forward::run(cuda, pass.batch, pass.input, pass.parameters, false, bias_of(pass), pass.output, pass.scratch,
                     nullptr, moments);
    }

    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        weight_gradient(cuda, pass);
        if (pass.input_gradient) input_gradient(cuda, pass);
    }

    // The two halves of backward.
    static void weight_gradient(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        WeightGradient::run(cuda, pass.batch, pass.input, pass.output_gradient, pass.parameter_gradients, pass.scratch);
    }
    static void input_gradient(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) {
        InputGradient::run(cuda, pass.batch, pass.output_gradient, pass.parameters, true, nullptr, pass.input_gradient,
                           pass.scratch);
    }

    /// Of the weights (taps, In, Channels); the bias (Channels) follows.
    static constexpr std::ptrdiff_t weight_count = std::ptrdiff_t{Geometry::taps} * In::channels * Channels;

    /// The bias, or null.
    static const float* bias_of(const ForwardPass<float, T>& pass) {
        return HasBias ? pass.parameters + weight_count : nullptr;
    }
};

/// Any convolution by plain sums.
template <class T, class Layer, class In>
struct PlainConvolutionKernel {
    static constexpr PlainConvolution<T> convolution{convolution_sizes(Layer{}, In::dims)};
    static constexpr KernelNeeds needs{.input_in_backward = true, .scratch_shared = convolution.scratch_bytes()};

    static void forward(const Cuda<T>& cuda, const ForwardPass<float, T>& pass) { convolution.forward(cuda, pass); }
    static void backward(const Cuda<T>& cuda, const BackwardPass<float, T>& pass) { convolution.backward(cuda, pass); }
};

/// Which of the two it is: the tensor cores where their tiles, which are at least 64 channels wide, are not mostly
/// empty. What else is fused needs every Conv3x3 there.
template <class T, int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm, class In>
struct ConvolutionKernel {
    using Layer = Convolution<Channels, Geometry, Groups, bias, algorithm>;
    static constexpr bool on_tensor_cores = Groups == 1 && Channels >= 16 && Geometry::taps * In::channels >= 16;
    using type = std::conditional_t<on_tensor_cores || std::is_same_v<Layer, Conv3x3<Channels, bias, algorithm>>,
                                    TensorCoreConvolution<T, Channels, Geometry, bias == Bias::yes, In>,
                                    PlainConvolutionKernel<T, Layer, In>>;
};

} // namespace cuda

/// `Algorithm::fastest` and `direct` are the same here.
template <class T, int Channels, class Geometry, int Groups, Bias bias, Algorithm algorithm, class In>
struct Kernel<Cuda<T>, Bound<Convolution<Channels, Geometry, Groups, bias, algorithm>, In>>
    : cuda::ConvolutionKernel<T, Channels, Geometry, Groups, bias, algorithm, In>::type {};

} // namespace TINYRES_ARCH
} // namespace tinyres
